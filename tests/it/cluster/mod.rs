//! Several servers that are one chat, over a real `redis-server`; skipped by name where that is not installed.

mod clocks;
mod contrib;
mod data;
mod doors;
mod faults;
mod full;
mod metrics;
mod network;
mod operators;
mod pair;
mod redis;
mod refused;
mod relay;
mod rolling;
mod scripts;
mod snapshots;

use std::net::SocketAddr;

use crate::support::{Client, Process};
use redis::Redis;

/// A server of the cluster at this engine.
fn node(redis: &Redis, flags: &[&str]) -> Process {
    Process::serve(&[&["--web", "none", "--cluster", &redis.url()], flags].concat())
}

/// The address that a door says it listens on, among the first lines of a server.
fn door(lines: &[String], which: &str) -> SocketAddr {
    let line = lines.iter().find(|line| line.contains(which)).unwrap_or_else(|| panic!("{which:?} in {lines:?}"));
    line.split(' ').find_map(|word| word.trim_end_matches(',').parse().ok()).unwrap()
}

#[test]
fn users_of_three_servers_are_in_one_room_with_one_order() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [node(&redis, &[]), node(&redis, &[]), node(&redis, &[])];
    let mut alice = nodes[0].user("alice");
    let mut bob = nodes[1].user("bob");
    let mut again = Client::connect(nodes[2].addr);
    again.say("Alice");
    again.expect(&["server: set your name please:", "error: name-taken: alice", "server: set your name please:"]);
    again.ask("carol", &["server: let's start chatting!"]);
    let mut carol = again;
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    alice.expect(&["lobby/server: bob joined"]);
    carol.ask("list rooms", &["server: rooms (1): lobby"]);
    carol.ask("list users", &["server: users (3): alice, bob, carol"]);
    carol.ask("join room lobby", &["lobby/server: carol joined"]);
    for user in [&mut alice, &mut bob] {
        user.expect(&["lobby/server: carol joined"]);
    }
    // Everybody says something at once, and all hear it in one order.
    for (user, name) in [(&mut alice, "alice"), (&mut bob, "bob"), (&mut carol, "carol")] {
        (0..50).for_each(|i| user.say(&format!("send lobby {name} {i}")));
    }
    let [one, two, three] = [&mut alice, &mut bob, &mut carol].map(|user| {
        let lines: Vec<_> = (0..150).map(|_| user.line()).collect();
        user.expect_nothing();
        lines
    });
    assert_eq!((&one, &two), (&two, &three));
    let of_bob: Vec<_> = one.iter().filter(|line| line.starts_with("lobby/bob: ")).cloned().collect();
    assert_eq!(of_bob, (0..50).map(|i| format!("lobby/bob: bob {i}")).collect::<Vec<_>>());
    carol.say("send message alice,bob,carol psst");
    for user in [&mut alice, &mut bob, &mut carol] {
        user.expect(&["carol: psst"]);
    }
    // What is there is what all know, and a server that comes later knows it too.
    let late = node(&redis, &[]);
    let mut dave = late.user("dave");
    dave.ask("join room lobby", &["lobby/server: dave joined"]);
    dave.say("history lobby after 152 1");
    let line = dave.line();
    assert!(line.starts_with("history: #153 "), "{line}");
}

#[test]
fn a_client_that_ends_its_input_hears_the_answers_to_all_of_it() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis, &[]);
    let mut alice = Client::connect(server.addr);
    alice.send(b"alice\ncreate room den\nsend den one\nping x\n");
    alice.finish();
    let lines = alice.rest();
    assert_eq!(lines[2..], ["den/server: alice created the room", "den/alice: one", "server: pong x"]);
}
