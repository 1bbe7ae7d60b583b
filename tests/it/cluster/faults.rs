//! Servers and engines that stop, die or are cut off: nothing is lost, doubled or out of order, or users are told.

use std::time::{Duration, Instant};

use super::node;
use super::pair::{hear_all, say_all, two};
use super::redis::Redis;
use crate::support::Client;

#[test]
fn the_users_of_a_server_that_is_killed_are_gone_within_6_seconds() {
    let Some(redis) = Redis::start() else { return };
    let ([first, second], [_alice, mut bob]) = two(&redis);
    let third = node(&redis, &[]);
    let mut carol = third.user("carol");
    carol.ask("join room den", &["den/server: carol joined"]);
    bob.expect(&["den/server: carol joined"]);
    let killed = Instant::now();
    first.signal("KILL");
    for user in [&mut bob, &mut carol] {
        user.expect(&["den/server: alice left (server lost)", "den/server: bob has the room"]);
    }
    assert!(killed.elapsed() < Duration::from_secs(6), "{:?}", killed.elapsed());
    let mut alice = second.user("alice");
    alice.ask("list users", &["server: users (3): alice, bob, carol"]);
}

#[test]
fn a_server_that_stops_tells_its_users_and_the_others_hear_it_at_once() {
    let Some(redis) = Redis::start() else { return };
    let ([first, _second], [mut alice, mut bob]) = two(&redis);
    let begun = Instant::now();
    let (status, log) = first.stop();
    assert!(status.success(), "{log}");
    alice.expect(&["server: server is shutting down"]);
    alice.expect_end();
    bob.expect(&["den/server: alice left (server stopped)", "den/server: bob has the room"]);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_was_stopped_too_long_says_so_and_begins_anew() {
    let Some(redis) = Redis::start() else { return };
    let ([first, _second], [mut alice, mut bob]) = two(&redis);
    first.signal("STOP");
    bob.expect(&["den/server: alice left (server lost)", "den/server: bob has the room"]);
    alice.say("send den lost");
    first.signal("CONT");
    let told = alice.rest();
    let last = told.last().unwrap();
    assert!(last.starts_with("error: server-lost: log in again"), "{told:?}");
    let mut alice = first.user("alice");
    alice.ask("join room den", &["den/server: alice joined"]);
    bob.expect(&["den/server: alice joined"]);
}

#[test]
fn lines_wait_while_the_engine_is_killed_and_none_is_lost_or_comes_twice() {
    let Some(mut redis) = Redis::start() else { return };
    let (_nodes, mut users) = two(&redis);
    for round in 0..5 {
        say_all(&mut users, round * 100..(round + 1) * 100);
        redis.kill_and_start();
    }
    hear_all(&mut users, 500);
}

#[test]
fn users_are_told_when_nothing_comes_back_and_their_lines_are_carried_out_later() {
    let Some(redis) = Redis::start() else { return };
    let slow = node(&redis, &["--login-timeout", "1s", "--cluster-name", "other"]);
    drop(slow.user("carol"));
    redis.signal("STOP");
    let mut late = Client::connect(slow.addr);
    late.expect(&["error: unavailable: the cluster is out of reach"]);
    late.expect_end();
    redis.signal("CONT");
    let (_nodes, mut users) = two(&redis);
    redis.signal("STOP");
    say_all(&mut users, 0..3);
    for user in &mut users {
        user.expect(&["server: the cluster is out of reach, your lines wait"]);
    }
    redis.signal("CONT");
    hear_all(&mut users, 3);
}

#[test]
fn connections_that_are_cut_30_times_lose_and_double_nothing() {
    let Some(redis) = Redis::start() else { return };
    let (_nodes, mut users) = two(&redis);
    for round in 0..30 {
        say_all(&mut users, round * 20..(round + 1) * 20);
        let killed = redis.ask("CLIENT KILL TYPE normal SKIPME yes").unwrap();
        assert!(killed.starts_with(':'), "{killed}");
    }
    hear_all(&mut users, 600);
}

#[test]
fn a_log_that_lost_what_was_said_ends_its_servers_with_a_reason() {
    let Some(redis) = Redis::start() else { return };
    let (nodes, mut users) = two(&redis);
    redis.ask("FLUSHALL");
    for user in &mut users {
        let told = user.rest();
        assert_eq!(told.last().unwrap(), "error: history-lost: what was said last is lost, log in again", "{told:?}");
    }
    for node in nodes {
        let (status, log) = node.wait();
        assert_eq!(status.code(), Some(4), "{log}");
    }
}
