//! Clients that mean no good, or are broken: they get the right answer, and nobody else notices.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use chatctl::hub::Limits;
use chatctl::server::throttle::Rate;
use chatctl::server::{Config, WebConfig};
use serde_json::{Value, json};

use crate::support::socket::{HANDSHAKE, Socket, frame};
use crate::support::{Client, PATIENCE, Server};

/// A thousand sockets that are opened and say half a frame keep nobody out, and end when a login was due.
#[test]
fn a_thousand_half_open_sockets_end_and_keep_nobody_out() {
    let limits = Limits { login_timeout: Duration::from_secs(3), ..Limits::default() };
    let server = Server::with_web(Config { limits, max_connections: Some(1100), ..Config::embedded() });
    let mut half_open: Vec<Socket> = (0..1000).map(|_| Socket::connect_and_send(server.web(), b"\x81")).collect();
    let (mut alice, mut bob) = (server.user("alice"), Socket::log_in(server.web(), "bob"));
    alice.say("send message bob hi");
    assert_eq!(bob.said()["text"], "hi");
    for socket in &mut half_open {
        assert_eq!(socket.said()["type"], "hello");
        assert_eq!(socket.said()["code"], "login-failed");
        socket.expect_close(1008);
    }
    alice.say("send message bob still here");
    assert_eq!(bob.said()["text"], "still here");
}

#[test]
fn a_client_that_takes_nothing_of_a_response_is_not_waited_for_without_end() {
    let web = WebConfig { patience: Duration::from_millis(300), ..WebConfig::default() };
    let server = Server::with_web(Config { web, ..Config::embedded() });
    let mut stream = TcpStream::connect(server.web()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let request = b"GET /schema.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // The server reads no further request while it waits, so at last no buffer takes one more, until it has closed.
    let mut asked = 0;
    while stream.write_all(request).is_ok() {
        asked += 1;
    }
    let mut taken = 0;
    let mut buf = [0; 64 * 1024];
    let end = loop {
        match stream.read(&mut buf) {
            Ok(0) => break None,
            Ok(bytes) => taken += bytes,
            Err(error) => break Some(error.kind()),
        }
    };
    assert!(matches!(end, None | Some(ErrorKind::ConnectionReset)), "{end:?}");
    assert!(taken < asked * 20_000, "{taken} bytes for {asked} requests: it was closed in the middle");
}

#[test]
fn a_body_that_nobody_wants_is_not_waited_for() {
    let server = Server::with_web(Config::embedded());
    let mut stream = TcpStream::connect(server.web()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 405 "), "{response}");
}

#[test]
fn requests_count_towards_all_connections() {
    let server = Server::with_web(Config { max_connections: Some(3), ..Config::embedded() });
    let (_alice, _bob) = (Socket::log_in(server.web(), "alice"), Socket::log_in(server.web(), "bob"));
    let ask = || {
        let mut stream = TcpStream::connect(server.web()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(HANDSHAKE.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        (stream, String::from_utf8_lossy(&head[9..]).into_owned())
    };
    let (third, status) = ask();
    assert_eq!(status, "101");
    assert_eq!(ask().1, "503");
    drop(third);
    // The place is free once the server has seen that it is.
    assert!((0..1000).any(|_| ask().1 == "101"));
}

#[test]
fn every_bad_message_is_answered_and_the_next_one_is_read() {
    let server = Server::with_web(Config::embedded());
    let (mut alice, mut bob) = (Socket::log_in(server.web(), "alice"), server.user("bob"));
    let digits = "9".repeat(60_000);
    for (message, code) in [
        ("".to_owned(), None),
        ("nonsense".to_owned(), Some("bad-json")),
        ("{".to_owned(), Some("bad-json")),
        ("{}".to_owned(), Some("bad-json")),
        ("null".to_owned(), Some("bad-json")),
        (format!("{{\"type\":\"ping\",\"id\":{digits}}}"), Some("bad-json")),
        (format!("{{\"type\":\"ping\",\"id\":1e{digits}}}"), Some("bad-json")),
        (format!("{{\"type\":\"history\",\"room\":\"a\",\"limit\":-{digits}}}"), Some("bad-json")),
        ("{\"type\":\"ping\",\"id\":1152921504606846976}".to_owned(), Some("bad-json")),
        ("{\"type\":\"ping\",\"id\":1,\"id\":2}".to_owned(), Some("bad-json")),
        ("{\"type\":\"ping\",\"token\":\"\\udc00\\ud800\"}".to_owned(), Some("bad-json")),
        (format!("{{\"x\":{}", "[".repeat(10_000)), Some("bad-json")),
        (format!("{{\"x\":{}", "{\"x\":".repeat(10_000)), Some("bad-json")),
        (format!("{{\"type\":\"{}\"}}", "x".repeat(60_000)), Some("unknown-command")),
        (
            format!("{{\"type\":\"send_message\",\"to\":[{}\"x\"],\"text\":\"x\"}}", "\"x\",".repeat(10_000)),
            Some("too-many"),
        ),
        (format!("{{\"type\":\"send_room\",\"room\":\"{}\",\"text\":\"x\"}}", "x".repeat(60_000)), Some("bad-name")),
        ("{\"type\":\"resume\",\"room\":\"a\",\"after\":18446744073709551615}".to_owned(), Some("no-such-room")),
        ("{\"type\":\"login\",\"name\":\"eve\"}".to_owned(), Some("unknown-command")),
    ] {
        alice.say(&message);
        if let Some(code) = code {
            let said = alice.said();
            let shown: String = message.chars().take(60).collect();
            assert_eq!((&said["type"], &said["code"]), (&json!("error"), &json!(code)), "{shown}: {said:.200}");
        }
    }
    alice.say(r#"{"type":"ping","id":9}"#);
    assert_eq!(alice.said(), json!({ "type": "ok", "id": 9 }));
    bob.expect_nothing();
}

#[test]
fn a_page_that_sends_as_fast_as_it_can_waits_and_others_do_not() {
    let message_rate = Rate { per_second: 2000.0, burst: 20.0 };
    let server = Server::with_web(Config { message_rate, ..Config::embedded() });
    let mut fast = Socket::log_in(server.web(), "fast");
    let pings: Vec<u8> =
        (1..=4000).flat_map(|id| frame(1, format!(r#"{{"type":"ping","id":{id}}}"#).as_bytes())).collect();
    std::thread::scope(|scope| {
        let mut writer = fast.try_clone();
        scope.spawn(move || writer.send(&pings));
        assert_eq!(fast.said()["id"], 1);
        // All of it takes two seconds at that rate: whoever comes now is served long before.
        server.user("alice").expect_nothing();
        let stats = |client: &mut Client| -> Value {
            client.say(r#"{"type":"login","id":1,"name":"bot"}"#);
            client.say(r#"{"type":"list_stats","id":2}"#);
            (0..2).for_each(|_| drop(client.line()));
            serde_json::from_str(&client.line()).unwrap()
        };
        // More than the burst: it has been made to wait by now.
        (2..=100).for_each(|id| assert_eq!(fast.said()["id"], id));
        assert!(
            stats(&mut Client::connect(server.web()))["stats"]["throttled_ms"].as_u64().is_some_and(|time| time > 0)
        );
        (101..=4000).for_each(|id| assert_eq!(fast.said()["id"], id));
    });
}
