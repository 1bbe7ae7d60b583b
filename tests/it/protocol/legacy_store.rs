//! What the clients of the Python chat room see of a server that keeps what is said: without any numbers.

use std::net::SocketAddr;
use std::path::Path;

use rusqlite::Connection;

use crate::serve::control::Keeper;
use crate::support::Process;
use crate::support::fake::old_client::OldClient;

fn serve(dir: &Path) -> (Process, SocketAddr) {
    let data = ["--data", dir.to_str().unwrap(), "--message-rate", "0"];
    let server = Process::serve(&[&data[..], &["--web", "none", "--legacy", "127.0.0.1:0"]].concat());
    let said = server.lines(1).remove(0);
    let legacy = said.strip_prefix("chatctl: listening on ").unwrap().strip_suffix(" for old clients, in gbk").unwrap();
    let legacy = legacy.parse().unwrap();
    (server, legacy)
}

/// Types this; what is shown up to a line that begins like this, each time as `TIME`.
fn shown(old: &mut OldClient, line: &str, last: &str) -> Vec<String> {
    old.types(line);
    let mut lines: Vec<String> = Vec::new();
    while lines.last().is_none_or(|line| !line.starts_with(last)) {
        lines.extend(old.reads().lines().map(without_time));
    }
    lines
}

/// `history: 2026-11-25T17:30:02Z ...` as `history: TIME ...`.
fn without_time(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.as_bytes() {
        [b'2', b'0', .., b'Z'] if word.len() == 20 => "TIME",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn an_old_client_reads_searches_and_comes_back_to_what_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (server, legacy) = serve(dir.path());
    let mut old = OldClient::log_in(legacy, "渊渊");
    old.types("create room 大厅");
    old.shows("server: 大厅: 渊渊 created the room");
    old.types("send 大厅 你好世界");
    old.shows("大厅: 你好世界");
    let told = shown(&mut old, "history 大厅", "server: history");
    let kept = ["history: TIME 大厅/server: 渊渊 created the room", "history: TIME 大厅/渊渊: 你好世界"];
    assert_eq!(told, [kept[0], kept[1], "server: history of 大厅 (2)"]);
    let told = shown(&mut old, "search 好世", "server: found");
    assert_eq!(told, [kept[1], "server: found (1)"]);
    old.types("topic 大厅 茶");
    old.shows("server: 大厅: 渊渊 set the topic: 茶");
    old.types("register hunter22");
    old.shows("server: 渊渊 is registered");
    server.signal("KILL");
    server.wait();

    let (server, legacy) = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("join room 大厅", &["大厅/server: bob joined"]);
    bob.ask("send message 渊渊 psst", &["server: kept for 渊渊"]);
    let mut old = OldClient::connect(legacy);
    old.types("渊渊");
    old.shows("server: password please:");
    let told = shown(&mut old, "hunter22", "server: new in 大厅");
    assert_eq!(told[0], "server: let's start chatting!");
    assert!(told.contains(&"history: TIME bob: psst".to_owned()), "{told:?}");
    old.types("show room 大厅");
    old.shows("server: 大厅: open, owner 渊渊, 2 members, #1 to #4");
    let told = shown(&mut old, "history 大厅 before #3 1", "server: history");
    assert_eq!(told, [kept[1], "server: history of 大厅 (1)"]);
    old.types("set numbers on");
    old.shows("server: error: bad-command: the legacy dialect has no numbers");
    bob.say("send 大厅 hi");
    old.shows("大厅: hi");
}

#[test]
fn an_old_client_is_told_what_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, legacy) = serve(dir.path());
    let mut old = OldClient::log_in(legacy, "ben");
    old.types("create room lobby");
    old.shows("server: lobby: ben created the room");
    let mut root = Keeper::log_in(dir.path(), "root");
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    old.types("send lobby one");
    old.shows("server: another program has locked the store; what is said now is not taken");
    // A newline ends it at once: without one it would go on with what is typed next.
    old.types("send lobby two\n");
    other.execute_batch("COMMIT").unwrap();
    let told = shown(&mut old, "ping over", "server: pong over");
    let expected = [
        "server: the store is unlocked again",
        "lobby: one",
        "server: error: not-kept: another program has locked the store",
        "server: pong over",
    ];
    assert_eq!(told, expected);
    root.say("ban server ben");
    old.shows("server: error: banned: ben is banned from this server");
}
