//! What each server of a cluster keeps in its folder: the same lines everywhere, each once, whatever happens to a server.

use std::fs;
use std::path::Path;
use std::thread;

use assert_cmd::Command;
use predicates::str::contains;
use rusqlite::Connection;
use tempfile::TempDir;

use super::node;
use super::redis::Redis;
use crate::support::{Client, PATIENCE, Process};

/// Folders of servers, each its own.
fn folders<const N: usize>() -> [TempDir; N] {
    std::array::from_fn(|_| tempfile::tempdir().unwrap())
}

fn keeping(redis: &Redis, folder: &TempDir, flags: &[&str]) -> Process {
    node(redis, &[&["--data", folder.path().to_str().unwrap(), "--message-rate", "0"], flags].concat())
}

/// Everything that a folder holds, as `chatctl store export` prints it.
fn exported(folder: &Path) -> String {
    let export = Command::cargo_bin("chatctl").unwrap().args(["store", "export"]).arg(folder).assert().success();
    String::from_utf8(export.get_output().stdout.clone()).unwrap()
}

/// The texts of what was said, in the order of the export.
fn said(exported: &str) -> Vec<String> {
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let said = exported.lines().map(line).filter(|line| line["kind"] == "said");
    said.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

/// Waits until what was asked for before is kept by the server of this user.
fn settle(user: &mut Client) {
    user.say("ping settled");
    user.lines_until("server: pong settled");
}

fn does_not_serve(redis: &Redis, folder: &TempDir) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--cluster", &redis.url(), "--data"]);
    command.arg(folder.path()).timeout(PATIENCE).assert().code(4)
}

#[test]
fn a_server_killed_under_load_keeps_each_line_once_and_the_same_as_the_others() {
    let Some(redis) = Redis::start() else { return };
    let folders = folders::<3>();
    let [killed, second, third] = folders.each_ref().map(|folder| keeping(&redis, folder, &[]));
    let mut alice = killed.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    let mut talkers = [(&second, "bob"), (&third, "carol")].map(|(server, name)| {
        let mut user = server.user(name);
        user.ask("join room den", &[&format!("den/server: {name} joined")]);
        (user, name)
    });
    let lines = 600;
    // What this client reads is of no interest, but has to be read.
    let reading = thread::spawn(move || alice.rest().len());
    let (again, told) = thread::scope(|scope| {
        let talking = talkers.each_mut().map(|(user, name)| {
            scope.spawn(move || {
                let talk = |i: usize| {
                    user.say(&format!("send den {name} {i}"));
                    user.lines_until(&format!("den/{name}: {name} {i}"))
                };
                (0..lines).flat_map(talk).collect::<Vec<_>>()
            })
        });
        killed.signal("KILL");
        assert!(reading.join().unwrap() < 2 * lines, "it was killed while they talked");
        let again = keeping(&redis, &folders[0], &[]);
        (again, talking.map(|talk| talk.join().unwrap()))
    });
    let lost = "den/server: alice left (server lost)";
    for ((user, _), told) in talkers.iter_mut().zip(told) {
        if !told.iter().any(|line| line == lost) {
            user.lines_until(lost);
        }
    }
    let [(bob, _), (carol, _)] = &mut talkers;
    let mut alice = again.user("alice");
    [bob, carol, &mut alice].into_iter().for_each(settle);
    let [one, two, three] = folders.each_ref().map(|folder| exported(folder.path()));
    let mut kept = said(&one);
    assert_eq!((&one, &two), (&two, &three), "each keeps the same");
    kept.sort();
    let mut wanted: Vec<_> =
        ["bob", "carol"].iter().flat_map(|name| (0..lines).map(move |i| format!("{name} {i}"))).collect();
    wanted.sort();
    assert_eq!(kept, wanted);
    for folder in &folders {
        Command::cargo_bin("chatctl").unwrap().args(["store", "check"]).arg(folder.path()).assert().success();
    }
}

#[test]
fn history_search_and_resume_go_on_at_another_server() {
    let Some(redis) = Redis::start() else { return };
    let folders = folders::<2>();
    let [one, other] = folders.each_ref().map(|folder| keeping(&redis, folder, &[]));
    let mut alice = one.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    alice.say("set numbers on");
    let epoch = alice.line();
    for text in ["tea is ready", "coffee too", "and more tea"] {
        alice.say(&format!("send den {text}"));
        alice.lines_until_one_of(&[
            &format!("#2 den/alice: {text}"),
            &format!("#3 den/alice: {text}"),
            &format!("#4 den/alice: {text}"),
        ]);
    }
    one.signal("KILL");
    alice.expect_end();
    let mut bob = other.user("bob");
    bob.ask("join room den", &[]);
    bob.lines_until_one_of(&["den/server: bob joined"]);
    bob.say("set numbers on");
    assert_eq!(bob.line(), epoch, "numbers are the same at every server");
    bob.say("resume den #2");
    let resumed = bob.lines_until_one_of(&["server: resumed den (2): #3 to #4", "server: resumed den (3): #3 to #5"]);
    assert!(resumed[0].ends_with(" den/alice: coffee too") && resumed[1].ends_with(" den/alice: and more tea"));
    bob.say("search tea");
    let found = bob.lines_until("server: found (2)");
    assert!(found[0].starts_with("history: #2 ") && found[0].ends_with("den/alice: tea is ready"), "{found:?}");
    // Everybody leaves, and all servers are stopped: the room sleeps, and wakes with its history.
    bob.lines_until_one_of(&["#6 den/server: alice left (server lost)"]);
    bob.say("leave room den");
    bob.lines_until("#8 den/server: bob left");
    drop(bob);
    other.stop();
    let [one, other] = folders.each_ref().map(|folder| keeping(&redis, folder, &[]));
    let mut carol = one.user("carol");
    carol.ask("list rooms", &["server: rooms (0)"]);
    carol.ask("join room den", &["den/server: carol joined"]);
    let mut dave = other.user("dave");
    dave.ask("join room den", &["den/server: dave joined"]);
    for user in [&mut carol, &mut dave] {
        settle(user);
        user.say("history den after #1 3");
        let page = user.lines_until("server: history of den (3): #2 to #4 of #1 to #10");
        assert!(page[2].ends_with("den/alice: and more tea"), "{page:?}");
    }
}

#[test]
fn a_folder_that_is_older_than_the_log_needs_a_copy_of_anothers() {
    let Some(redis) = Redis::start() else { return };
    let folders = folders::<3>();
    let flags = ["--cluster-keep", "4KiB"];
    let stays = keeping(&redis, &folders[0], &flags);
    keeping(&redis, &folders[1], &flags).stop();
    let mut alice = stays.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    let mut said = 0;
    while said < 100 || redis.everything().contains("create room den") {
        alice.ask(&format!("send den {said}"), &[&format!("den/alice: {said}")]);
        said += 1;
        assert!(said < 2000, "the log is not trimmed");
    }
    // That of a server that was away, and one that nothing is in.
    for folder in &folders[1..] {
        let why = "what the directory holds is older than the log of the cluster: put a copy of another server's chat.db there";
        does_not_serve(&redis, folder).stderr(contains(why));
    }
    let copy = folders[2].path().join("copy.db");
    let mut backup = Command::cargo_bin("chatctl").unwrap();
    backup.args(["store", "backup"]).arg(folders[0].path()).arg(&copy).assert().success();
    fs::rename(&copy, folders[2].path().join("chat.db")).unwrap();
    let again = keeping(&redis, &folders[2], &flags);
    let mut bob = again.user("bob");
    bob.ask("join room den", &["den/server: bob joined"]);
    alice.expect(&["den/server: bob joined"]);
    bob.ask("send den hi", &["den/bob: hi"]);
    alice.expect(&["den/bob: hi"]);
    [&mut alice, &mut bob].into_iter().for_each(settle);
    let [one, _, three] = folders.each_ref().map(|folder| exported(folder.path()));
    assert_eq!((one, three.lines().count()), (three.clone(), said + 3));
}

#[test]
fn a_folder_of_another_chat_is_refused_and_nothing_in_it_is_touched() {
    let Some(redis) = Redis::start() else { return };
    let [single] = folders();
    let alone = Process::serve(&["--web", "none", "--data", single.path().to_str().unwrap()]);
    alone.user("alice").ask("create room den", &["den/server: alice created the room"]);
    alone.stop();
    let before = exported(single.path());
    does_not_serve(&redis, &single)
        .stderr(contains("chat.db holds the chat of a single server: begin with an empty directory"));
    assert_eq!(exported(single.path()), before);
    // The log that a folder was kept from is another now.
    let [kept] = folders();
    let server = keeping(&redis, &kept, &[]);
    server.user("alice").ask("create room den", &["den/server: alice created the room"]);
    server.stop();
    assert_eq!(redis.ask("DEL {chatctl}:log {chatctl}:tail {chatctl}:snapshot").as_deref(), Some(":2\r\n"));
    does_not_serve(&redis, &kept).stderr(contains("the log of the cluster has lost what the directory holds"));
    assert_eq!(redis.ask("FLUSHALL").as_deref(), Some("+OK\r\n"));
    does_not_serve(&redis, &kept).stderr(contains("chat.db holds the chat of another cluster"));
}

#[test]
fn what_was_written_to_an_account_that_is_away_is_told_at_another_server() {
    let Some(redis) = Redis::start() else { return };
    let folders = folders::<2>();
    let [one, other] = folders.each_ref().map(|folder| keeping(&redis, folder, &[]));
    let mut bob = one.user("bob");
    bob.ask("register hunter22", &["server: bob is registered"]);
    bob.ask("create room den", &["den/server: bob created the room"]);
    bob.say("token");
    let token = bob.line();
    // His connection ends with the server: whoever says good-bye gives up the token.
    one.stop();
    let mut alice = other.user("alice");
    alice.ask("join room den", &["den/server: alice joined"]);
    alice.ask("send message bob psst", &["server: kept for bob"]);
    // Both servers are started anew: what they know comes from their folders and the log.
    other.stop();
    let [one, other] = folders.each_ref().map(|folder| keeping(&redis, folder, &[]));
    let mut bob = Client::connect(one.addr);
    bob.say("bob");
    bob.expect(&["server: set your name please:", "server: password please:"]);
    bob.say("hunter22");
    let told = bob.lines_until("server: history with alice (1): #1 to #1 of #1 to #1");
    assert!(told.iter().any(|line| line.ends_with(" alice: psst")), "{told:?}");
    bob.lines_until("server: new in den (3): #1 to #3");
    bob.ask("list members den", &["server: members of den (1): bob"]);
    bob.ask("quit", &["server: bye"]);
    let mut again = Client::connect(other.addr);
    again.say(token.trim_start_matches("server: "));
    let told = again.lines_until("server: let's start chatting!");
    assert_eq!(told.len(), 2, "{told:?}");
    again.ask("list users", &["server: users (1): bob"]);
    let [one, two] = folders.each_ref().map(|folder| exported(folder.path()));
    assert_eq!(one, two);
}

#[test]
fn a_server_whose_disk_takes_nothing_waits_with_the_log_and_the_others_go_on() {
    let Some(redis) = Redis::start() else { return };
    let folders = folders::<2>();
    // Nobody is lost meanwhile.
    let flags = ["--lost-after", "60s"];
    let [hindered, other] = folders.each_ref().map(|folder| keeping(&redis, folder, &flags));
    let (mut alice, mut bob) = (hindered.user("alice"), other.user("bob"));
    alice.ask("create room den", &["den/server: alice created the room"]);
    bob.ask("join room den", &["den/server: bob joined"]);
    alice.expect(&["den/server: bob joined"]);
    let program = Connection::open(folders[0].path().join("chat.db")).unwrap();
    program.execute_batch("BEGIN IMMEDIATE").unwrap();
    bob.ask("send den one", &["den/bob: one"]);
    alice.expect(&["server: another program has locked the store; what is said now is not taken"]);
    alice.say("send den never");
    bob.ask("send den two", &["den/bob: two"]);
    alice.say("ping alice");
    program.execute_batch("COMMIT").unwrap();
    let refusal = "error: not-kept: another program has locked the store";
    alice.expect(&["server: the store is unlocked again", "den/bob: one"]);
    // What the other server was told meanwhile comes in the order of the log.
    let rest = alice.lines_until("server: pong alice");
    let mut heard = rest.iter().map(String::as_str).collect::<Vec<_>>();
    heard.sort_unstable();
    assert_eq!(heard, ["den/bob: two", refusal, "server: pong alice"], "{rest:?}");
    alice.ask("send den three", &["den/alice: three"]);
    bob.expect(&["den/alice: three"]);
    let [one, two] = folders.each_ref().map(|folder| exported(folder.path()));
    assert_eq!((said(&one), &one), (["one", "two", "three"].map(str::to_owned).to_vec(), &two));
}
