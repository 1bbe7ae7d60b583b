//! What one client does at the expense of others: it is paid for by that client alone.

use std::time::{Duration, Instant};

use chatctl::server::throttle::Rate;
use chatctl::server::{Config, QueueLimits};

use crate::support::{Client, Process, Server, WELCOME, Witness};

/// So slow that a client who has used up its burst waits for as long as a test lasts.
const ONE_A_MINUTE: Rate = Rate { per_second: 1.0 / 60.0, burst: 5.0 };

fn throttled() -> Config {
    Config { message_rate: ONE_A_MINUTE, ..Config::default() }
}

/// A user of a room with the witness, who has sent more than may be taken.
fn eager(scene: &mut Witness) -> Client {
    let mut eager = scene.server.user("eager");
    let created = "den/server: eager created the room with witness";
    eager.ask("create room den witness", &[created]);
    scene.witness.expect(&[created]);
    eager.send(&b"ping\n".repeat(1000));
    eager.expect(&["server: pong"]);
    eager
}

#[test]
fn a_reset_ends_a_session_that_is_throttled() {
    let mut scene = Witness::of(throttled());
    eager(&mut scene).reset();
    scene.witness.expect(&["den/server: eager left (connection closed)"]);
}

#[test]
fn what_a_client_sent_that_has_ended_its_input_is_thrown_away_after_a_while() {
    let mut scene = Witness::of(Config { end_timeout: Duration::from_millis(300), ..throttled() });
    let mut eager = eager(&mut scene);
    eager.finish();
    scene.witness.expect(&["den/server: eager left (connection closed)"]);
    assert!(eager.rest().len() < 10, "the rest is not answered");
}

#[test]
fn a_line_that_makes_much_work_is_paid_for_by_its_sender() {
    let mut scene = Witness::of(Config { message_rate: Rate { per_second: 100.0, burst: 20.0 }, ..Config::default() });
    let mut asker = scene.server.user("asker");
    // Line and answer have 8,000 bytes: 15 tokens each. By their number, all eleven would be taken at once.
    asker.send(format!("ping {}\n", "x".repeat(8000)).repeat(10).as_bytes());
    asker.send(b"ping\n");
    let started = Instant::now();
    asker.lines_until("server: pong");
    assert!(started.elapsed() > Duration::from_secs(1), "the ping was answered after {:?}", started.elapsed());
    scene.saw_nothing();
}

fn with_queues(soft: usize, hard: usize) -> Config {
    Config { queue: QueueLimits { soft, hard }, ..Config::embedded() }
}

#[test]
fn a_client_that_reads_survives_a_burst_of_more_than_the_hard_limit() {
    let mut scene = Witness::of(with_queues(64 * 1024, 256 * 1024));
    let mut reader = scene.server.user("reader");
    let line = format!("send message reader {}\n", "x".repeat(8000));
    // Four times the hard limit, before the first byte is read.
    scene.witness.send(line.repeat(128).as_bytes());
    scene.witness.expect_nothing();
    for _ in 0..128 {
        assert_eq!(reader.line().len(), "witness: ".len() + 8000);
    }
    reader.expect_nothing();
}

#[test]
fn who_stays_past_the_hard_limit_is_closed_after_a_time() {
    let slow_timeout = Duration::from_millis(200);
    let mut scene = Witness::of(Config { slow_timeout, ..with_queues(64 * 1024, 128 * 1024) });
    let mut sleeper = scene.server.user("sleeper");
    let created = "den/server: sleeper created the room with witness";
    sleeper.ask("create room den witness", &[created]);
    scene.witness.expect(&[created]);
    scene.witness.send(format!("send message sleeper {}\n", "x".repeat(8000)).repeat(64).as_bytes());
    scene.witness.expect(&["den/server: sleeper left (slow consumer)"]);
    let told = sleeper.rest().pop().unwrap();
    assert_eq!(told, "error: slow-consumer: more than 131072 bytes unread for 0.2 s");
}

#[test]
fn clients_that_left_with_full_queues_are_the_first_to_go() {
    let queue = QueueLimits { soft: 64 * 1024, hard: 512 * 1024 };
    let mut scene = Witness::of(Config { queue, max_queued_bytes: 2 << 20, ..Config::embedded() });
    let mut reader = scene.server.user("reader");
    let text = "x".repeat(8000);
    let mut departed = Vec::new();
    for number in 0..12 {
        let sleeper = scene.server.user(&format!("sleeper{number}"));
        scene.witness.send(format!("send message sleeper{number} {text}\n").repeat(60).as_bytes());
        scene.witness.expect_nothing();
        sleeper.finish();
        departed.push(sleeper);
    }
    // Nobody who reads has felt anything of it.
    for number in 0..100 {
        scene.witness.ask(&format!("send message reader {number}\nping"), &["server: pong"]);
        reader.expect(&[&format!("witness: {number}")]);
    }
    let last_words = departed.iter_mut().filter_map(|sleeper| sleeper.rest().pop());
    let told = last_words.filter(|last| last.contains("slow-consumer"));
    assert!(told.count() > 3, "some of the departed were closed for it");
}

#[test]
fn many_who_sleep_below_the_soft_limit_do_not_stop_the_chat() {
    let queue = QueueLimits { soft: 512 * 1024, hard: 8 << 20 };
    let scene = Witness::of(Config { queue, max_queued_bytes: 2 << 20, ..Config::embedded() });
    let mut filler = scene.server.user("filler");
    filler.ask("create room pit", &["pit/server: filler created the room"]);
    let mut sleepers = Vec::new();
    for number in 0..24 {
        let mut sleeper = scene.server.user(&format!("sleeper{number}"));
        sleeper.ask("join room pit", &[&format!("pit/server: sleeper{number} joined")]);
        filler.expect(&[&format!("pit/server: sleeper{number} joined")]);
        sleepers.push(sleeper);
    }
    // All may hold half of what is below the soft limits of these together.
    let text = "x".repeat(8000);
    for _ in 0..300 {
        filler.say(&format!("send room pit {text}"));
        filler.lines_until(&format!("pit/filler: {text}"));
    }
    let last_words = sleepers.iter_mut().filter_map(|sleeper| sleeper.rest().pop());
    assert!(last_words.filter(|last| last.contains("slow-consumer")).count() > 3, "some who slept were closed");
}

#[test]
fn a_message_to_many_is_one_line_for_each_and_errors_follow() {
    let mut scene = Witness::of(Config::default());
    let mut other = scene.server.user("other");
    let mut sender = scene.server.user("sender");
    sender.ask("send message witness,nobody,other,sender hi", &["sender: hi", "error: no-such-user: nobody"]);
    scene.witness.expect(&["sender: hi"]);
    other.expect(&["sender: hi"]);
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody_and_no_signal() {
    let server = Process::serve_with_unread_log(&[]);
    // A pipe holds some 400 of these.
    for _ in 0..1000 {
        drop(Client::connect(server.addr));
    }
    let mut alice = server.user("alice");
    alice.expect_nothing();
    assert_eq!(server.stop().0.code(), Some(0));
}

#[test]
fn who_is_silent_for_too_long_leaves_and_who_speaks_stays() {
    let idle_timeout = Some(Duration::from_millis(500));
    let mut scene = Witness::of(Config { idle_timeout, ..Config::embedded() });
    let mut silent = scene.server.user("silent");
    let created = "den/server: silent created the room with witness";
    silent.ask("create room den witness", &[created]);
    scene.witness.expect(&[created]);
    // The witness speaks all the time, and hears when the other has gone.
    let left = loop {
        scene.witness.say("ping");
        match scene.witness.line().as_str() {
            "server: pong" => {}
            other => break other.to_owned(),
        }
    };
    assert_eq!(left, "den/server: silent left (timeout)");
    assert_eq!(silent.rest(), ["error: idle: nothing came for 0.5 s"]);
}

#[test]
fn strangers_are_told_and_nothing_else_of_them_is_read() {
    let server = Server::start(Config::default());
    for (bytes, told) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00"[..], "error: wrong-door: TLS is not spoken here; connect without it"),
        (b"SSH-2.0-OpenSSH_9.9\r\nmallory\n", "error: wrong-door: SSH is not spoken here; its port is usually 22"),
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nmallory\n",
            "error: wrong-door: the PROXY protocol is not spoken here; switch it off in the proxy",
        ),
    ] {
        let mut stranger = server.connect();
        stranger.send(bytes);
        assert_eq!(stranger.rest(), ["server: set your name please:", told]);
    }
    let mut alice = server.connect();
    alice.say("GET");
    alice.expect(&["server: set your name please:", WELCOME]);
    alice.ask("list users", &["server: users (1): GET"]);
}
