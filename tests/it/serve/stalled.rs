//! Clients that do not read: told why, announced to the others, and nobody waits for them.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use chatctl::server::throttle::Rate;
use chatctl::server::{Config, QueueLimits};
use socket2::{Domain, Socket, Type};

use crate::support::{Client, PROMPT, Server, WELCOME, Witness};

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
    scene.witness.expect(&["den/server: mallory left (timeout)", "den/server: witness has the room"]);
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
    scene.witness.expect(&["den/server: sleeper left (timeout)", "den/server: witness has the room"]);
    assert!(sleeper.ends_by_reset(), "the stream does not end in the middle of a line");
    // Some of the messages may have found nobody any more.
    scene.witness.say("ping last");
    scene.witness.lines_until("server: pong last");
    scene.saw_nothing();
}

#[test]
fn who_does_not_read_while_the_server_stops_is_reset() {
    let mut scene = Witness::of(Config::embedded());
    let mut sleeper = scene.server.user("sleeper");
    scene.witness.send(format!("send message sleeper {}\n", "x".repeat(8000)).repeat(100).as_bytes());
    scene.witness.expect_nothing();
    scene.server.begin_to_stop();
    scene.server.wait();
    assert!(sleeper.ends_by_reset(), "the stream does not end in the middle of a line");
}

/// A receive buffer of a few KiB, as at the end of a slow link.
fn on_a_slow_link(server: &Server) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.addr.into()).unwrap();
    Client::of(socket.into())
}

#[test]
fn a_client_on_a_slow_link_that_writes_on_hears_whole_lines_and_the_reason() {
    let queue = QueueLimits { soft: 8 * 1024, hard: 16 * 1024 };
    let mut scene = Witness::of(Config { queue, message_rate: A_TICK_IN_50_MS, ..Config::embedded() });
    let mut clock = scene.server.user("clock");
    let mut sipper = on_a_slow_link(&scene.server);
    sipper.say("sipper");
    sipper.expect(&[PROMPT, WELCOME]);
    sipper.ask("create room den witness", &["den/server: sipper created the room with witness"]);
    scene.witness.expect(&["den/server: sipper created the room with witness"]);
    let text = "x".repeat(8000);
    loop {
        scene.witness.send(format!("send message sipper {text}\nping\n").as_bytes());
        if scene.witness.line() == "den/server: sipper left (slow consumer)" {
            break;
        }
    }
    let heard = sip(&mut sipper, &mut clock);
    let lines: Vec<&str> = heard.strip_suffix('\n').expect("whole lines").split('\n').collect();
    let (last, others) = lines.split_last().unwrap();
    assert_eq!(*last, "error: slow-consumer: more than 131072 bytes unread");
    assert!(others.len() > 5 && others.iter().all(|line| *line == format!("witness: {text}")));
}

/// A line of 8,000 bytes and an answer of as many are worth 16 tokens.
const A_TICK_IN_50_MS: Rate = Rate { per_second: 320.0, burst: 20.0 };

/// Reads to the end, a little at a time, with a tick of the clock and a line to the server between.
fn sip(sipper: &mut Client, clock: &mut Client) -> String {
    let tick = format!("ping {}\n", "x".repeat(8000));
    let (mut heard, mut sipped) = (Vec::new(), [0; 2000]);
    loop {
        match sipper.stream().read(&mut sipped).expect("no reset takes back what was said") {
            0 => return String::from_utf8(heard).unwrap(),
            bytes => heard.extend_from_slice(&sipped[..bytes]),
        }
        sipper.say("ping");
        clock.send(tick.as_bytes());
        clock.line();
    }
}
