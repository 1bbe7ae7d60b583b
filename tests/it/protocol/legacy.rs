//! The legacy door: the clients of the Python chat room, unmodified, in the same rooms as everybody else.

use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use predicates::str::contains;

use crate::support::fake::old_client::OldClient;
use crate::support::{Client, Server};

/// `chatctl serve` with these flags, ended when dropped.
struct Serving {
    child: Child,
    /// What it says on standard output, line by line.
    says: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    fn start(flags: &[&str]) -> Self {
        let mut command = Command::new(cargo_bin!("chatctl"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let says = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, says }
    }

    /// What stands between these in its next line.
    fn says(&mut self, before: &str, after: &str) -> String {
        let line = self.says.next().unwrap().unwrap();
        let rest = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        rest.unwrap_or_else(|| panic!("{line:?}")).to_owned()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_says_where_both_doors_are() {
    let mut server = Serving::start(&["--legacy", "127.0.0.1:0"]);
    let _text: SocketAddr = server.says("chatctl: listening on ", "").parse().unwrap();
    let legacy = server.says("chatctl: listening on ", " for old clients, in gbk");
    let mut old = OldClient::log_in(legacy.parse().unwrap(), "渊渊");
    old.types("list users");
    old.shows("server: 渊渊");
}

#[test]
fn the_legacy_door_refuses_encodings_that_cannot_be_cut() {
    let refused = |flags: &[&str]| {
        let mut command = assert_cmd::Command::new(cargo_bin!("chatctl"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags).assert().code(2)
    };
    refused(&["--legacy", "127.0.0.1:0", "--legacy-encoding", "iso-2022-jp"])
        .stderr(contains("iso-2022-jp is not usable without lines"));
    refused(&["--legacy-encoding", "gbk"]).stderr(contains("--legacy <ADDR>"));
}

#[test]
fn a_full_server_says_so_to_an_old_client() {
    let mut server = Serving::start(&["--legacy", "127.0.0.1:0", "--max-connections", "1"]);
    server.says("chatctl: listening on ", "");
    let legacy = server.says("chatctl: listening on ", " for old clients, in gbk").parse().unwrap();
    let _first = OldClient::log_in(legacy, "ben");
    let mut second = OldClient::dial(legacy);
    second.shows("server: error: server-full: 1 connections");
    second.shows("");
}

/// Text without the blanks and newlines that a cut may add or take.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The server has done everything that this person asked of it.
fn settle(person: &mut Client) {
    person.say("ping settled");
    person.expect_line("server: pong settled");
}

#[test]
fn an_old_client_sees_what_it_always_saw() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "渊渊");
    old.types("list users");
    old.shows("server: 渊渊");
    let mut bob = server.user("bob");
    old.types("send message bob 你好");
    bob.expect_line("渊渊: 你好");
    bob.say("send message 渊渊 hi, 渊渊");
    old.shows("bob: hi, 渊渊");
    old.types("create room 大厅 bob");
    bob.expect_line("大厅/server: 渊渊 created the room with bob");
    old.shows("server: 大厅: 渊渊 created the room with bob");
    old.types("list rooms");
    old.shows("server: 大厅");
    bob.say("send 大厅 一");
    old.shows("大厅: 一");
    bob.expect_line("大厅/bob: 一");
    old.types("send room 大厅 二");
    old.shows("大厅: 二");
    bob.expect_line("大厅/渊渊: 二");
}

#[test]
fn what_an_old_client_did_not_know_comes_from_the_server() {
    let server = Server::with_legacy();
    let mut old = OldClient::connect(server.legacy());
    old.types("server");
    old.shows("server: error: bad-name: 'server' is reserved\nserver: set your name please:");
    old.types("ben");
    old.shows("server: let's start chatting!");
    old.types("send message nobody hi");
    old.shows("server: error: no-such-user: nobody");
    old.types("set encoding utf-8");
    old.shows("server: error: bad-encoding: the legacy dialect does not change its encoding");
    old.types("quit");
    old.shows("server: bye");
    old.shows("");
}

#[test]
fn characters_that_python_lacks_are_question_marks() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "ben");
    let mut bob = server.user("bob");
    bob.say("send message ben 5 € for a 🦊 and a \u{e000} and a \u{3447}, café 渊");
    old.shows("bob: 5 ? for a ? and a ? and a ?, caf\u{e9} 渊");
}

#[test]
fn a_message_ends_at_its_newline_or_after_a_silence_but_not_inside_a_character() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "ben");
    let mut bob = server.user("bob");
    old.sends(b"send message bob one\r\nsend message bob two\nsend message bob three");
    for text in ["one", "two", "three"] {
        bob.expect_line(&format!("ben: {text}"));
    }
    old.sends(b"send message bob \xd4");
    // Longer than the silence that would end a whole message.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(60) {
        settle(&mut bob);
    }
    old.sends(b"\xa8");
    bob.expect_line("ben: 渊");
}

#[test]
fn half_a_character_is_refused_and_what_follows_is_understood() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "ben");
    old.sends(b"send message ben \xd4");
    old.shows("server: error: bad-encoding: the line is not valid gbk");
    old.types("list users");
    old.shows("server: ben");
}

#[test]
fn too_long_a_message_is_refused_once_and_ends_with_the_silence() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "ben");
    old.sends(&[b'x'; 10_000]);
    old.shows("server: error: line-too-long: more than 8192 bytes");
    // Whatever came before this newline belongs to the long message, silence or not.
    old.sends(b"\nlist users");
    old.shows("server: ben");
}

#[test]
fn a_message_before_the_end_of_input_is_carried_out() {
    let server = Server::with_legacy();
    let mut bob = server.user("bob");
    let mut old = OldClient::log_in(server.legacy(), "ben");
    old.types("create room lobby bob");
    bob.expect_line("lobby/server: ben created the room with bob");
    old.shows("server: lobby: ben created the room with bob");
    old.types("send message bob bye");
    drop(old);
    bob.expect_line("ben: bye");
    bob.expect_line("lobby/server: ben left (connection closed)");
}

#[test]
fn old_clients_that_are_killed_disturb_nobody() {
    let server = Server::with_legacy();
    let mut bob = server.user("bob");
    bob.say("create room lobby");
    bob.expect_line("lobby/server: bob created the room");
    for i in 0..20 {
        let name = format!("old{i}");
        let mut old = OldClient::log_in(server.legacy(), &name);
        old.types("join room lobby");
        bob.expect_line(&format!("lobby/server: {name} joined"));
        match i % 3 {
            0 => old.reset(),
            1 => {
                old.sends(b"send lobby \xd4");
                old.reset();
            }
            _ => drop(old),
        }
        bob.expect_line(&format!("lobby/server: {name} left (connection closed)"));
    }
}

#[test]
fn a_name_taken_in_one_dialect_is_taken_in_the_other() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "Ａlice渊");
    let mut other = OldClient::connect(server.legacy());
    other.types("alice渊");
    other.shows("server: error: name-taken: Ａlice渊\nserver: set your name please:");
    let mut bob = server.user("bob");
    bob.say("rename ALICE渊");
    bob.expect_line("error: name-taken: Ａlice渊");
    bob.say("send message aLICE渊 hi");
    old.shows("bob: hi");
}

/// Chinese texts of up to 200 bytes of GBK.
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{i}号{}", "渊你好世界".repeat(i % 19 + 1))).collect()
}

/// Sends the texts to an old client and to bob, and expects them whole and in order at both. Bob does not wait.
fn a_burst_arrives(count: usize, showing_a_line: Duration) {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "渊渊").slow(showing_a_line);
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    let expected: String = texts(count).iter().map(|text| bare(&format!("alice: {text}"))).collect();
    let showing = thread::spawn(move || {
        let mut shown = String::new();
        while shown.len() < expected.len() {
            shown.push_str(&bare(&old.reads()));
            assert!(expected.starts_with(&shown), "the end of {shown:?} is wrong");
        }
        old
    });
    let sending = thread::spawn(move || {
        for text in texts(count) {
            alice.say(&format!("send message bob,渊渊 {text}"));
        }
        alice
    });
    for text in texts(count) {
        bob.expect_line(&format!("alice: {text}"));
    }
    let mut alice = sending.join().unwrap();
    settle(&mut alice);
    let mut old = showing.join().unwrap();
    old.types("list users");
    assert_eq!(bare(&old.reads()), bare("server: alice, bob, 渊渊"));
}

#[test]
fn a_burst_of_5000_messages_arrives_at_a_prompt_old_client() {
    a_burst_arrives(5000, Duration::ZERO);
}

#[test]
fn a_burst_arrives_at_an_old_client_that_shows_a_line_in_12_ms() {
    a_burst_arrives(150, Duration::from_millis(12));
}

#[test]
fn an_old_client_that_stops_reading_is_closed_and_nobody_waits_for_it() {
    let server = Server::with_legacy();
    let mut old = OldClient::log_in(server.legacy(), "ben");
    let mut alice = server.user("alice");
    alice.say("create room lobby ben");
    alice.expect_line("lobby/server: alice created the room with ben");
    old.shows("server: lobby: alice created the room with ben");
    let text = "x".repeat(8000);
    for _ in 0..1000 {
        alice.say(&format!("send message ben {text}"));
    }
    alice.expect_line("lobby/server: ben left (slow consumer)");
    let reads: String = std::iter::from_fn(|| Some(old.reads()).filter(|read| !read.is_empty())).collect();
    let told = "server: error: slow-consumer: more than 4194304 bytes unread for 1 s";
    assert!(bare(&reads).ends_with(&bare(told)), "{}", &reads[reads.len() - 200..]);
}
