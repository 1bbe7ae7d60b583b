//! A server that is told to stop and gives its users time to leave.

use std::net::TcpStream;

use super::operations::Scene;
use crate::support::Client;

const TOLD: &str = "server: server stops in 3600 seconds";

#[test]
fn a_server_that_drains_serves_who_is_there_and_ends_when_all_have_left() {
    let scene = Scene::new(&["--drain", "1h"]);
    let (mut alice, mut bob) = (scene.server.user("alice"), scene.server.user("bob"));
    let mut nameless = Client::connect(scene.server.addr);
    nameless.expect(&["server: set your name please:"]);
    scene.server.signal("TERM");
    for client in [&mut alice, &mut bob, &mut nameless] {
        client.expect(&[TOLD]);
    }
    assert!(TcpStream::connect(scene.server.addr).is_err(), "nobody else is let in");
    assert_eq!(scene.get("/readyz", "*/*").1, "not ready\n");
    assert_eq!(scene.get("/healthz", "*/*").1, "ok\n");
    alice.ask("send message bob see you", &[]);
    bob.expect(&["alice: see you"]);
    nameless.ask("carol", &["server: let's start chatting!"]);
    for client in [&mut alice, &mut bob, &mut nameless] {
        client.ask("quit", &["server: bye"]);
        client.expect_end();
    }
    drop((alice, bob, nameless));
    let (status, log) = scene.server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("everybody has left"), "{log}");
}

#[test]
fn an_empty_server_does_not_wait() {
    let scene = Scene::new(&["--drain", "1h"]);
    scene.server.signal("TERM");
    assert_eq!(scene.server.wait().0.code(), Some(0));
}

#[test]
fn who_is_still_there_when_the_time_is_over_leaves_in_order() {
    let scene = Scene::new(&["--drain", "10ms"]);
    let mut alice = scene.server.user("alice");
    scene.server.signal("TERM");
    alice.expect(&["server: server stops in 1 second", "server: server is shutting down"]);
    alice.expect_end();
    drop(alice);
    let (status, log) = scene.server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("the time to leave has passed"), "{log}");
}

#[test]
fn a_second_signal_ends_a_server_that_drains() {
    let scene = Scene::new(&["--drain", "1h"]);
    let mut alice = scene.server.user("alice");
    scene.server.signal("TERM");
    alice.expect(&[TOLD]);
    scene.server.signal("TERM");
    assert_eq!(scene.server.wait().0.code(), Some(143));
}
