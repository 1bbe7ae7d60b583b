//! Logging in to an account, rightly and wrongly, at every door.

use chatctl::hub::Limits;
use chatctl::server::Config;

use super::{PASSWORD_PROMPT, log_in};
use crate::support::fake::old_client::OldClient;
use crate::support::{Client, PROMPT, Process, Server, WELCOME};

#[test]
fn an_account_and_its_memberships_outlive_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap()];
    let server = Process::serve(&flags);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask("register correct-horse", &["server: alice is registered"]);
    alice.ask("create room den", &["den/server: alice created the room"]);
    alice.ask("leave room den", &["den/server: alice left"]);
    server.signal("KILL");
    server.wait();

    let server = Process::serve(&flags);
    let mut bob = server.user("bob");
    bob.ask("list rooms", &["server: rooms (1): lobby"]);
    bob.ask("list members lobby", &["server: members of lobby (1): alice"]);
    bob.ask("list users", &["server: users (1): bob"]);
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    let mut alice = log_in(Client::connect(server.addr), "Alice", "correct-horse");
    alice.expect(&["server: new in lobby (1): #2 to #2"]);
    bob.ask("send lobby welcome back", &["lobby/bob: welcome back"]);
    alice.expect(&["lobby/bob: welcome back"]);
    alice.ask("rename al", &["server: you are now al", "lobby/server: alice is now al"]);
    alice.ask("set password correct-horse battery-staple", &["server: the password is changed"]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    let server = Process::serve(&flags);
    let mut al = log_in(Client::connect(server.addr), "al", "battery-staple");
    al.expect(&["server: new in lobby (3): #2 to #4"]);
    al.ask("unregister battery-staple", &["server: al is no longer registered"]);
    al.ask("quit", &["server: bye"]);
    let mut alice = server.user("al");
    alice.ask("list rooms", &["server: rooms (0)"]);
}

#[test]
fn every_door_asks_for_the_password() {
    let server = Server::with_legacy();
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut old = OldClient::connect(server.legacy());
    old.types("alice");
    old.shows("server: password please:");
    old.types("hunter22");
    old.shows("server: let's start chatting!");
}

#[test]
fn what_is_no_password_is_refused_and_the_server_goes_on() {
    let server = Server::embedded();
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let long = vec![b'x'; 1 << 20];
    let refused: [(&[u8], &str); 5] = [
        (b"hunter2", "error: bad-password: 8 to 128 characters without blanks"),
        (b"hunter 22", "error: bad-password: 8 to 128 characters without blanks"),
        (b"hunter\x0022", "error: bad-text: control character U+0000"),
        (b"hunter\xff22", "error: bad-encoding: the line is not valid utf-8"),
        (&long, "error: line-too-long: more than 8192 bytes"),
    ];
    for (typed, told) in refused {
        let mut client = server.connect();
        client.expect(&[PROMPT]);
        client.ask("alice", &[PASSWORD_PROMPT]);
        // Blank lines are none.
        client.send(b"\n  \n");
        client.send(typed);
        client.ask("", &[told, PROMPT]);
        drop(log_in_again(client));
    }
    let mut bob = server.user("bob");
    for (typed, told) in refused {
        bob.send(b"register ");
        bob.send(typed);
        bob.ask("", &[told]);
    }
    bob.ask("register ", &["error: bad-command: usage: register PASSWORD"]);
}

#[track_caller]
fn log_in_again(mut client: Client) -> Client {
    client.ask("alice", &[PASSWORD_PROMPT]);
    client.ask("hunter22", &[WELCOME]);
    client
}

#[test]
fn ten_thousand_wrong_passwords_are_refused_unseen_and_nobody_else_waits() {
    let server = Server::embedded();
    let mut bob = server.user("bob");
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut guesser = log_in(server.connect(), "alice", "hunter22");
    let mut looked_at = 0;
    for _ in 0..100 {
        guesser.send("unregister hunter33\n".repeat(100).as_bytes());
        for _ in 0..100 {
            let answer = guesser.line();
            looked_at += usize::from(answer == "error: wrong-password: alice");
            assert!(
                answer.starts_with("error: wrong-password") || answer.starts_with("error: too-many: wrong"),
                "{answer}"
            );
        }
        bob.ask("ping", &["server: pong"]);
    }
    assert!((5..30).contains(&looked_at), "{looked_at} were looked at");
}

#[test]
fn without_guests_only_accounts_log_in() {
    let limits = Limits { guests: false, ..Limits::default() };
    let server = Server::start(Config { limits, ..Config::embedded() });
    let mut bob = server.connect();
    bob.expect(&[PROMPT]);
    bob.ask("bob", &["error: not-registered: bob", PROMPT]);
}

#[test]
fn the_session_of_a_password_that_is_being_looked_at_may_end() {
    let server = Server::start(Config { hashing: chatctl::server::Hashing::Slow, ..Config::embedded() });
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    for _ in 0..5 {
        let mut client = server.connect();
        client.expect(&[PROMPT]);
        client.ask("alice", &[PASSWORD_PROMPT]);
        client.say("hunter22");
        drop(client);
    }
    drop(log_in(server.connect(), "alice", "hunter22"));
}
