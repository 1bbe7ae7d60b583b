//! Clients that do not read: told why, announced to the others, and nobody waits for them.

use std::io::{self, ErrorKind};
use std::time::Duration;

use chatctl::server::{Config, QueueLimits};

use crate::support::Witness;

/// Small queues, so that little has to be written to fill one.
fn with_small_queues(write_timeout: Duration) -> Config {
    Config { queue: QueueLimits { soft: 64 * 1024, hard: 256 * 1024 }, write_timeout, ..Config::embedded() }
}

#[test]
fn who_never_reads_is_cut_told_why_and_announced() {
    let mut scene = Witness::of(with_small_queues(Duration::from_secs(60)));
    let mut stalled = scene.server.user("stalled");
    stalled.ask("create room den witness", &["den/server: stalled created the room with witness"]);
    scene.witness.expect(&["den/server: stalled created the room with witness"]);
    let line = format!("witness: {}", "x".repeat(8000));
    loop {
        scene.witness.send(format!("send message stalled {}\nping\n", &line["witness: ".len()..]).as_bytes());
        match scene.witness.line().as_str() {
            "server: pong" => {}
            left => break assert_eq!(left, "den/server: stalled left (slow consumer)"),
        }
    }
    // Whether the last message was still for somebody depends on when the departure was announced.
    scene.witness.lines_until("server: pong");
    let heard = stalled.rest();
    let (last, others) = heard.split_last().unwrap();
    assert_eq!(last, "error: slow-consumer: more than 2097152 bytes unread");
    assert!(others.len() > 5 && others.iter().all(|other| *other == line), "whole lines up to the cut");
    scene.saw_nothing();
}

#[test]
fn who_writes_and_never_reads_is_closed_after_the_write_timeout() {
    let mut scene = Witness::of(with_small_queues(Duration::from_millis(300)));
    let mut mallory = scene.server.user("mallory");
    mallory.ask("create room den witness", &["den/server: mallory created the room with witness"]);
    scene.witness.expect(&["den/server: mallory created the room with witness"]);
    let pings = format!("ping {}\n", "x".repeat(4000)).repeat(100);
    let error = (0..10_000).find_map(|_| mallory.try_send(pings.as_bytes()).err()).expect("the server stops reading");
    assert!(was_closed(&error), "{error}");
    scene.witness.expect(&["den/server: mallory left (timeout)"]);
    scene.saw_nothing();
}

/// However the system says it.
fn was_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted)
}

#[test]
fn who_reads_nothing_of_what_is_below_the_limits_is_closed_too() {
    let mut scene = Witness::of(Config { write_timeout: Duration::from_millis(300), ..Config::embedded() });
    let mut sleeper = scene.server.user("sleeper");
    sleeper.ask("create room den witness", &["den/server: sleeper created the room with witness"]);
    scene.witness.expect(&["den/server: sleeper created the room with witness"]);
    // More than the system's buffers and less than the hard limit.
    scene.witness.send(format!("send message sleeper {}\n", "x".repeat(8000)).repeat(100).as_bytes());
    scene.witness.expect(&["den/server: sleeper left (timeout)"]);
    scene.saw_nothing();
}
