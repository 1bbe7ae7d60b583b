//! Files on a terminal: sent, saved, seen on their way, and stopped.

use std::time::Instant;

use tempfile::TempDir;

use crate::files::breaking::{Break, BreakingWay};
use crate::files::{get, noise, put, send};
use crate::support::terminal::TerminalScreen;
use crate::support::{Client, PATIENCE, Server};

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

/// Waits until the status line tells of no file.
#[track_caller]
fn has_no_file(screen: &mut TerminalScreen) {
    screen.waits_for("no file", |screen| {
        screen.lines().rev().nth(1).is_some_and(|status| status.starts_with(" ann at "))
    });
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

#[test]
fn a_stopped_file_is_wanted_no_more_at_once_and_the_next_ones_go() {
    let stage = Stage::new();
    let way = BreakingWay::to(stage.server.addr, "put ", 1_600_000, Break::Silence);
    let (mut ann, mut ben) = stage.ann_and_ben(way.addr);
    std::fs::write(stage.path("x.bin"), noise(16 << 20)).unwrap();
    std::fs::write(stage.path("y.bin"), "hello").unwrap();
    ann.types(&format!("/send {}\r", stage.path("x.bin")));
    ann.shows("% of 16.0 MiB");
    ann.types("/cancel\r");
    ann.shows("the file was stopped");
    // The connection that brought it still seems to be there, and its token is of no use any more.
    let deadline = Instant::now() + PATIENCE;
    let cancel = loop {
        match way.firsts("cancel ").pop() {
            Some(cancel) => break cancel,
            None => assert!(Instant::now() < deadline, "the server is not told"),
        }
        std::thread::yield_now();
    };
    until_unknown(stage.server.addr, cancel.trim_start_matches("cancel "));
    // Stopped at once, before or after the server has answered: neither its answer nor its bytes are those of the next file.
    for _ in 0..3 {
        ann.types(&format!("/clear\r/send {}\r/cancel\r", stage.path("x.bin")));
        ann.shows("the file was stopped");
    }
    ann.types(&format!("/clear\r/send {}\r", stage.path("y.bin")));
    let told = ben.line();
    assert!(told.ends_with("(5 bytes): y.bin"), "{told}");
    assert_eq!(get(stage.server.addr, &id_of(&told)).1, b"hello");
}

/// Asks for an upload until the server knows it no more.
#[track_caller]
fn until_unknown(addr: std::net::SocketAddr, token: &str) {
    let unknown = "error: no-such-token: no upload has this token";
    let mut told = std::iter::repeat_with(|| put(addr, &format!("{token} 99999999999"), b"")).take(1000);
    assert!(told.any(|told| told == unknown), "the server still waits for it");
}

#[test]
fn a_recording_in_which_files_go_to_and_fro_can_be_replayed() {
    let stage = Stage::new();
    let (addr, path) = (stage.server.addr.to_string(), stage.path("play.chat"));
    std::fs::create_dir(stage.path("my files")).unwrap();
    std::fs::write(stage.path("my files/tea \"1\".bin"), noise(300_000)).unwrap();
    std::fs::write(stage.path("y.bin"), "hello").unwrap();
    let people = [&*addr, "--name", "ann", "--name", "ben", "--record", &path];
    let mut screen = TerminalScreen::start(&people, 120, 20, stage.folder.path());
    screen.shows("recording into");
    screen.types("create room lobby ben\r");
    screen.shows("lobby>");
    // What is typed while a file is on its way is sent after it, so that the script can say it.
    screen.types(&format!("/send '{}'\rafter it\r", stage.path("my files/tea \"1\".bin")));
    screen.says("after it");
    screen.types(&format!("/send {} ben\r", stage.path("y.bin")));
    screen.shows("to ben: y.bin");
    has_no_file(&mut screen);
    screen.types(&format!("/send {} nobody\r", stage.path("y.bin")));
    screen.shows("no-such-user: nobody");
    has_no_file(&mut screen);
    screen.types(&format!("/clear\r/save last {}\r", stage.path("z.bin")));
    screen.shows("saved ");
    screen.types(&format!("/clear\r/save last {}\r", stage.path("z.bin")));
    screen.shows("cannot save into");
    screen.types("/clear\r/record stop\r");
    screen.shows("chatctl run plays it");
    let script = std::fs::read_to_string(&path).unwrap();
    let ids = script.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() == 26).count();
    assert_eq!(ids, 0, "an id is another one the next time:\n{script}");
    for line in [
        r#"ann upload "my files/tea \"1\".bin" to lobby"#,
        r#"ann, ben< lobby/server: ann sent the file {{file_1:word}} (300000 bytes): tea "1".bin"#,
        r#"ann upload "y.bin" to ben"#,
        "ann> send file user nobody 5 y.bin",
        "ann download {{file_1}}",
    ] {
        assert!(script.lines().any(|written| written == line), "{line:?} in:\n{script}");
    }
    let chatctl = || assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("chatctl"));
    chatctl().args(["check", &path]).assert().code(0).stderr("1 script checked: no errors, no warnings\n");
    chatctl().args(["run", &path]).assert().code(0);
    // The bytes are those of the file, so a script whose file has changed fails.
    std::fs::write(stage.path("y.bin"), "hello!").unwrap();
    chatctl().args(["run", &path]).assert().code(1);
}
