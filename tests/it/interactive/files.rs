//! Files on a terminal: sent, saved, seen on their way, and stopped.

use tempfile::TempDir;

use crate::files::breaking::{Break, BreakingWay};
use crate::files::{get, noise, send};
use crate::support::terminal::TerminalScreen;
use crate::support::{Client, Server};

const CTRL_C: &str = "\x03";

struct Stage {
    server: Server,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { server: Server::embedded(), folder: TempDir::new().unwrap() }
    }

    /// A client that reaches the server this way, and ben who talks with it in the lobby.
    fn ann_and_ben(&self, addr: std::net::SocketAddr) -> (TerminalScreen, Client) {
        let mut ben = self.server.user("ben");
        let mut ann = TerminalScreen::start(&[&addr.to_string(), "--name", "ann"], 100, 14, self.folder.path());
        ann.shows("│ online");
        ann.types("create room lobby ben\r");
        ben.expect(&["lobby/server: ann created the room with ben"]);
        ann.shows("lobby>");
        (ann, ben)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

/// Waits until no file is on its way.
#[track_caller]
fn has_no_bar(ann: &mut TerminalScreen) {
    ann.waits_for("no bar", |screen| !screen.contains("% of "));
}

/// The id in a line that tells of a file.
#[track_caller]
fn id_of(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let at = words.iter().position(|word| *word == "file").unwrap_or_else(|| panic!("a file in {line:?}"));
    words[at + 1].to_owned()
}

#[test]
fn a_file_goes_to_the_room_or_the_person_of_the_window_or_to_whom_one_says() {
    let stage = Stage::new();
    let (mut ann, mut ben) = stage.ann_and_ben(stage.server.addr);
    let bytes = noise(300_000);
    std::fs::write(stage.path("my report.bin"), &bytes).unwrap();
    ann.types(&format!("/send \"{}\"\r", stage.path("my report.bin")));
    let told = ben.line();
    assert!(told.ends_with("(300000 bytes): my report.bin") && told.starts_with("lobby/server: ann sent"), "{told}");
    assert_eq!(get(stage.server.addr, &id_of(&told)).1, bytes);
    ann.shows("bytes): my report.bin");
    has_no_bar(&mut ann);
    std::fs::write(stage.path("x"), "hello").unwrap();
    ann.types(&format!("/send {} ben\r", stage.path("x")));
    let told = ben.line();
    assert!(told.starts_with("server: ann sent you the file") && told.ends_with("(5 bytes): x"), "{told}");
    ann.shows("to ben: x");
    has_no_bar(&mut ann);
    ann.types("/send /no/such/file\r");
    ann.shows("cannot send /no/such/file: No such file or directory");
    ann.types(&format!("/send {}\r", stage.path("")));
    ann.shows("expected a file");
    ann.types(&format!("/send {} nobody\r", stage.path("x")));
    ann.shows("no-such-user: nobody");
    has_no_bar(&mut ann);
    ann.types(&format!("/send {} #lobby\r", stage.path("x")));
    assert!(ben.line().ends_with("(5 bytes): x"), "after a refusal the next one goes");
}

#[test]
fn a_file_is_saved_by_its_id_or_as_the_last_and_nothing_is_overwritten() {
    let stage = Stage::new();
    let (mut ann, mut ben) = stage.ann_and_ben(stage.server.addr);
    ann.types("/save last\r");
    ann.shows("nobody has sent a file yet");
    let bytes = noise(300_000);
    let id = send(stage.server.addr, &mut ben, "../../x.bin", &bytes);
    ann.shows("bytes): _.._x.bin");
    let path = stage.path("here.bin");
    ann.types(&format!("/save last {path}\r"));
    ann.shows("saved ");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    ann.types(&format!("/clear\r/save {id} {path}\r"));
    ann.shows("cannot save into ");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    std::fs::create_dir(stage.path("into")).unwrap();
    ann.types(&format!("/clear\r/save {id} {}\r", stage.path("into")));
    ann.shows("saved ");
    assert_eq!(std::fs::read(stage.path("into/_.._x.bin")).unwrap(), bytes);
    ann.types("/clear\r/save x\r");
    ann.shows("an id of 26 lower-case letters");
    ann.types("/clear\r/save aaaaaaaaaaaaaaaaaaaaaaaaaa\r");
    ann.shows("no-such-file");
}

#[test]
fn a_bar_shows_how_far_it_has_come_and_ctrl_c_or_cancel_stops_it() {
    let stage = Stage::new();
    let way = BreakingWay::to(stage.server.addr, "put ", 1_600_000, Break::Silence);
    let (mut ann, mut ben) = stage.ann_and_ben(way.addr);
    std::fs::write(stage.path("x.bin"), noise(16 << 20)).unwrap();
    let command = format!("/send {}\r", stage.path("x.bin"));
    ann.types(&command);
    ann.waits_for("a bar", |screen| screen.contains("% of 16.0 MiB") && screen.contains("x.bin █"));
    ann.types(&command);
    ann.shows("another file is on its way; /cancel stops it");
    ann.types("while it goes\r");
    ben.expect(&["lobby/ann: while it goes"]);
    ann.types(CTRL_C);
    ann.shows("the file was stopped");
    has_no_bar(&mut ann);
    ann.types("/cancel\r");
    ann.shows("no file is on its way");
    ann.types("/clear\rstill here\r");
    ben.expect(&["lobby/ann: still here"]);
}
