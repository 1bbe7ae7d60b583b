//! The clients that people have, beside a user of the text door: irssi and weechat on a terminal, and a bot in Python. Where
//! one is not installed, its test says so by name and counts as skipped; with `CHATCTL_TESTS=all`, as in `.ci/run`, it fails.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chatctl::server::Config;
use tempfile::TempDir;

use super::user::IrcUser;
use crate::support::terminal::TerminalScreen;
use crate::support::{Client, Process, Server, is_everything_demanded, skipped};

/// Columns and rows of a screen on which all that happens has its place.
const SIZE: (u16, u16) = (120, 40);

/// What distinguishes one client from the other.
struct Manners {
    program: &'static str,
    /// Typed to see what the server says.
    to_server: &'static str,
    /// Typed to see the room again.
    to_room: &'static str,
    list: &'static str,
}

const IRSSI: Manners =
    Manners { program: "irssi", to_server: "/window goto 1\r", to_room: "/window goto #tea\r", list: "/list -yes\r" };

const WEECHAT: Manners =
    Manners { program: "weechat", to_server: "/buffer irc.server.chat\r", to_room: "/buffer #tea\r", list: "/list\r" };

/// A server with all that it keeps, at addresses that are the same after a restart.
pub(super) struct House {
    folder: TempDir,
    irc: SocketAddr,
}

impl House {
    pub(super) fn new() -> Self {
        let irc = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { folder: TempDir::new().unwrap(), irc }
    }

    /// A server that IRC clients do not find.
    fn closed(&self) -> Process {
        Process::serve(&["--data", self.path("data").to_str().unwrap(), "--web", "none"])
    }

    fn open(&self) -> Process {
        self.open_with("none")
    }

    /// The same, with a web door at this address.
    pub(super) fn open_with(&self, web: &str) -> Process {
        let (data, irc) = (self.path("data"), self.irc.to_string());
        let flags = ["--data", data.to_str().unwrap(), "--web", web, "--irc", &irc, "--message-rate", "0"];
        Process::serve(&flags)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// irssi, which would otherwise send a command every two seconds and come back after five minutes.
    pub(super) fn irssi(&self) -> Option<TerminalScreen> {
        let home = self.path("irssi");
        fs::create_dir(&home).unwrap();
        let settings = "settings = { \"irc/core\" = { cmds_max_at_once = \"1000\"; cmd_queue_speed = \"10msec\"; };
            core = { server_reconnect_time = \"1s\"; settings_autosave = \"no\"; }; };\n";
        fs::write(home.join("config"), settings).unwrap();
        let (home, port) = (format!("--home={}", home.display()), self.irc.port().to_string());
        screen("irssi", &[&home, "-c", "127.0.0.1", "-p", &port, "-n", "iris"])
    }

    fn weechat(&self) -> Option<TerminalScreen> {
        self.weechat_of("iris")
    }

    pub(super) fn weechat_of(&self, nick: &str) -> Option<TerminalScreen> {
        let (home, address) = (self.path("weechat"), self.irc.to_string().replace(':', "/"));
        let begin = format!(
            "/set weechat.look.item_time_format \"%H:%M:%S\";/set weechat.look.paste_max_lines -1;\
             /server add chat {address} -nicks={nick} -autoreconnect -autoreconnect_delay=1;/connect chat"
        );
        screen("weechat", &["--dir", home.to_str().unwrap(), "-r", &begin])
    }
}

fn screen(program: &str, arguments: &[&str]) -> Option<TerminalScreen> {
    let screen = TerminalScreen::of_program(program, arguments, SIZE.0, SIZE.1);
    if screen.is_none() {
        skipped(program);
    }
    screen
}

/// Talks to tom, and does what one does.
fn talk(iris: &mut TerminalScreen, tom: &mut Client, manners: &Manners) {
    iris.types("/join #tea\r");
    tom.expect_line("tea/server: iris joined");
    iris.shows("iris");
    tom.ask("send tea 你好 🍵", &["tea/tom: 你好 🍵"]);
    iris.shows("你好 🍵");
    iris.types("天地玄黄 yourself 🦊\r");
    tom.expect_line("tea/iris: 天地玄黄 yourself 🦊");
    iris.types("/me waves\r");
    tom.expect_line("tea/iris: * waves");
    tom.ask("topic tea Tea and 茶", &["tea/server: tom set the topic: Tea and 茶"]);
    iris.shows("Tea and 茶");
    iris.types("/msg tom psst\r");
    tom.expect_line("iris: psst");
    iris.types("/query tom\r");
    tom.say("send message iris psst 渊渊");
    iris.shows("psst 渊渊");
    iris.types(manners.to_server);
    iris.types("/whois tom\r");
    iris.shows("text@chatctl");
    iris.types("/away out 渊\r");
    iris.shows("marked as being away");
    iris.types(manners.list);
    iris.shows("Tea and 茶");
    iris.types(manners.to_room);
}

/// Others are called otherwise and go, and so does iris.
fn names_and_departures(iris: &mut TerminalScreen, tom: &mut Client, server: &Process) {
    iris.types("/nick 渊_iris\r");
    tom.expect_line("tea/server: iris is now 渊_iris");
    iris.types("/nick iris\r");
    tom.expect_line("tea/server: 渊_iris is now iris");
    let mut ben = server.user("ben");
    ben.ask("join room tea", &["tea/server: ben joined"]);
    ben.ask("rename 李-ben", &["server: you are now 李-ben", "tea/server: ben is now 李-ben"]);
    ben.ask("quit", &["server: bye"]);
    tom.expect(&["tea/server: ben joined", "tea/server: ben is now 李-ben", "tea/server: 李-ben left (quit)"]);
    iris.waits_for("the end of ben", |screen| {
        screen.lines().any(|line| line.contains("李-ben") && (line.contains("quit") || line.contains("Quit")))
    });
    let told = iris.contents();
    let ends = told.lines().filter(|line| line.contains("李-ben") && line.to_lowercase().contains("quit"));
    assert_eq!(ends.count(), 1, "told once:\n{told}");
    let names = told.lines().filter(|line| line.contains("now known as 李-ben"));
    assert_eq!(names.count(), 1, "told once:\n{told}");
    tom.ask("kick tea iris enough 茶", &["tea/server: tom removed iris (enough 茶)"]);
    iris.shows("enough 茶");
    iris.types("/join #tea\r");
    tom.expect_line("tea/server: iris joined");
}

fn lives(client: impl FnOnce(&House) -> Option<TerminalScreen>, manners: &Manners) {
    let house = House::new();
    let server = house.open();
    let Some(mut iris) = client(&house) else { return };
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    iris.shows("No message of the day");
    talk(&mut iris, &mut tom, manners);
    names_and_departures(&mut iris, &mut tom, &server);
    if is_everything_demanded() && manners.program == WEECHAT.program {
        // Its clock has seconds, so there is always something to look at.
        let begun = Instant::now();
        for until in [22, 44, 66] {
            iris.waits_for("a minute", |_| begun.elapsed() > Duration::from_secs(until));
        }
        tom.ask("send tea alive?", &["tea/tom: alive?"]);
        iris.types("alive\r");
        tom.expect_line("tea/iris: alive");
    }
    server.stop();
    let server = house.closed();
    let mut ben = server.user("ben");
    ben.ask("join room tea", &["tea/server: ben joined"]);
    ben.ask("send tea 宇宙洪荒 was missed", &["tea/ben: 宇宙洪荒 was missed"]);
    ben.ask("quit", &["server: bye"]);
    server.stop();
    let server = house.open();
    iris.shows("宇宙洪荒 was missed");
    let mut tom = server.user("tom");
    tom.say("join room tea");
    iris.types("back\r");
    while tom.line() != "tea/iris: back" {}
    iris.types("/quit so long\r");
    while tom.line() != "tea/server: iris left (quit)" {}
}

#[test]
fn irssi_is_at_home_here() {
    lives(House::irssi, &IRSSI);
}

#[test]
fn weechat_is_at_home_here() {
    lives(House::weechat, &WEECHAT);
}

#[test]
fn irssi_takes_another_name_if_its_own_is_taken() {
    let house = House::new();
    let server = house.open();
    let (_other, mut tom) = (server.user("iris"), server.user("tom"));
    let Some(mut iris) = house.irssi() else { return };
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    iris.shows("No message of the day");
    iris.types("/join #tea\r");
    tom.expect_line("tea/server: iris_ joined");
    iris.types("here I am\r");
    tom.expect_line("tea/iris_: here I am");
}

/// A program, ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_bot_answers_at_every_door() {
    let python = "tests/bots/venv/bin/python";
    if !Path::new(python).exists() {
        return skipped("the Python library irc (tests/bots/requirements.txt)");
    }
    let server = Server::with_irc(Config::embedded());
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    tom.expect_line("tea/server: al joined");
    let port = server.irc().port().to_string();
    let mut command = Command::new(python);
    let command = command.args(["tests/bots/echo.py", &port]).stdin(Stdio::null());
    let _bot = Running(command.spawn().expect("the interpreter starts"));
    tom.expect(&["tea/server: echo-bot joined"]);
    tom.say("send tea 你好 🍵");
    tom.expect(&["tea/tom: 你好 🍵", "tea/echo-bot: tom said 你好 🍵"]);
    tom.say("send message echo-bot psst");
    tom.expect(&["echo-bot: tom whispered psst"]);
    let heard = al.pending();
    assert!(heard.iter().any(|line| line.ends_with(" PRIVMSG #tea :tom said 你好 🍵")), "{heard:?}");
    tom.say("send tea go away");
    tom.expect(&["tea/tom: go away", "tea/server: echo-bot left (quit)"]);
}
