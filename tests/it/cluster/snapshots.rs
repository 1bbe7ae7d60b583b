//! The log is trimmed, and a server that starts later knows what was in it.

use super::node;
use super::redis::Redis;
use crate::support::Client;

#[test]
fn a_server_that_starts_after_the_log_was_trimmed_knows_who_is_where() {
    let Some(redis) = Redis::start() else { return };
    let flags = ["--cluster-keep", "4KiB", "--message-rate", "0"];
    let nodes = [node(&redis, &flags), node(&redis, &flags)];
    let (mut alice, mut bob) = (nodes[0].user("alice"), nodes[1].user("bob"));
    alice.ask("create room den", &["den/server: alice created the room"]);
    bob.ask("join room den", &["den/server: bob joined"]);
    alice.expect(&["den/server: bob joined"]);
    let entries = || redis.ask("XLEN {chatctl}:log").unwrap().trim_start_matches(':').trim().parse::<usize>().unwrap();
    let mut said = 0;
    // Each line is an entry, and some 200 bytes of the log.
    while said < 100 || entries() > 60 {
        bob.ask(&format!("send den {said}"), &[&format!("den/bob: {said}")]);
        alice.expect(&[&format!("den/bob: {said}")]);
        said += 1;
        assert!(said < 2000, "the log has {} entries", entries());
    }
    let late = node(&redis, &flags);
    let mut carol = Client::connect(late.addr);
    carol.say("Alice");
    carol.expect(&["server: set your name please:", "error: name-taken: alice", "server: set your name please:"]);
    carol.ask("carol", &["server: let's start chatting!"]);
    carol.ask("list users", &["server: users (3): alice, bob, carol"]);
    carol.ask("join room den", &["den/server: carol joined"]);
    carol.say("set numbers on");
    assert!(carol.line().starts_with("server: numbers are on"));
    alice.say("send den last");
    carol.expect(&[&format!("#{} den/alice: last", said + 4)]);
    // The eldest is gone: another one keeps what is known from then on.
    nodes[0].signal("KILL");
    carol.expect(&[&format!("#{} den/server: alice left (server lost)", said + 5)]);
    bob.lines_until("den/server: bob has the room");
    for i in 0..200 {
        bob.ask(&format!("send den more {i}"), &[&format!("den/bob: more {i}")]);
    }
    assert!(entries() < 150, "{} entries", entries());
}

#[test]
fn a_server_under_which_the_log_was_trimmed_ends_and_knows_everything_when_it_is_started_again() {
    let Some(redis) = Redis::start() else { return };
    let flags = ["--cluster-keep", "4KiB", "--message-rate", "0"];
    // The eldest keeps what is known; the other one sleeps.
    let (eldest, sleeper) = (node(&redis, &flags), node(&redis, &flags));
    let (mut alice, mut bob) = (eldest.user("alice"), sleeper.user("bob"));
    alice.ask("create room den", &["den/server: alice created the room"]);
    bob.ask("join room den", &["den/server: bob joined"]);
    alice.expect(&["den/server: bob joined"]);
    let first = || redis.ask("XRANGE {chatctl}:log - + COUNT 1").unwrap();
    let last_heard = redis.ask("XREVRANGE {chatctl}:log + - COUNT 1").unwrap();
    sleeper.signal("STOP");
    let id = |answer: &str| answer.lines().find(|line| line.contains('-')).map(str::to_owned).unwrap();
    let mut said = 0;
    while id(&first()) <= id(&last_heard) {
        alice.say(&format!("send den {said}"));
        while !alice.line().starts_with("den/alice: ") {}
        said += 1;
        assert!(said < 2000, "the log begins with {}", first());
    }
    sleeper.signal("CONT");
    let told = bob.rest();
    assert_eq!(told.last().unwrap(), "error: history-lost: what was said last is lost, log in again", "{told:?}");
    let (status, log) = sleeper.wait();
    assert_eq!(status.code(), Some(4), "{log}");
    let again = node(&redis, &flags);
    let mut carol = again.user("carol");
    carol.ask("join room den", &["den/server: carol joined"]);
}
