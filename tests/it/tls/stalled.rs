//! Clients with TLS that do not read: cut like any other, and what they hold is bounded.

use std::time::Duration;

use chatctl::server::{Config, QueueLimits};

use crate::support::Server;
use crate::support::secure::{Certificate, SecureClient};

#[test]
fn who_reads_nothing_is_closed_after_the_write_timeout() {
    let certificate = Certificate::new();
    let config = Config { write_timeout: Duration::from_millis(300), ..Config::embedded() };
    let server = Server::with_tls(&certificate, config);
    let mut witness = server.user("witness");
    let mut sleeper = SecureClient::log_in(server.secure(), &certificate, "sleeper");
    sleeper.ask("create room den witness", &["den/server: sleeper created the room with witness"]);
    witness.expect(&["den/server: sleeper created the room with witness"]);
    // More than the system's buffers and less than the hard limit.
    witness.send(format!("send message sleeper {}\n", "x".repeat(8000)).repeat(100).as_bytes());
    witness.expect(&["den/server: sleeper left (timeout)", "den/server: witness has the room"]);
    witness.expect_nothing();
}

#[test]
fn who_never_reads_is_cut_behind_whole_lines_and_told_why() {
    let certificate = Certificate::new();
    let queue = QueueLimits { soft: 64 * 1024, hard: 256 * 1024 };
    let config = Config { queue, write_timeout: Duration::from_secs(60), ..Config::embedded() };
    let server = Server::with_tls(&certificate, config);
    let mut witness = server.user("witness");
    let mut stalled = SecureClient::log_in(server.secure(), &certificate, "stalled");
    stalled.ask("create room den witness", &["den/server: stalled created the room with witness"]);
    witness.expect(&["den/server: stalled created the room with witness"]);
    let text = "x".repeat(8000);
    loop {
        witness.send(format!("send message stalled {text}\nping\n").as_bytes());
        match witness.line().as_str() {
            "server: pong" => {}
            left => break assert_eq!(left, "den/server: stalled left (slow consumer)"),
        }
    }
    let heard: Vec<String> = std::iter::from_fn(|| stalled.next_line()).collect();
    let (last, others) = heard.split_last().unwrap();
    assert_eq!(last, "error: slow-consumer: more than 2097152 bytes unread");
    let line = format!("witness: {text}");
    assert!(others.len() > 5 && others.iter().all(|other| *other == line), "whole lines up to the cut");
}
