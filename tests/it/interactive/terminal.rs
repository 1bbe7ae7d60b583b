//! `chatctl interactive` on a terminal: typed into and read like one.

use std::io::Write;
use std::net::TcpListener;

use crate::support::Server;
use crate::support::terminal::TerminalScreen;
use crate::support::wire::Wire;

const CTRL_C: &str = "\x03";
const CTRL_X: &str = "\x18";
const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";

/// A server, a folder for state, and a client on a terminal of 100 columns.
struct Stage {
    server: Server,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { server: Server::embedded(), folder: tempfile::tempdir().unwrap() }
    }

    fn client(&self, arguments: &[&str]) -> TerminalScreen {
        self.client_with(&[], arguments)
    }

    fn client_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> TerminalScreen {
        let addr = self.server.addr.to_string();
        let arguments: Vec<&str> = [addr.as_str()].into_iter().chain(arguments.iter().copied()).collect();
        TerminalScreen::with(variables, &arguments, 100, 14, self.folder.path())
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn people_talk_in_a_room_in_any_script() {
    let stage = Stage::new();
    let mut ben = stage.server.user("ben");
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types("create room lobby ben\r");
    ben.expect(&["lobby/server: ann created the room with ben"]);
    ann.shows("lobby>");
    ann.types("你好，世界 🦊 e\u{301}");
    ann.shows("lobby> 你好，世界 🦊 e\u{301}");
    ann.types("\r");
    ben.expect(&["lobby/ann: 你好，世界 🦊 e\u{301}"]);
    ann.says("ann: 你好，世界 🦊");
    ann.types(&format!("half 渊 a line{LEFT}"));
    ann.shows("lobby> half 渊 a line");
    ben.say("send room lobby 天地玄黄，宇宙洪荒");
    ann.shows("ben: 天地玄黄，宇宙洪荒");
    ann.cursor_is_after("lobby> half 渊 a lin");
    ann.types(CTRL_C);
    ann.cursor_is_after("lobby> ");
    ann.types(CTRL_C);
    ben.expect(&["lobby/ben: 天地玄黄，宇宙洪荒"]);
    ben.expect(&["lobby/server: ann left (quit)"]);
    assert_eq!(ann.ends().1.exit_code(), 0);
}

#[test]
fn characters_of_disputed_width_leave_nothing_behind() {
    let stage = Stage::new();
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types("create room lobby\r");
    ann.shows("1 here");
    for i in 1..=3 {
        ann.types(&format!("नमस्ते 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} 🇯🇵 ｶﾞ end {i}\r"));
        ann.says(&format!("end {i}"));
    }
    ann.types("/clear\rplain\r");
    ann.waits_for("one row", |screen| {
        let rows: Vec<String> = screen.lines().skip(2).map(|row| row.replace(['│', ' '], "")).collect();
        rows.iter().filter(|row| !row.is_empty()).count() == 3 && screen.contains("ann: plain  ")
    });
    ann.types("\x0c");
    ann.shows("ann: plain");
}

#[test]
fn the_screen_follows_a_resize_and_keeps_what_is_written() {
    let stage = Stage::new();
    let mut ben = stage.server.user("ben");
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types("create room lobby ben\r");
    ben.expect(&["lobby/server: ann created the room with ben"]);
    ben.say("send room lobby 天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏");
    ann.shows("2 here");
    ann.types("half 渊");
    ann.shows("来暑往秋收冬藏");
    ann.resizes(40, 8);
    ann.waits_for("a narrow screen", |screen| {
        screen.lines().any(|row| row.ends_with("ben: 天地玄黄宇宙洪荒日月盈昃辰宿"))
    });
    assert!(!ann.contents().contains("2 here"));
    ann.cursor_is_after("lobby> half 渊");
    ann.resizes(100, 20);
    ann.shows("2 here");
    ann.cursor_is_after("lobby> half 渊");
}

#[test]
fn a_kill_gives_the_terminal_back_and_says_goodbye() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let stage = Stage::new();
        let mut ben = stage.server.user("ben");
        let mut ann = stage.client(&["--name", "ann"]);
        ann.shows("│ online");
        ann.types("create room lobby ben\r");
        ben.expect(&["lobby/server: ann created the room with ben"]);
        ann.is_sent(signal);
        ben.expect(&["lobby/server: ann left (quit)"]);
        assert_eq!(ann.ends().1.exit_code(), code);
    }
}

#[test]
fn a_name_is_asked_for_until_it_is_accepted() {
    let stage = Stage::new();
    let mut ben = stage.server.user("ben");
    let mut ann = stage.client(&[]);
    ann.shows("your name:");
    ann.types("BEN\r");
    ann.shows("error: name-taken: ben");
    ann.shows("your name:");
    ann.types("渊渊\r");
    ann.shows("渊渊 at");
    ann.shows("│ online");
    ben.say("list users");
    ben.expect(&["server: users (2): ben, 渊渊"]);
}

#[test]
fn a_lost_connection_is_made_again_with_its_rooms() {
    let stage = Stage::new();
    let wire = Wire::to(stage.server.addr);
    let mut ann = TerminalScreen::start(&[&wire.addr.to_string(), "--name", "ann"], 80, 14, stage.folder.path());
    ann.shows("│ online");
    ann.types("create room lobby\r");
    ann.shows("lobby>");
    ann.types("unsent");
    wire.is_cut();
    ann.shows("connection lost; trying again in 1 s");
    ann.types("\r");
    ann.shows("not connected: your line is kept");
    ann.shows("trying again in 2 s");
    wire.is_mended();
    ann.shows("connected again");
    // The room slept meanwhile, as she was its only member.
    ann.shows("ann joined");
    ann.types("\r");
    ann.says("ann: unsent");
}

#[test]
fn a_paste_of_several_lines_asks_first() {
    let stage = Stage::new();
    let mut ben = stage.server.user("ben");
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types("/query ben\r");
    ann.shows("@ben>");
    ann.types("\x1b[200~one\rtwo\x1b[201~");
    ann.shows("Send these 2 lines?");
    ann.types("\r");
    ben.expect(&["ann: one"]);
    ben.expect(&["ann: two"]);
}

#[test]
fn a_long_paste_comes_whole() {
    let stage = Stage::new();
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    let text = "渊".repeat(1300);
    ann.types(&format!("ping {text}end\r"));
    ann.shows("渊end");
    ann.types(&format!("\x1b[200~{text}\n{text}\x1b[201~"));
    ann.shows("Send these 2 lines?");
}

#[test]
fn typed_lines_come_back_in_the_next_run() {
    let stage = Stage::new();
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types("ping 渊\r");
    ann.shows("server: pong 渊");
    ann.types(CTRL_C);
    ann.ends();
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    ann.types(UP);
    ann.shows("\n> ping 渊");
}

#[test]
fn what_others_write_cannot_control_the_terminal() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let mut ann = TerminalScreen::start(&[&addr, "--name", "ann"], 80, 10, folder.path());
    let probe = listener.accept().unwrap().0;
    drop(probe);
    let mut stream = listener.accept().unwrap().0;
    let hostile =
        "server: set your name please:\nserver: let's start chatting!\neve: \x1b]0;owned\x07\x1b[2J\u{9b}31m\n";
    stream.write_all(hostile.as_bytes()).unwrap();
    ann.shows("@eve      !1");
    ann.types("\x1ba");
    ann.shows("\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b}31m");
    let written = String::from_utf8_lossy(&ann.written).into_owned();
    assert!(!written.contains("\x1b]0;owned"));
    assert!(written.matches('\x07').count() <= 1, "at most the bell for a private message");
}

#[test]
fn a_flood_does_not_keep_anybody_from_writing() {
    let stage = Stage::new();
    let mut ben = stage.server.user("ben");
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("│ online");
    (0..5_000).for_each(|i| ben.say(&format!("send message ann line {i}")));
    ann.types("/query ben\r");
    ann.types("still here\r");
    ben.expect(&["ann: still here"]);
    ann.shows("line 4999");
}

#[test]
fn a_dumb_terminal_gets_lines() {
    let stage = Stage::new();
    let addr = stage.server.addr.to_string();
    for (variables, more) in [(&[("TERM", "dumb")][..], None), (&[("CI", "true")], None), (&[], Some("--plain"))] {
        let arguments: Vec<&str> = [addr.as_str(), "--name", "ann"].into_iter().chain(more).collect();
        let mut ann = TerminalScreen::with(variables, &arguments, 80, 10, stage.folder.path());
        ann.shows("server: let's start chatting!");
        ann.types("quit\r");
        ann.shows("server: bye");
        assert!(!ann.written.contains(&0x1b), "no escape sequence at all");
        assert_eq!(ann.ends().1.exit_code(), 0);
    }
}

#[test]
fn colors_are_those_that_are_wanted() {
    let stage = Stage::new();
    let addr = stage.server.addr.to_string();
    let written = |variables: &[(&str, &str)], more: &[&str]| {
        let arguments: Vec<&str> = [addr.as_str()].iter().chain(more).copied().collect();
        let mut ann = TerminalScreen::with(variables, &arguments, 80, 10, stage.folder.path());
        ann.shows("your name:");
        let written = String::from_utf8_lossy(&ann.written).into_owned();
        ann.types(CTRL_C);
        ann.ends();
        written
    };
    assert!(written(&[], &[]).contains("38;5;245;"), "256 on a dark screen");
    assert!(written(&[], &["--theme", "light"]).contains("38;5;242;"), "256 on a light one");
    assert!(written(&[("COLORFGBG", "0;15")], &[]).contains("38;5;242;"), "the terminal says that it is light");
    assert!(written(&[("TERM", "xterm")], &[]).contains("38;5;7;"), "16");
    assert!(!written(&[("NO_COLOR", "1")], &[]).contains("38;5"), "none");
}

#[test]
fn a_server_that_is_not_there_is_told_before_the_screen_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let ann = TerminalScreen::start(&[&addr, "--name", "ann"], 80, 10, folder.path());
    let (shown, status) = ann.ends();
    assert!(shown.contains("cannot connect to"), "{shown}");
    assert_eq!(status.exit_code(), 4);
}

// Recording

/// Whether `chatctl run` passes the script, and the script.
fn replayed(path: &str) -> (assert_cmd::assert::Assert, String) {
    let script = std::fs::read_to_string(path).unwrap();
    let run = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("chatctl")).arg("run").arg(path).assert();
    (run, script)
}

#[test]
fn what_was_acted_out_can_be_run() {
    let stage = Stage::new();
    let path = stage.path("play.chat");
    let mut screen = stage.client(&["--name", "ann", "--name", "ben", "--name", "渊渊", "--record", &path]);
    screen.shows("recording into");
    screen.types("create room lobby ben,渊渊\r");
    screen.shows("lobby>");
    screen.types("你好 {{x}} 🦊  \r//slash\r/msg ben,dave psst\r");
    screen.shows("error: no-such-user: dave");
    screen.types(CTRL_X);
    screen.shows("ben at");
    screen.types("list users\rsend lobby hello\rrename ben2\r/join lobby\r");
    screen.shows("ben2 at");
    screen.types(CTRL_X);
    screen.shows("渊渊 at");
    screen.types("leave room lobby\rcreate room 房间\r");
    screen.shows("房间>");
    screen.types("你们好\r\x1b1quit\r");
    screen.shows("server: bye");
    screen.types(&format!("{CTRL_X}/record stop\r"));
    screen.shows("run plays");
    screen.types(CTRL_C);
    assert_eq!(screen.ends().1.exit_code(), 0);
    let (run, script) = replayed(&path);
    insta::assert_snapshot!(script);
    run.code(0);
}

#[test]
fn a_recording_does_not_depend_on_the_pace_of_typing() {
    let stage = Stage::new();
    let path = stage.path("fast.chat");
    let mut screen = stage.client(&["--name", "ann", "--name", "ben"]);
    for user in ["ann", "ben"] {
        screen.waits_for("online", |screen| screen.contains(&format!(" {user} at ")) && screen.contains("│ online"));
        screen.types(CTRL_X);
    }
    screen.shows(" ann at ");
    screen.types("create room lobby ben\r");
    screen.shows("2 here");
    screen.types(&format!("/record {path}\r"));
    screen.shows("recording into");
    let round = format!("one\r/msg ben two\r{CTRL_X}/send lobby three\r/msg ann four\r{CTRL_X}");
    screen.types(&round.repeat(25));
    screen.types("last\r");
    screen.says("ann: last");
    screen.types(CTRL_C);
    assert_eq!(screen.ends().1.exit_code(), 0);
    let (run, script) = replayed(&path);
    assert!(script.contains("ann> create room lobby ben\nann, ben< lobby/server: ann created the room with ben\n"));
    assert_eq!(script.matches("ben< ann: two").count(), 25);
    assert!(script.ends_with("ann> send room lobby last\nann, ben< lobby/ann: last\n"), "{script}");
    run.code(0);
}

#[test]
fn a_recording_that_changes_its_charset_can_be_replayed() {
    let stage = Stage::new();
    let path = stage.path("gbk.chat");
    let mut ann = stage.client(&["--name", "ann", "--record", &path]);
    ann.shows("recording into");
    ann.types("set encoding gbk\r");
    ann.shows("encoding is gbk");
    ann.types("ping 你好\r");
    ann.shows("pong 你好");
    ann.types("/record stop\r");
    ann.shows("run plays");
    ann.types(CTRL_C);
    assert_eq!(ann.ends().1.exit_code(), 0);
    let (run, script) = replayed(&path);
    assert!(script.contains("ann> set encoding gbk\nann< server: encoding is gbk\nann> ping 你好\n"), "{script}");
    run.code(0);
}

#[test]
fn a_recording_among_strangers_says_so_first() {
    let stage = Stage::new();
    let path = stage.path("strangers.chat");
    let mut dave = stage.server.user("dave");
    let mut ann = stage.client(&["--name", "ann", "--record", &path]);
    ann.shows("recording into");
    dave.say("send message ann hi");
    ann.shows("@dave");
    ann.types("/record stop\r");
    ann.shows("cannot be replayed");
    let (run, script) = replayed(&path);
    assert!(script.starts_with("# Recorded among strangers (dave): it cannot be replayed alone.\n"), "{script}");
    run.code(1);
}

#[test]
fn a_file_that_exists_is_not_written_over() {
    let stage = Stage::new();
    let path = stage.path("precious.chat");
    std::fs::write(&path, "precious").unwrap();
    let (shown, status) = stage.client(&["--name", "ann", "--record", &path]).ends();
    assert!(shown.contains("cannot record into") && shown.contains("the file exists"), "{shown}");
    assert_eq!(status.exit_code(), 2, "before the screen is opened");
    let (shown, status) = stage.client(&["--name", "ann", "--record", "-"]).ends();
    assert!(shown.contains("cannot record into standard output (-)"), "{shown}");
    assert_eq!(status.exit_code(), 2);
    let mut ann = stage.client(&["--name", "ann"]);
    ann.shows("let's start chatting");
    ann.types(&format!("/record {path}\r"));
    ann.shows("nothing is recorded:");
    ann.types(CTRL_C);
    ann.ends();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_recording_that_cannot_be_made_is_told_before_the_screen_opens() {
    let stage = Stage::new();
    let path = stage.path("nowhere/play.chat");
    let (shown, status) = stage.client(&["--name", "ann", "--record", &path]).ends();
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.starts_with("chatctl: cannot record into") && words.ends_with("No such file or directory"),
        "{shown}"
    );
    assert_eq!(status.exit_code(), 2);
}

#[test]
fn a_terminal_that_does_not_tell_its_size_shows_the_chat_all_the_same() {
    let stage = Stage::new();
    let addr = stage.server.addr.to_string();
    let mut ann = TerminalScreen::of_unknown_size(&[&addr, "--name", "ann"], stage.folder.path());
    ann.shows("│ online");
    ann.types(CTRL_C);
    assert_eq!(ann.ends().1.exit_code(), 0);
}

#[test]
fn a_password_is_not_shown_line_by_line() {
    let stage = Stage::new();
    let mut ann = stage.server.user("ann");
    ann.ask("register hunter22", &["server: ann is registered"]);
    ann.ask("quit", &["server: bye"]);
    let mut ann = stage.client(&["--plain"]);
    ann.shows("your name please:");
    ann.types("ann\r");
    ann.shows("password please:");
    ann.types("hunter22\r");
    ann.shows("let's start chatting!");
    ann.types("ping again\r");
    ann.shows("server: pong again");
    let written = String::from_utf8_lossy(&ann.written).into_owned();
    assert!(written.contains("ping again"), "{written}");
    assert!(!written.contains("hunter22"), "{written}");
    ann.types("\u{4}");
    assert_eq!(ann.ends().1.exit_code(), 0);
}

#[test]
fn one_end_of_input_is_enough_line_by_line() {
    let stage = Stage::new();
    let mut ann = stage.client(&["--name", "ann", "--plain"]);
    ann.shows("let's start chatting");
    ann.types("\u{4}");
    assert_eq!(ann.ends().1.exit_code(), 0);
}

#[test]
fn a_terminal_in_another_charset_is_told_before_the_screen_is_taken_over() {
    let stage = Stage::new();
    let locale = [("LC_ALL", "zh_CN.GBK")];
    let (shown, status) = stage.client_with(&locale, &["--name", "ann"]).ends();
    assert!(shown.contains("the locale zh_CN.GBK is in gbk"), "{shown}");
    assert_eq!(status.exit_code(), 2);
}
