//! `chatctl store`: check, copy and print what a server keeps, while it runs.

use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;

use super::{history, serve};

/// Exit code, standard output and standard error of `chatctl store`, with the folder as `DIR`.
fn store(dir: &Path, arguments: &[&str]) -> String {
    let output = cargo_bin_cmd!("chatctl").arg("store").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(dir.to_str().unwrap(), "DIR");
    format!("exit {}\n{}{}", output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_copy_that_is_made_while_the_server_runs_can_be_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("store");
    let [folder_name, copy] = [&folder, &dir.path().join("copy.db")].map(|path| path.to_str().unwrap().to_owned());
    let server = serve(&folder);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask("send lobby before", &["lobby/alice: before"]);
    assert_eq!(store(dir.path(), &["backup", &folder_name, &copy]), "exit 0\n");
    assert_eq!(store(dir.path(), &["check", &folder_name]), "exit 0\nDIR/store/chat.db is whole: 1 room, 2 lines\n");
    alice.ask("send lobby after", &["lobby/alice: after"]);
    server.stop();

    fs::copy(&copy, folder.join("chat.db")).unwrap();
    let server = serve(&folder);
    let mut bob = server.user("bob");
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    assert_eq!(
        history(&mut bob, "lobby")[1..],
        ["#2 lobby/alice: before", "#3 lobby/server: bob joined", "server: history of lobby (3): #1 to #3 of #1 to #3",]
    );
}

#[test]
fn all_lines_are_printed_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby bob", &["lobby/server: alice created the room with bob"]);
    alice.ask("send lobby hi \"all\"", &["lobby/alice: hi \"all\""]);
    alice.ask("rename 渊", &["server: you are now 渊", "lobby/server: alice is now 渊"]);
    alice.ask("leave room lobby", &["lobby/server: 渊 left"]);
    bob.lines_until("lobby/server: bob has the room");
    bob.ask("topic lobby tea", &["lobby/server: bob set the topic: tea"]);
    bob.ask("ban lobby eve", &["lobby/server: bob banned eve"]);
    bob.ask("kick lobby bob too loud", &["lobby/server: bob removed bob (too loud)"]);
    let exported = store(dir.path(), &["export", dir.path().to_str().unwrap()]);
    let without_times: Vec<String> = exported
        .lines()
        .map(|line| {
            let Some((before, after)) = line.split_once("\"at\":\"") else { return line.to_owned() };
            format!("{before}{}", after.split_once("\",").unwrap().1)
        })
        .collect();
    assert_eq!(
        without_times,
        [
            "exit 0",
            r#"{"room":"lobby","number":1,"kind":"created","who":"alice","with":["bob"]}"#,
            r#"{"room":"lobby","number":2,"kind":"said","who":"alice","text":"hi \"all\""}"#,
            r#"{"room":"lobby","number":3,"kind":"renamed","who":"alice","to":"渊"}"#,
            r#"{"room":"lobby","number":4,"kind":"left","who":"渊"}"#,
            r#"{"room":"lobby","number":5,"kind":"owner","who":"bob","user":"bob"}"#,
            r#"{"room":"lobby","number":6,"kind":"topic","who":"bob","text":"tea"}"#,
            r#"{"room":"lobby","number":7,"kind":"banned","who":"bob","user":"eve"}"#,
            r#"{"room":"lobby","number":8,"kind":"kicked","who":"bob","user":"bob","reason":"too loud"}"#,
        ]
    );
}

#[test]
fn a_store_that_is_not_there_or_damaged_is_said_to_be_so() {
    let dir = tempfile::tempdir().unwrap();
    let name = dir.path().to_str().unwrap();
    assert_eq!(store(dir.path(), &["check", name]), "exit 4\nchatctl: DIR/chat.db is not there\n");
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    server.stop();
    let file = dir.path().join("chat.db");
    let mut bytes = fs::read(&file).unwrap();
    // The middle of the file: the pages of some tables and indexes.
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xab);
    fs::write(&file, bytes).unwrap();
    let checked = store(dir.path(), &["check", name]);
    assert!(checked.starts_with("exit 1\nDIR/chat.db: "), "{checked}");
}

#[test]
fn a_damaged_index_is_found_and_a_missing_one_is_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    let name = dir.path().to_str().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    server.stop();
    assert!(store(dir.path(), &["check", name]).starts_with("exit 0\n"));
    let index = dir.path().join("search.db");
    let mut bytes = fs::read(&index).unwrap();
    bytes[100..].fill(0xab);
    fs::write(&index, bytes).unwrap();
    let checked = store(dir.path(), &["check", name]);
    let found = "exit 1\nDIR/chat.db: search.db, which can be deleted when no server runs: ";
    assert!(checked.starts_with(found), "{checked}");
    fs::remove_file(index).unwrap();
    assert!(store(dir.path(), &["check", name]).starts_with("exit 0\n"));
}

#[test]
fn lines_that_are_too_old_or_too_many_are_forgotten_and_their_numbers_do_not_come_again() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    for number in 0..300 {
        alice.ask(&format!("send lobby {number}"), &[&format!("lobby/alice: {number}")]);
    }
    server.stop();
    let flags = ["--data", dir.path().to_str().unwrap(), "--keep", "1ms", "--message-rate", "0"];
    let server = crate::support::Process::serve(&flags);
    let mut bob = server.user("bob");
    // Pruning has begun before anybody comes, and goes on when nothing is said.
    loop {
        bob.say("create room lobby");
        bob.line();
        let lines = history(&mut bob, "lobby");
        if lines.len() < 100 {
            break;
        }
        bob.say("leave room lobby");
        bob.line();
    }
    // The line itself has its number: by the time its history could be asked for, it may be forgotten too.
    bob.say("set numbers on");
    bob.line();
    bob.say("send lobby next");
    let line = bob.line();
    let number = line.strip_prefix('#').and_then(|rest| rest.strip_suffix(" lobby/bob: next"));
    let number: u64 = number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{line}"));
    assert!(number > 302, "{line}");
}
