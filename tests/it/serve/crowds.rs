//! Connections in great numbers, and ones that end badly: resets, a full server, and no descriptor left.

use std::net::Shutdown;

use chatctl::server::Config;

use crate::support::{Client, PROMPT, Process, WELCOME, Witness};

#[test]
fn connections_without_a_name_hear_nothing_and_are_nobody() {
    let mut scene = Witness::of(Config::default());
    let mut nameless: Vec<Client> = (0..20).map(|_| scene.server.connect()).collect();
    scene.witness.ask("list users", &["server: users (1): witness"]);
    nameless[0].say("list users");
    nameless[0].expect(&[PROMPT, "error: bad-name: 'list users': 1 to 32 letters, digits, _ or -", PROMPT]);
    nameless[1].say("quit");
    nameless[1].expect(&[PROMPT, "error: bad-name: 'quit' is reserved", PROMPT]);
    scene.saw_nothing();
}

#[test]
fn a_reset_in_the_middle_of_everything_is_a_departure() {
    let mut scene = Witness::of(Config::embedded());
    for round in 0..20 {
        let mut mallory = scene.server.user("mallory");
        mallory.ask("create room den witness", &["den/server: mallory created the room with witness"]);
        scene.witness.expect(&["den/server: mallory created the room with witness"]);
        // Half a line, answers on their way that nobody reads, and gone.
        mallory.send(&b"list users\n".repeat(round * 50));
        mallory.send(b"send room den ha");
        mallory.reset();
        scene.witness.expect(&["den/server: mallory left (connection closed)"]);
        scene.witness.expect(&["den/server: witness has the room"]);
        scene.witness.ask("leave room den", &["den/server: witness left"]);
        scene.server.connect().reset();
    }
    scene.saw_nothing();
}

#[test]
fn a_thousand_quick_connections_leave_nothing_behind() {
    let mut scene = Witness::of(Config::embedded());
    for number in 0..1000 {
        let mut client = scene.server.connect();
        match number % 4 {
            0 => client.reset(),
            1 => drop(client),
            2 => client.stream().shutdown(Shutdown::Both).unwrap(),
            _ => client.say("quick"),
        }
    }
    // Whoever of them logged in is gone soon: the name is free again.
    let mut quick = loop {
        let mut client = scene.server.connect();
        client.ask("quick", &[PROMPT]);
        if client.line() == WELCOME {
            break client;
        }
    };
    quick.ask("quit", &["server: bye"]);
    quick.expect_end();
    scene.witness.ask("list users", &["server: users (1): witness"]);
    scene.saw_nothing();
}

#[test]
fn a_full_server_says_so_and_takes_the_next_when_somebody_leaves() {
    let mut scene = Witness::of(Config { max_connections: Some(2), ..Config::embedded() });
    let mut second = scene.server.user("second");
    // None of them leaves before all have been told.
    let mut outside: Vec<Client> = (0..100).map(|_| scene.server.connect()).collect();
    for client in &mut outside {
        client.expect(&["error: server-full: 2 connections"]);
        client.expect_end();
    }
    second.ask("quit", &["server: bye"]);
    second.expect_end();
    drop(second);
    let mut next = loop {
        let mut client = scene.server.connect();
        if client.line() == PROMPT {
            break client;
        }
    };
    next.ask("next", &[WELCOME]);
    scene.witness.expect_nothing();
}

#[test]
fn out_of_descriptors_it_waits_says_so_once_and_goes_on() {
    let flags = ["--max-connections", "1000", "--login-timeout", "1s"];
    let server = Process::serve_with_descriptors(40, &flags);
    let mut inside = server.user("inside");
    // The system takes all of these on behalf of the server, which has descriptors for some of them.
    let mut outside: Vec<Client> = (0..100).map(|_| Client::connect(server.addr)).collect();
    server.wait_for_log("accept paused");
    let before = server.cpu_ticks();
    outside[0].expect(&[PROMPT, "error: login-failed: no line with a name within 1 s"]);
    let spent = server.cpu_ticks() - before;
    assert!(spent < 50, "{spent} ticks of CPU in about a second of waiting for a descriptor");
    inside.expect_nothing();
    // As the first are closed, there is room for the others.
    for client in &mut outside[1..] {
        client.expect(&[PROMPT, "error: login-failed: no line with a name within 1 s"]);
        client.stream().shutdown(Shutdown::Both).unwrap();
    }
    server.user("late").expect_nothing();
    let log = server.log();
    assert_eq!(log.matches("accept paused").count(), 1, "{log}");
    assert_eq!(server.stop().0.code(), Some(0));
}
