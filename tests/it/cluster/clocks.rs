//! Servers whose clocks differ: what is decided, and what users see of time, is by the clock of the log.

use std::path::Path;

use super::pair::{hear_all, say_all};
use super::redis::Redis;
use crate::support::{Client, Process, skipped};

/// Where Debian has the library that changes what programs take for the time.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// A server whose clock goes wrong by so much.
fn node(redis: &Redis, shift: &str) -> Process {
    let clock = [("LD_PRELOAD", FAKETIME), ("FAKETIME", shift), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let flags = ["--web", "none", "--message-rate", "0", "--cluster-keep", "16KiB", "--cluster", &redis.url()];
    Process::serve_with_envs(&clock, &flags)
}

/// The history of the room as a user is shown it, with its times.
fn history(user: &mut Client) -> Vec<String> {
    user.say("history den 100");
    user.say("ping history");
    user.lines_until("server: pong history")
}

#[test]
fn clocks_that_are_an_hour_apart_change_nothing() {
    if !Path::new(FAKETIME).exists() {
        return skipped("libfaketime");
    }
    let Some(redis) = Redis::start() else { return };
    let nodes = [node(&redis, "-1h"), node(&redis, "+1h")];
    let logged = |node: &Process| node.log().split(':').next().unwrap_or_default().to_owned();
    let mut users = [nodes[0].user("alice"), nodes[1].user("bob")];
    assert_ne!(logged(&nodes[0]), logged(&nodes[1]), "the clocks are the same");
    users[0].ask("create room den", &["den/server: alice created the room"]);
    users[1].ask("join room den", &["den/server: bob joined"]);
    users[0].expect(&["den/server: bob joined"]);
    say_all(&mut users, 0..200);
    hear_all(&mut users, 200);
    // Neither is lost to the other, and both show the same times.
    let [one, other] = users.each_mut().map(history);
    assert_eq!(one, other);
    assert!(one.len() > 100, "{one:?}");
    // One that begins later, by its own clock in between, knows the same, and whom the others miss is gone in time.
    let late = node(&redis, "+0h");
    let mut carol = late.user("carol");
    carol.ask("join room den", &["den/server: carol joined"]);
    users.iter_mut().for_each(|user| user.expect(&["den/server: carol joined"]));
    nodes[0].signal("KILL");
    for user in [&mut users[1], &mut carol] {
        user.expect(&["den/server: alice left (server lost)", "den/server: bob has the room"]);
    }
}
