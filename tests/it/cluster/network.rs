//! The network between one server and its engine is cut, in each of two ways.

use std::time::Duration;

use super::pair::{hear_rest, say_all, two_at};
use super::redis::Redis;
use super::relay::{Link, Relay};

const CUTS: [Link; 2] = [Link::BlackHole, Link::Refused];

/// A way to the engine that can be cut, and its URL.
fn link(redis: &Redis) -> (Relay, String) {
    let relay = Relay::to(redis.behind(Duration::ZERO)).unwrap();
    let url = format!("redis://{}", relay.addr);
    (relay, url)
}

#[test]
fn lines_wait_while_one_server_does_not_reach_the_engine() {
    let Some(redis) = Redis::start() else { return };
    for cut in CUTS {
        let (relay, url) = link(&redis);
        let name = format!("{cut:?}");
        let flags = ["--lost-after", "30s", "--cluster-name", &name];
        let (_nodes, mut users) = two_at([&url, &redis.url()], &flags);
        say_all(&mut users, 0..100);
        relay.set(cut).unwrap();
        say_all(&mut users, 100..200);
        // Those that have come back before are carried out; the others wait.
        let mut before = users[0].lines_until("server: the cluster is out of reach, your lines wait");
        before.pop();
        relay.set(Link::Open).unwrap();
        hear_rest(&mut users, before, 200);
    }
}

#[test]
fn a_server_that_does_not_reach_the_engine_for_too_long_tells_its_users_so() {
    let Some(redis) = Redis::start() else { return };
    for cut in CUTS {
        let (relay, url) = link(&redis);
        let name = format!("{cut:?}");
        let ([first, _second], [mut alice, mut bob]) = two_at([&url, &redis.url()], &["--cluster-name", &name]);
        relay.set(cut).unwrap();
        alice.say("send den lost");
        bob.expect(&["den/server: alice left (server lost)", "den/server: bob has the room"]);
        relay.set(Link::Open).unwrap();
        let told = alice.rest();
        let last = "error: server-lost: log in again, your last lines were not carried out: 1";
        assert_eq!(told.last().unwrap(), last, "{told:?}");
        bob.expect_nothing();
        // The server goes on as another one.
        first.user("alice").ask("join room den", &["den/server: alice joined"]);
        bob.expect(&["den/server: alice joined"]);
    }
}
