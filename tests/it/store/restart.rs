//! What a server that starts again knows of the one before.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use assert_cmd::cargo::cargo_bin_cmd;

use super::{history, serve, without_time};
use crate::support::{Client, PROMPT, Process, WELCOME};

#[test]
fn a_room_that_everybody_left_keeps_its_lines_and_its_numbers_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room Lobby", &["Lobby/server: alice created the room"]);
    alice.ask("send Lobby 你好, hi", &["Lobby/alice: 你好, hi"]);
    alice.ask("rename al", &["server: you are now al", "Lobby/server: alice is now al"]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("list rooms", &["server: rooms (0)"]);
    bob.ask("join room lobby", &["Lobby/server: bob joined"]);
    bob.ask("send lobby again", &["Lobby/bob: again"]);
    assert_eq!(
        history(&mut bob, "lobby"),
        [
            "#1 Lobby/server: alice created the room",
            "#2 Lobby/alice: 你好, hi",
            "#3 Lobby/server: alice is now al",
            "#4 Lobby/server: bob joined",
            "#5 Lobby/bob: again",
            "server: history of Lobby (5): #1 to #5 of #1 to #5",
        ]
    );
    bob.say("history lobby after #3 1");
    assert_eq!(without_time(&bob.line()), "#4 Lobby/server: bob joined");
    bob.expect(&["server: history of Lobby (1): #4 to #4 of #1 to #5"]);
    bob.say("history lobby before #3 1");
    assert_eq!(without_time(&bob.line()), "#2 Lobby/alice: 你好, hi");
    bob.expect(&["server: history of Lobby (1): #2 to #2 of #1 to #5"]);
    bob.say("search 你好");
    assert_eq!(without_time(&bob.line()), "#2 Lobby/alice: 你好, hi");
    bob.expect(&["server: found (1)"]);
}

#[test]
fn what_was_decided_about_a_room_holds_after_the_server_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask("topic lobby 茶 and cake", &["lobby/server: alice set the topic: 茶 and cake"]);
    alice.ask("ban lobby Bob", &["lobby/server: alice banned Bob"]);
    alice.ask("ban lobby eve", &["lobby/server: alice banned eve"]);
    alice.ask("unban lobby EVE", &["lobby/server: alice lifted the ban of eve"]);
    alice.ask("create room den", &["den/server: alice created the room"]);
    alice.ask("set room den private", &["den/server: alice made the room private"]);
    alice.ask("create room tea", &["tea/server: alice created the room"]);
    alice.ask("set room tea private", &["tea/server: alice made the room private"]);
    alice.ask("set room tea open", &["tea/server: alice made the room open"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let (mut bob, mut eve) = (server.user("bob"), server.user("eve"));
    bob.ask("join room lobby", &["error: banned: lobby"]);
    eve.ask("join room lobby", &["lobby/server: eve joined"]);
    eve.ask("topic lobby", &["server: topic of lobby: 茶 and cake"]);
    eve.ask("show room lobby", &["server: lobby: open, owner eve, 1 member, #1 to #6"]);
    eve.ask("kick lobby eve REASON", &["lobby/server: eve removed eve (REASON)"]);
    eve.ask("join room tea", &["tea/server: eve joined"]);
    // Nobody is in the private room, and nobody was invited: who creates it finds another one.
    eve.ask("join room den", &["error: no-such-room: den"]);
    eve.ask("create room den bob", &["den/server: eve created the room with bob"]);
    eve.ask("give room den bob", &["den/server: eve gave the room to bob"]);
    eve.ask("leave room den", &["den/server: eve left"]);
    bob.expect(&[
        "den/server: eve created the room with bob",
        "den/server: eve gave the room to bob",
        "den/server: eve left",
    ]);
    bob.ask("topic den quiet", &["den/server: bob set the topic: quiet"]);
    eve.ask("join room lobby", &["lobby/server: eve joined"]);
    assert_eq!(
        history(&mut eve, "lobby"),
        [
            "#1 lobby/server: alice created the room",
            "#2 lobby/server: alice set the topic: 茶 and cake",
            "#3 lobby/server: alice banned Bob",
            "#4 lobby/server: alice banned eve",
            "#5 lobby/server: alice lifted the ban of eve",
            "#6 lobby/server: eve joined",
            "#7 lobby/server: eve removed eve (REASON)",
            "#8 lobby/server: eve joined",
            "server: history of lobby (8): #1 to #8 of #1 to #8",
        ]
    );
    assert_eq!(
        history(&mut bob, "den"),
        [
            "#1 den/server: eve created the room with bob",
            "#2 den/server: eve gave the room to bob",
            "#3 den/server: eve left",
            "#4 den/server: bob set the topic: quiet",
            "server: history of den (4): #1 to #4 of #1 to #4",
        ]
    );
}

#[test]
fn lines_are_there_after_the_server_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask("send lobby seen", &["lobby/alice: seen"]);
    server.signal("KILL");
    server.wait();

    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    let lines = history(&mut bob, "lobby");
    assert_eq!(lines[..2], ["#1 lobby/server: alice created the room", "#2 lobby/alice: seen"]);
    assert_eq!(lines[2], "#3 lobby/server: bob created the room", "that alice left was told to nobody");
}

#[test]
fn a_room_of_many_hears_what_is_kept_without_waiting_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap(), "--no-fsync"]);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let mut clients: Vec<Client> = (0..20).map(|index| server.user(&format!("u{index}"))).collect();
    for (index, client) in clients.iter_mut().enumerate() {
        client.ask("join room lobby", &[&format!("lobby/server: u{index} joined")]);
    }
    alice.lines_until("lobby/server: u19 joined");
    alice.say("send lobby hi");
    for client in &mut clients {
        client.lines_until("lobby/alice: hi");
    }
}

#[test]
fn a_folder_has_one_server() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("made/for/it");
    let server = serve(&folder);
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "what is said is for the owner of the folder alone");
    let made = ["chat.db", "lock"];
    for name in made {
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let other =
        cargo_bin_cmd!("chatctl").args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&folder).output().unwrap();
    let said = String::from_utf8(other.stderr).unwrap();
    let expected = format!("chatctl: {} is in use by another chatctl (process {})\n", folder.display(), server.id());
    assert_eq!((other.status.code(), said), (Some(4), expected));
    drop(server);
    serve(&folder);
}

/// What `serve` says about a file that it cannot use, with the folder as `DIR`; the file is as it was.
fn refused(content: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("chat.db");
    fs::write(&file, content).unwrap();
    let output = cargo_bin_cmd!("chatctl")
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(fs::read(&file).unwrap(), content, "nothing is touched");
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    format!("exit {}: {}", output.status.code().unwrap(), said.replace(dir.path().to_str().unwrap(), "DIR"))
}

/// The bytes of a store with a room and a line in it.
fn store_bytes() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    server.stop();
    fs::read(dir.path().join("chat.db")).unwrap()
}

#[test]
fn files_that_are_no_stores_of_this_version_are_refused_and_not_touched() {
    assert_eq!(refused(b"hello"), "exit 4: chatctl: DIR/chat.db is not a chatctl store\n");
    assert_eq!(refused(&[b'x'; 5000]), "exit 4: chatctl: DIR/chat.db is not a chatctl store\n");
    let whole = store_bytes();
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(&[0; 4]);
    assert_eq!(refused(&foreign), "exit 4: chatctl: DIR/chat.db is not a chatctl store\n");
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&6_i32.to_be_bytes());
    assert_eq!(
        refused(&newer),
        "exit 4: chatctl: DIR/chat.db was written by a newer chatctl (schema 6, this one knows 5)\n"
    );
    let mut damaged = whole;
    damaged[100..4096].fill(0xab);
    assert_eq!(
        refused(&damaged),
        "exit 4: chatctl: DIR/chat.db is damaged: database disk image is malformed; 'chatctl store check' says more\n"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_explained() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let folder = file.path().join("store");
    let output = cargo_bin_cmd!("chatctl").args(["serve", "--data"]).arg(&folder).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap().replace(file.path().to_str().unwrap(), "FILE");
    assert_eq!((output.status.code(), &*said), (Some(4), "chatctl: cannot write to FILE/store: Not a directory\n"));
}

/// The file of the first version that was ever released, with two rooms in it.
#[test]
fn a_store_of_the_first_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chat.db"), include_bytes!("../fixtures/store_version_1.db")).unwrap();
    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("join room lobby", &["Lobby/server: bob joined"]);
    assert_eq!(
        history(&mut bob, "lobby"),
        [
            "#1 Lobby/server: alice created the room with Zoë",
            "#2 Lobby/alice: 你好 from version 1",
            "#3 Lobby/server: Zoë is now zoe2",
            "#4 Lobby/server: zoe2 left",
            "#5 Lobby/server: alice left (quit)",
            "#6 Lobby/server: bob joined",
            "server: history of Lobby (6): #1 to #6 of #1 to #6",
        ]
    );
    bob.ask("topic lobby", &["server: Lobby has no topic"]);
    bob.ask("topic lobby from version 2", &["Lobby/server: bob set the topic: from version 2"]);
    bob.ask("ban lobby zoe2", &["Lobby/server: bob banned zoe2"]);
}

/// The file of the second version: a room with a topic and a ban, whose only member is an account.
#[test]
fn a_store_of_the_second_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chat.db"), include_bytes!("../fixtures/store_version_2.db")).unwrap();
    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("show room lobby", &["server: Lobby: open, owner alice, 1 member, #1 to #4"]);
    bob.ask("topic lobby", &["server: topic of Lobby: tea"]);
    bob.ask("join room lobby", &["Lobby/server: bob joined"]);
    assert_eq!(
        history(&mut bob, "lobby"),
        [
            "#1 Lobby/server: alice created the room",
            "#2 Lobby/alice: 你好 from version 2",
            "#3 Lobby/server: alice set the topic: tea",
            "#4 Lobby/server: alice banned eve",
            "#5 Lobby/server: bob joined",
            "server: history of Lobby (5): #1 to #5 of #1 to #5",
        ]
    );
    server.user("eve").ask("join room lobby", &["error: banned: Lobby"]);
    assert!(dir.path().join("chat.db.2").exists(), "it was copied before it was brought up to date");
}

/// The file of the third version: a room that is set by modes, whose owner is an account.
#[test]
fn a_store_of_the_third_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chat.db"), include_bytes!("../fixtures/store_version_3.db")).unwrap();
    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("show room lobby", &["server: Lobby: open, owner alice, 1 member, #1 to #7"]);
    bob.ask("join room lobby", &["Lobby/server: bob joined"]);
    bob.ask("send lobby hi", &["error: cannot-speak: Lobby"]);
    let mut alice = Client::connect(server.addr);
    alice.say("alice");
    alice.expect(&[PROMPT, "server: password please:"]);
    alice.ask("hunter22", &[WELCOME, "server: new in Lobby (1): #8 to #8"]);
    alice.ask("send lobby from version 4", &["Lobby/alice: from version 4"]);
    alice.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    assert!(dir.path().join("chat.db.3").exists(), "it was copied before it was brought up to date");
}

/// The file of the fourth version, in whose history nobody is told how a room was set, nor with which words somebody left.
#[test]
fn a_store_of_the_fourth_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chat.db"), include_bytes!("../fixtures/store_version_4.db")).unwrap();
    let server = serve(dir.path());
    let mut bob = server.user("bob");
    bob.ask("show room lobby", &["server: Lobby: open, owner alice, 1 member, #1 to #6"]);
    bob.ask("join room lobby", &["Lobby/server: bob joined"]);
    bob.say("history lobby");
    let told = bob.lines_until("server: history of Lobby (7): #1 to #7 of #1 to #7");
    let told: Vec<&str> =
        told.iter().filter_map(|line| line.strip_prefix("history: ")?.split_once("Z ")).map(|(_, said)| said).collect();
    assert_eq!(
        told,
        [
            "Lobby/server: alice created the room",
            "Lobby/server: alice set the topic: tea",
            "Lobby/server: bob joined",
            "Lobby/server: alice gave the room to bob",
            "Lobby/server: bob left",
            "Lobby/server: alice has the room",
            "Lobby/server: bob joined",
        ]
    );
    assert!(dir.path().join("chat.db.4").exists(), "it was copied before it was brought up to date");
}
