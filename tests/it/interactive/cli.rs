//! `chatctl interactive` without a terminal: a pipe, line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use assert_cmd::cargo::cargo_bin;
use predicates::prelude::*;

use crate::support::Server;

fn interactive(addr: &impl std::fmt::Display) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(cargo_bin!("chatctl"));
    command.arg("interactive").arg(addr.to_string());
    command
}

/// The client as a process that the test talks to.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(cargo_bin!("chatctl"));
        command.arg("interactive").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().map(BufReader::new));
        Self { child, input, output }
    }

    fn types(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn shows(&mut self, expected: &str) {
        let mut line = String::new();
        self.output.as_mut().unwrap().read_line(&mut line).unwrap();
        assert_eq!(line, format!("{expected}\n"));
    }

    fn is_sent(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// What it still shows, what it says on standard error, and how it ended.
    fn ends(mut self) -> (String, String, ExitStatus) {
        let (mut rest, mut errors) = (String::new(), String::new());
        if let Some(mut output) = self.output.take() {
            output.read_to_string(&mut rest).unwrap();
        }
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (rest, errors, self.child.wait().unwrap())
    }
}

/// A server of one connection, played by the test.
fn stage() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    (listener, addr)
}

fn line_from(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line
}

#[test]
fn typed_lines_go_out_and_the_end_of_input_shows_what_still_comes() {
    let server = Server::embedded();
    interactive(&server.addr)
        .write_stdin("ann\ncreate room lobby\nsend lobby 渊 🦊\nping x\n")
        .assert()
        .code(0)
        .stdout(
            "server: set your name please:\nserver: let's start chatting!\nlobby/server: ann created the room\n\
         lobby/ann: 渊 🦊\nserver: pong x\n",
        );
}

#[test]
fn a_last_line_without_newline_is_sent_too() {
    let server = Server::embedded();
    interactive(&server.addr)
        .args(["--name", "ann"])
        .write_stdin("ping last")
        .assert()
        .code(0)
        .stdout(predicate::str::ends_with("server: pong last\n"));
}

#[test]
fn a_name_logs_in_before_anything_is_sent() {
    let server = Server::embedded();
    let mut ben = server.user("ben");
    interactive(&server.addr)
        .args(["--name", "ann"])
        .write_stdin("send message ben hi\nquit\n")
        .assert()
        .code(0)
        .stdout("server: set your name please:\nserver: let's start chatting!\nserver: bye\n");
    ben.expect(&["ann: hi"]);
}

#[test]
fn a_refused_name_is_shown_and_nothing_is_sent_under_another() {
    let server = Server::embedded();
    let mut ben = server.user("ben");
    let refused = interactive(&server.addr).args(["--name", "BEN"]).write_stdin("intruder\nlist users\n").assert();
    refused
        .code(1)
        .stdout(predicate::str::starts_with("server: set your name please:\nerror: name-taken: ben\n"))
        .stderr("chatctl: the name was refused; try another one\n");
    ben.say("list users");
    ben.expect(&["server: users (1): ben"]);
}

#[test]
fn what_is_received_is_shown_as_it_comes() {
    let server = Server::embedded();
    let mut ben = server.user("ben");
    let mut ann = Process::start(&[&server.addr.to_string(), "--name", "ann"]);
    ann.shows("server: set your name please:");
    ann.shows("server: let's start chatting!");
    ben.say("send message ann first");
    ann.shows("ben: first");
    ann.types("send message ben second\n");
    ben.expect(&["ann: second"]);
    drop(ann.input.take());
    assert_eq!(ann.ends().2.code(), Some(0));
}

#[test]
fn another_charset_is_spoken_from_the_line_after_on() {
    let server = Server::embedded();
    let mut ben = server.user("ben");
    let mut ann = Process::start(&[&server.addr.to_string(), "--name", "ann"]);
    ann.types("set encoding gbk\nsend message ben,ann 渊\n");
    ben.expect(&["ann: 渊"]);
    drop(ann.input.take());
    let (shown, _, _) = ann.ends();
    assert_eq!(shown.lines().skip(2).collect::<Vec<_>>(), ["server: encoding is gbk", "ann: 渊"]);
}

#[test]
fn a_name_may_stand_before_the_address() {
    let server = Server::embedded();
    let told = "server: let's start chatting!\nserver: users (1): ann\n";
    interactive(&format!("ann@{}", server.addr))
        .write_stdin("list users\n")
        .assert()
        .success()
        .stdout(predicate::str::ends_with(told));
    let help = assert_cmd::Command::new(cargo_bin!("chatctl")).args(["interactive", "--help"]).assert().success();
    help.stdout(predicate::str::contains("[default: 127.0.0.1:7667]"));
    interactive(&"@chat.lan").assert().code(2).stderr(predicate::str::contains("expected a name before the @"));
}

#[test]
fn a_server_that_is_not_there_is_told_in_a_sentence() {
    let (listener, addr) = stage();
    drop(listener);
    let told = predicate::str::starts_with(format!("chatctl: cannot connect to {addr}: Connection refused"));
    interactive(&addr).assert().code(4).stdout("").stderr(told);
    let told = predicate::str::starts_with("chatctl: cannot resolve");
    interactive(&"nowhere.invalid:7667").assert().code(4).stderr(told);
    let told = predicate::str::contains("expected an address like 127.0.0.1:7667");
    interactive(&"nowhere:").assert().code(2).stderr(told);
}

#[test]
fn control_characters_of_the_server_do_not_reach_the_terminal() {
    let (listener, addr) = stage();
    let client = Process::start(&[&addr]);
    let mut stream = listener.accept().unwrap().0;
    stream.write_all(b"eve: \x1b[2J\x07\tx \xff\xc2\x9b\r\nunfinished").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let (shown, _, status) = client.ends();
    assert_eq!(shown, "eve: \\u{1b}[2J\\u{7}\tx \u{fffd}\\u{9b}\nunfinished\n");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_server_that_closes_ends_it_while_input_is_open() {
    let (listener, addr) = stage();
    let client = Process::start(&[&addr]);
    let mut stream = listener.accept().unwrap().0;
    stream.write_all(b"error: server-full: 1 connections\n").unwrap();
    drop(stream);
    let (shown, _, status) = client.ends();
    assert_eq!((shown.as_str(), status.code()), ("error: server-full: 1 connections\n", Some(0)));
}

#[test]
fn a_broken_connection_is_told() {
    let (listener, addr) = stage();
    let mut client = Process::start(&[&addr]);
    let mut stream = BufReader::new(listener.accept().unwrap().0);
    client.types("hello\nmore\n");
    assert_eq!(line_from(&mut stream), "hello\n");
    socket2::SockRef::from(stream.get_ref()).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(stream);
    let (_, errors, status) = client.ends();
    assert!(errors.starts_with("chatctl: the connection to the server is lost: "), "{errors}");
    assert_eq!(status.code(), Some(4));
}

#[test]
fn an_output_that_nobody_reads_ends_it_quietly() {
    let (listener, addr) = stage();
    let mut client = Process::start(&[&addr]);
    drop(client.output.take());
    let mut stream = listener.accept().unwrap().0;
    stream.write_all(b"server: anybody there?\n").unwrap();
    let (_, errors, status) = client.ends();
    assert_eq!((errors.as_str(), status.code()), ("", Some(0)));
}

#[test]
fn an_interrupt_leaves_and_shows_the_last_lines() {
    for signal in ["-INT", "-TERM"] {
        let (listener, addr) = stage();
        let mut client = Process::start(&[&addr]);
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"server: hello\n").unwrap();
        client.shows("server: hello");
        client.is_sent(signal);
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "it half-closes");
        stream.write_all(b"server: farewell\n").unwrap();
        drop(stream);
        let (shown, _, status) = client.ends();
        assert_eq!((shown.as_str(), status.code()), ("server: farewell\n", Some(0)));
    }
}

#[test]
fn a_second_interrupt_does_not_wait_for_the_server() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (listener, addr) = stage();
        let mut client = Process::start(&[&addr]);
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"server: hello\n").unwrap();
        client.shows("server: hello");
        client.is_sent(signal);
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "it half-closes");
        client.is_sent(signal);
        assert_eq!(client.ends().2.code(), Some(code));
    }
}

#[test]
fn a_line_that_no_server_takes_is_an_error() {
    let server = Server::embedded();
    let endless = "x".repeat((1 << 20) + 1);
    interactive(&server.addr)
        .args(["--name", "ann"])
        .write_stdin(format!("ping a\n{endless}\nping b\n"))
        .assert()
        .code(1)
        .stdout(predicate::str::contains("server: pong a\n").and(predicate::str::contains("pong b").not()))
        .stderr("chatctl: cannot send a line of more than 1048576 bytes\n");
}

#[test]
fn a_byte_order_mark_before_what_is_piped_is_no_part_of_the_name() {
    let server = Server::embedded();
    let shown = predicate::str::contains("server: pong x\n");
    interactive(&server.addr).write_stdin("\u{feff}alice\nping x\n").assert().code(0).stdout(shown);
}

#[test]
fn what_the_charset_lacks_is_not_sent_as_something_else() {
    let server = Server::embedded();
    let mut client = interactive(&server.addr);
    let client =
        client.args(["--name", "alice"]).write_stdin("set encoding gbk\nping 渊\nping 🦊\nping after\n").assert();
    let (shown, not) = (predicate::str::contains("pong 渊"), predicate::str::contains("pong ?").not());
    // The line is refused, and the next one is sent.
    let shown = shown.and(not).and(predicate::str::contains("pong after"));
    let told = "chatctl: cannot send '🦊' (U+1F98A): gbk does not have it\nchatctl: a line was not sent\n";
    client.code(1).stdout(shown).stderr(told);
}

#[test]
fn a_name_is_one_line() {
    let client = interactive(&"127.0.0.1:1").args(["--name", "alice\nping x"]).assert();
    client.code(2).stderr(predicate::str::contains("a line break is not part of a name"));
}

#[test]
fn the_programs_own_side_is_in_the_charset_of_the_locale() {
    let server = Server::embedded();
    let mut bob = server.user("bob");
    let mut ann = interactive(&server.addr);
    ann.env("LC_ALL", "zh_CN.GBK").write_stdin(b"ann\nsend message bob,ann \xc4\xe3\xba\xc3\n".as_slice());
    let shown = ann.assert().success().get_output().stdout.clone();
    bob.expect(&["ann: 你好"]);
    assert!(shown.ends_with(b"ann: \xc4\xe3\xba\xc3\n"), "{shown:?}");
}

#[test]
fn a_server_that_closes_without_a_word_is_no_chat_server() {
    let (listener, addr) = stage();
    let clients = [Process::start(&[&addr, "--name", "ann"]), Process::start(&[&addr])];
    drop([listener.accept().unwrap(), listener.accept().unwrap()]);
    for client in clients {
        let (shown, errors, status) = client.ends();
        assert_eq!((shown.as_str(), status.code()), ("", Some(4)));
        assert!(errors.contains("the server closed without asking for a name: is this a chatctl server?"), "{errors}");
    }
}

#[test]
fn who_is_no_chat_server_is_told_after_a_while() {
    let (listener, addr) = stage();
    // With a name that is given, and with one that would be typed.
    let clients = [Process::start(&[&addr, "--name", "ann"]), Process::start(&[&addr])];
    let _silent = [listener.accept().unwrap(), listener.accept().unwrap()];
    for client in clients {
        let (shown, errors, status) = client.ends();
        assert_eq!((shown.as_str(), status.code()), ("", Some(4)));
        assert!(errors.contains("no prompt within 10 s: is this a chatctl server?"), "{errors}");
    }
}
