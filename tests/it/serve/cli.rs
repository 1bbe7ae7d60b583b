//! `chatctl serve` as a command: what it prints where, and how it ends when it cannot serve.

use std::net::TcpListener;
use std::process::Output;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;

use crate::support::{Client, Process};

fn serve(flags: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("chatctl");
    command.arg("serve").args(flags).env_remove("RUST_LOG").env("COLUMNS", "100");
    command
}

/// Exit code, standard output and standard error.
fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("exit {}\n{}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn refused(flags: &[&str]) -> String {
    shown(&serve(flags).output().unwrap())
}

#[test]
fn a_port_in_use_is_explained_in_a_sentence() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = other.local_addr().unwrap().to_string();
    let shown = refused(&["--listen", &addr]).replace(&addr, "ADDR");
    insta::assert_snapshot!(shown, @r"
    exit 4
    chatctl: cannot listen on ADDR: another program listens there; choose another port, or stop it
    ");
}

#[test]
fn an_address_of_another_machine_is_explained() {
    insta::assert_snapshot!(refused(&["--listen", "192.0.2.1:7667"]), @r"
    exit 4
    chatctl: cannot listen on 192.0.2.1:7667: this machine has no such address; 0.0.0.0 means all that it has
    ");
}

#[test]
fn an_address_without_a_port_is_a_mistake_of_the_command_line() {
    insta::assert_snapshot!(refused(&["--listen", "127.0.0.1"]), @r"
    exit 2
    error: invalid value '127.0.0.1' for '--listen <ADDR>': expected an address like 127.0.0.1:7667

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused(&["--legacy", "9092"]), @r"
    exit 2
    error: invalid value '9092' for '--legacy <ADDR>': expected an address like 127.0.0.1:7667

    For more information, try '--help'.
    ");
}

#[test]
fn flags_that_make_no_sense_are_mistakes_of_the_command_line() {
    insta::assert_snapshot!(refused(&["--max-lin", "100"]), @r"
    exit 2
    error: unexpected argument '--max-lin' found

      tip: a similar argument exists: '--max-line'

    Usage: chatctl serve --max-line <BYTES>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused(&["--max-line", "10"]), @r"
    exit 2
    error: invalid value '10' for '--max-line <BYTES>': 10 is not in 64..=1048576

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused(&["--login-timeout", "soon"]), @r"
    exit 2
    error: invalid value 'soon' for '--login-timeout <TIME>': expected a time such as 200ms, 1.5s or 5m

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused(&["--message-burst", "0"]), @r"
    exit 2
    error: invalid value '0' for '--message-burst <N>': 0 is not in 1..=4294967295

    For more information, try '--help'.
    ");
}

#[test]
fn the_first_line_is_the_address_and_logs_go_to_standard_error() {
    let server = Process::serve(&[]);
    assert_eq!(server.first_line, format!("chatctl: listening on {}\n", server.addr));
    let mut alice = server.user("alice");
    let peer = alice.stream().local_addr().unwrap();
    alice.ask("quit", &["server: bye"]);
    alice.expect_end();
    drop(alice);
    server.wait_for_log("disconnected");
    let (_, log) = server.stop();
    assert!(log.contains(&format!("peer={peer}")), "{log}");
    assert!(log.lines().all(|line| line.contains(" INFO ")), "{log}");
    assert!(!log.contains('\u{1b}'), "no colors in a pipe");
}

#[test]
fn the_log_names_who_logs_in_and_who_leaves() {
    let server = Process::serve(&[]);
    let alice = server.user("alice");
    let peer = alice.stream().local_addr().unwrap();
    server.wait_for_log("logged in");
    drop(alice);
    server.wait_for_log("disconnected");
    let (_, log) = server.stop();
    let said: Vec<&str> = log.lines().filter_map(|line| line.split_once(" INFO ")).map(|(_, said)| said).collect();
    let whose = format!("connection=1 peer={peer}");
    assert_eq!(said[..2], [format!("connected {whose}"), format!("logged in {whose} user=\"alice\"")], "{log}");
    assert!(said[2].starts_with("disconnected: ") && said[2].contains(&format!("{whose} user=\"alice\"")), "{log}");
}

#[test]
fn rust_log_says_how_much_is_logged() {
    let server = Process::serve_with_env("RUST_LOG", "warn", &[]);
    server.user("alice").expect_nothing();
    let (_, log) = server.stop();
    assert_eq!(log, "");
}

/// The first log line that could not be written ended its connection with a panic.
#[test]
fn a_log_that_nobody_reads_any_more_keeps_nobody_from_chatting() {
    let server = Process::serve_with_closed_log(&[]);
    for name in ["alice", "bob", "carol"] {
        server.user(name).expect_nothing();
    }
    assert_eq!(server.stop().0.code(), Some(0));
}

#[test]
fn limits_are_set_by_their_flags() {
    let limits = ["--max-line", "64", "--max-recipients", "1", "--max-rooms", "0", "--message-rate", "0"];
    let server = Process::serve(&limits);
    let mut alice = server.user("alice");
    alice.ask(&"x".repeat(65), &["error: line-too-long: more than 64 bytes"]);
    alice.ask("send message alice,bob hi", &["error: too-many: more than 1 recipients"]);
    alice.ask("create room lobby", &["error: too-many: more than 0 rooms"]);
}

#[test]
fn limits_with_which_nobody_could_be_served_are_refused() {
    for (flags, reason) in [
        (["--login-timeout", "0s"].as_slice(), "--login-timeout must be at least 10ms"),
        (&["--write-timeout", "1ns"], "--write-timeout must be at least 10ms"),
        (&["--max-connections", "0"], "--max-connections must be at least 1"),
        (&["--workers", "0"], "--workers must be at least 1"),
        (&["--idle-timeout", "0s"], "--idle-timeout must be at least 1s"),
        (&["--max-per-address", "0"], "--max-per-address must be at least 1"),
        (&["--lobby", "tea", "--max-rooms-total", "0"], "--lobby needs --max-rooms-total of at least 1"),
        (&["--queue-soft", "0", "--queue-hard", "0"], "--queue-hard must be at least 1024 bytes"),
        (&["--max-queued-bytes", "1"], "--max-queued-bytes (1) must not be below --queue-hard (1048576)"),
        (&["--queue-hard", "2000"], "--queue-soft (262144) must not be above --queue-hard (2000)"),
    ] {
        let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
        let refused = command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags).assert().code(2);
        refused.stderr(format!("chatctl: {reason}\n")).stdout("");
    }
}

#[test]
fn a_telnet_client_that_negotiates_can_log_in() {
    use std::io::{BufRead, BufReader, Write};

    let server = Process::serve(&[]);
    let mut stream = std::net::TcpStream::connect(server.addr).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    stream
        .write_all(b"\xff\xfb\x1f\xff\xfb \xff\xfb\x18\xff\xfb'\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03alice\r\n")
        .unwrap();
    let answers: Vec<String> = lines.by_ref().take(2).map(Result::unwrap).collect();
    assert_eq!(answers, ["server: set your name please:", "server: let's start chatting!"]);
}

#[test]
fn a_terminal_that_is_closed_stops_the_server_in_order() {
    let server = Process::serve(&[]);
    let mut alice = server.user("alice");
    server.signal("HUP");
    alice.expect(&["server: server is shutting down"]);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn who_types_another_charset_at_login_is_told_how_to_go_on() {
    let server = Process::serve(&[]);
    let mut old = Client::connect(server.addr);
    old.send(b"\xb4\xf3\xbc\xd2\n");
    old.expect(&[
        "server: set your name please:",
        "error: bad-encoding: the line is not valid utf-8; log in with a name in ASCII letters, then 'set encoding gbk' or \
         another",
    ]);
}
