//! Rows of the tables of HTTP and of JSON that no other test holds: connections that are kept, what is elsewhere, and the
//! limits of a request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use chatctl::server::Config;
use serde_json::json;

use crate::support::Server;
use crate::support::socket::{HANDSHAKE, Socket};

const REQUEST: &[u8] = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn server() -> Server {
    Server::with_web(Config::embedded())
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.web()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    stream
}

/// The next response: its head and, as its length says, its body.
#[track_caller]
fn response(stream: &mut TcpStream) -> String {
    let mut read = String::new();
    let mut byte = [0];
    while !read.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        read.push(char::from(byte[0]));
    }
    let length = read.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    read + &String::from_utf8_lossy(&body)
}

#[test]
fn a_connection_is_kept_for_the_next_requests_and_for_a_socket() {
    let server = server();
    let mut kept = connect(&server);
    // Two at once, as a browser may send them, then one more.
    kept.write_all(&REQUEST.repeat(2)).unwrap();
    for _ in 0..2 {
        assert!(response(&mut kept).starts_with("HTTP/1.1 404 "));
    }
    kept.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut head = [0; 15];
    kept.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let mut upgraded = connect(&server);
    upgraded.write_all(REQUEST).unwrap();
    assert!(response(&mut upgraded).starts_with("HTTP/1.1 404 "));
    upgraded.write_all(HANDSHAKE.as_bytes()).unwrap();
    assert!(response(&mut upgraded).starts_with("HTTP/1.1 101 "));
}

#[test]
fn who_wants_no_further_request_is_not_kept() {
    let server = server();
    for request in [
        "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /nothing HTTP/1.0\r\nHost: localhost\r\n\r\n",
    ] {
        let mut stream = connect(&server);
        stream.write_all(request.as_bytes()).unwrap();
        assert!(response(&mut stream).contains(" 404 "), "{request}");
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "{request}");
    }
}

/// Takes half a minute, in which it waits for ends of connections and for nothing else.
#[test]
fn a_kept_connection_may_rest_for_longer_than_a_head_may_take() {
    let server = server();
    let (mut kept, mut slow, mut resting) = (connect(&server), connect(&server), connect(&server));
    for stream in [&mut kept, &mut slow, &mut resting] {
        stream.write_all(REQUEST).unwrap();
        response(stream);
    }
    let begun = Instant::now();
    // The head of a second request is waited for as that of the first: ten seconds.
    slow.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
    assert_eq!(slow.read(&mut [0]).unwrap(), 0);
    let slow_for = begun.elapsed();
    kept.write_all(REQUEST).unwrap();
    assert!(response(&mut kept).starts_with("HTTP/1.1 404 "), "the connection rested for {slow_for:?}");
    assert_eq!(resting.read(&mut [0]).unwrap(), 0);
    let (slow_for, rested_for) = (slow_for.as_secs(), begun.elapsed().as_secs());
    assert!((9..20).contains(&slow_for) && (25..60).contains(&rested_for), "{slow_for} s and {rested_for} s");
}

#[test]
fn what_operators_ask_is_not_at_the_door_of_the_page() {
    let server = server();
    for path in ["/healthz", "/readyz", "/metrics"] {
        let mut stream = connect(&server);
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        assert!(response(&mut stream).starts_with("HTTP/1.1 404 "), "{path}");
    }
}

#[test]
fn requests_have_the_limits_of_the_table() {
    let server = server();
    let mut alice = Socket::log_in(server.web(), "alice");
    alice.say(r#"{"type":"create_room","id":2,"room":"tea"}"#);
    while alice.said()["type"] != "created" {}
    let nested =
        |depth: usize| format!(r#"{{"type":"ping","id":3,"x":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
    let of_lines = |lines: usize| {
        format!(r#"{{"type":"send_room","id":3,"room":"tea","text":"{}"}}"#, vec!["a"; lines].join("\\n"))
    };
    let with_nonce = |length: usize| {
        format!(r#"{{"type":"send_room","id":3,"room":"tea","text":"x","nonce":"{}"}}"#, "n".repeat(length))
    };
    for (request, code) in [
        (r#"{"type":"ping","id":1}"#.to_owned(), None),
        (r#"{"type":"ping","id":9007199254740991}"#.to_owned(), None),
        (r#"{"type":"ping","id":9007199254740992}"#.to_owned(), Some("bad-json")),
        (r#"{"type":"ping","id":0}"#.to_owned(), Some("bad-json")),
        (r#"{"type":"ping","id":-1}"#.to_owned(), Some("bad-json")),
        (r#"{"type":"ping","id":1.5}"#.to_owned(), Some("bad-json")),
        (r#"{"type":"ping","id":"1"}"#.to_owned(), Some("bad-json")),
        (nested(16), None),
        (nested(17), Some("bad-json")),
        (of_lines(100), None),
        (of_lines(101), Some("too-many")),
        (with_nonce(64), None),
        (with_nonce(65), Some("bad-json")),
        // What is not known is not looked at.
        (r#"{"type":"ping","id":4,"later":{"of":["a","later","version"]}}"#.to_owned(), None),
        (r#"{"type":"set_encoding","id":5,"encoding":"gbk"}"#.to_owned(), Some("bad-encoding")),
        (r#"{"type":"send_room","id":6,"room":"tea","text":"a\u0007"}"#.to_owned(), Some("bad-text")),
        (r#"{"type":"history","id":7,"room":"tea","before":5,"after":1}"#.to_owned(), Some("bad-command")),
    ] {
        alice.say(&request);
        let answer = alice.said();
        let shown: String = request.chars().take(70).collect();
        match code {
            Some(code) => assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{shown}"),
            None => assert_eq!(answer["type"], "ok", "{shown}: {answer}"),
        }
        if code.is_none() && request.contains("send_room") {
            assert_eq!(alice.said()["type"], "message", "{shown}");
        }
    }
    alice.say(r#"{"type":"pnig","id":8}"#);
    let nearest =
        json!({ "type": "error", "id": 8, "code": "unknown-command", "detail": "'pnig'; did you mean 'ping'?" });
    assert_eq!(alice.said(), nearest);
}

#[test]
fn a_page_of_history_has_as_many_events_as_were_asked_for_and_200_at_most() {
    let server = server();
    let mut alice = Socket::log_in(server.web(), "alice");
    alice.say(r#"{"type":"create_room","id":2,"room":"tea"}"#);
    while alice.said()["type"] != "created" {}
    for id in 3..304 {
        alice.say(&format!(r#"{{"type":"send_room","id":{id},"room":"tea","text":"x"}}"#));
        while alice.said()["type"] != "message" {}
    }
    for (limit, first) in [(150, 153), (200, 103), (201, 103), (1000, 103)] {
        alice.say(&format!(r#"{{"type":"history","id":900,"room":"tea","limit":{limit}}}"#));
        let page = alice.said();
        let events = page["events"].as_array().unwrap();
        assert_eq!((events.len(), &page["more"]), (303 - first, &json!(true)));
        let numbers = (&events[0]["seq"], &events[events.len() - 1]["seq"]);
        assert_eq!(numbers, (&json!(first), &json!(302)), "the last ones, in their order");
    }
}
