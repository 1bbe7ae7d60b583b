//! The door for browsers and programs takes TLS too.

use std::io::Read;

use chatctl::server::Config;

use crate::support::Server;
use crate::support::secure::{Certificate, SecureClient};
use crate::support::socket::{HANDSHAKE, Socket};

fn response(server: &Server, certificate: &Certificate, request: &str) -> String {
    let mut client = SecureClient::connect(server.web(), certificate);
    client.send(request.as_bytes());
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.reader.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn a_web_socket_over_tls_is_one_like_any_other() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let switched = response(&server, &certificate, HANDSHAKE);
    assert!(switched.starts_with("HTTP/1.1 101 "), "{switched}");
    // Without TLS the same door goes on.
    drop(Socket::log_in(server.web(), "alice"));
}

#[test]
fn json_lines_over_tls_are_like_any_others() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut client = SecureClient::connect(server.web(), &certificate);
    client.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    assert!(client.next_line().unwrap().contains(r#""type":"hello""#));
    assert!(client.next_line().unwrap().contains(r#""name":"alice""#));
}

#[test]
fn over_tls_only_a_page_of_the_same_host_over_tls_may_connect() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let from = |origin: &str| {
        let request = HANDSHAKE.replace("Upgrade: websocket", &format!("Origin: {origin}\r\nUpgrade: websocket"));
        response(&server, &certificate, &request)
    };
    assert!(from("https://localhost").starts_with("HTTP/1.1 101 "));
    assert!(from("http://localhost").starts_with("HTTP/1.1 403 "));
    assert!(from("https://evil.example").starts_with("HTTP/1.1 403 "));
}

#[test]
fn the_page_is_served_over_tls() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let page = response(&server, &certificate, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("wss://localhost"), "{page}");
}
