//! WebSocket, from a raw socket.

use chatctl::server::{Config, QueueLimits};
use serde_json::json;

use crate::support::Server;
use crate::support::socket::{Socket, frame};

fn server() -> Server {
    Server::with_web(Config::embedded())
}

/// Nobody else notices what a client does.
fn expect_alive(server: &Server) {
    server.user("witness").expect_nothing();
}

#[test]
fn each_message_is_a_frame_in_both_directions() {
    let server = server();
    let (mut alice, mut bob) = (Socket::log_in(server.web(), "alice"), server.user("bob"));
    alice.say(r#"{"type":"send_message","id":2,"to":["bob"],"text":"渊"}"#);
    bob.expect_line("alice: 渊");
    assert_eq!(alice.said()["sent"], json!([{ "with": "bob" }]));
    let long = "x".repeat(8000);
    bob.say(&format!("send message alice {long}"));
    assert_eq!(alice.said()["text"], long);
}

#[test]
fn a_message_may_be_written_over_several_lines() {
    let server = server();
    let mut alice = Socket::log_in(server.web(), "alice");
    alice.say("{\n  \"type\": \"ping\",\n  \"id\": 2\n}\n");
    assert_eq!(alice.said(), json!({ "type": "ok", "id": 2 }));
    alice.say("{\"type\":\"ping\",\"token\":\"a\nb\"}");
    assert_eq!(alice.said()["code"], "bad-json");
}

/// It was lost: what had been read behind the head was thrown away.
#[test]
fn a_frame_that_comes_with_the_handshake_is_taken() {
    let server = server();
    let login = frame(1, br#"{"type":"login","id":1,"name":"alice"}"#);
    let mut alice = Socket::connect_and_send(server.web(), &login);
    assert_eq!(alice.said()["type"], "hello");
    assert_eq!(alice.said()["name"], "alice");
}

#[test]
fn a_frame_may_come_byte_by_byte_and_a_ping_between_the_pieces_of_a_message() {
    let server = server();
    let mut alice = Socket::log_in(server.web(), "alice");
    let mut pieces = frame(1, br#"{"type":"pi"#);
    pieces[0] = 1;
    pieces.extend(frame(9, b"here?"));
    let mut rest = frame(0, br#"ng","id":2}"#);
    rest[0] = 0x80;
    pieces.extend(rest);
    pieces.iter().for_each(|byte| alice.send(&[*byte]));
    assert_eq!(alice.next(), Some((10, b"here?".to_vec())));
    assert_eq!(alice.said(), json!({ "type": "ok", "id": 2 }));
}

#[test]
fn who_breaks_a_rule_is_closed_with_its_code() {
    let server = server();
    let mut unmasked = frame(1, b"");
    unmasked.truncate(1);
    unmasked.push(0);
    for (name, bytes, code) in [
        ("unmasked", unmasked, 1002),
        ("reserved", frame(5, b""), 1002),
        ("binary", frame(2, b"x"), 1003),
        ("bytes", frame(1, b"\xff"), 1007),
        ("large", frame(1, &vec![b'x'; 65_537]), 1009),
    ] {
        let mut socket = Socket::log_in(server.web(), name);
        socket.send(&bytes);
        socket.expect_close(code);
    }
    expect_alive(&server);
}

#[test]
fn a_close_is_answered_after_everything_that_was_asked_before_it() {
    let server = server();
    let mut bob = server.user("bob");
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    let mut alice = Socket::log_in(server.web(), "alice");
    let join = frame(1, br#"{"type":"join_room","id":2,"room":"lobby"}"#);
    alice.send(&[join, frame(8, &1000_u16.to_be_bytes())].concat());
    assert_eq!(alice.said()["id"], 2);
    assert_eq!(alice.said()["type"], "joined");
    alice.expect_close(1000);
    bob.expect(&["lobby/server: alice joined", "lobby/server: alice left (connection closed)"]);
}

#[test]
fn each_end_has_its_code() {
    let mut server = server();
    let mut quits = Socket::log_in(server.web(), "quits");
    quits.say(r#"{"type":"quit","id":2}"#);
    assert_eq!(quits.said(), json!({ "type": "ok", "id": 2 }));
    quits.expect_close(1000);
    let mut refused = Socket::connect(server.web());
    (1..=3).for_each(|_| refused.say("{}"));
    let codes: Vec<_> = (1..=5).map(|_| refused.said()["code"].clone()).collect();
    assert_eq!(codes, [json!(null), json!("bad-json"), json!("bad-json"), json!("bad-json"), json!("login-failed")]);
    refused.expect_close(1008);
    let mut stays = Socket::log_in(server.web(), "stays");
    server.begin_to_stop();
    assert_eq!(stays.said(), json!({ "type": "shutdown" }));
    stays.expect_close(1001);
}

#[test]
fn a_slow_reader_is_told_between_two_frames_and_nobody_else_notices() {
    let queue = QueueLimits { soft: 64 * 1024, hard: 256 * 1024 };
    let server = Server::with_web(Config { queue, ..Config::embedded() });
    let (mut slow, mut bob) = (Socket::log_in(server.web(), "slow"), server.user("bob"));
    // 0x0A as a length byte: what looks for a newline would cut there.
    let text = "x".repeat(0x0a0a - 93);
    let mut sent = 0;
    while bob_reaches_slow(&mut bob, &text) {
        sent += 1;
        assert!(sent < 10_000, "the queue has an end");
    }
    let last = loop {
        let said = slow.said();
        if said["type"] == "error" {
            break said;
        }
        assert_eq!(said["text"], text);
    };
    assert_eq!(last["code"], "slow-consumer");
    slow.expect_close(1008);
    expect_alive(&server);
}

/// Sends the text; false once there is nobody any more.
fn bob_reaches_slow(bob: &mut crate::support::Client, text: &str) -> bool {
    bob.say(&format!("send message slow {text}"));
    bob.say("ping");
    bob.line() == "server: pong"
}

#[test]
fn pings_without_end_from_who_does_not_listen_wait_for_it_to_listen() {
    let queue = QueueLimits { soft: 16 * 1024, hard: 64 * 1024 };
    let server = Server::with_web(Config { queue, ..Config::embedded() });
    let mut alice = Socket::log_in(server.web(), "alice");
    let pings = frame(9, &[b'x'; 125]).repeat(20_000);
    std::thread::scope(|scope| {
        let mut writer = alice.try_clone();
        scope.spawn(move || writer.send(&pings));
        expect_alive(&server);
        (0..20_000).for_each(|_| assert_eq!(alice.next(), Some((10, vec![b'x'; 125]))));
    });
}
