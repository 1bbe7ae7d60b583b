//! HTTP, from a raw socket: routes, headers, and who is refused.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use chatctl::server::{Config, WebConfig};

use crate::support::socket::{HANDSHAKE, Socket};
use crate::support::{PATIENCE, Server};

fn server() -> Server {
    let web = WebConfig { names: vec!["chat".to_owned()], ..WebConfig::default() };
    Server::with_web(Config { web, ..Config::embedded() })
}

/// Everything that comes back until the server closes.
fn exchange(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    // Whoever is refused in the middle of his request may be reset.
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

fn get(server: &Server, path: &str, headers: &str) -> String {
    exchange(server.web(), &format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"))
}

fn status(response: &str) -> &str {
    response.get(9..12).unwrap_or(response)
}

fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let head = response.split_once("\r\n\r\n").map_or(response, |(head, _)| head);
    head.lines().filter_map(|line| line.split_once(": ")).find(|(found, _)| *found == name).map(|(_, value)| value)
}

const HOST: &str = "Host: localhost:7668\r\n";

#[test]
fn the_page_is_served_with_a_strict_policy() {
    let server = server();
    let page = get(&server, "/", HOST);
    assert_eq!(status(&page), "200");
    assert!(page.ends_with("</html>\n"), "{page}");
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' \
        ws://localhost:7668 wss://localhost:7668; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(&page, name), Some(value), "{name}");
    }
    let elsewhere = get(&server, "/", "Host: 192.168.1.5\r\n");
    assert_eq!(header(&elsewhere, "cross-origin-opener-policy"), None, "browsers would complain");
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = server();
    let tag = header(&get(&server, "/", HOST), "etag").unwrap().to_owned();
    let again = get(&server, "/", &format!("{HOST}If-None-Match: {tag}\r\n"));
    assert_eq!((status(&again), again.ends_with("\r\n\r\n")), ("304", true), "{again}");
    assert_eq!(status(&get(&server, "/", &format!("{HOST}If-None-Match: \"x\"\r\n"))), "200");
}

#[test]
fn the_files_of_the_page_are_at_addresses_that_never_change() {
    let server = server();
    let page = get(&server, "/", HOST);
    let script = page.split('"').find(|text| text.ends_with("/app.js")).unwrap();
    let response = get(&server, script, HOST);
    assert_eq!(status(&response), "200");
    assert_eq!(header(&response, "content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(header(&response, "cache-control"), Some("max-age=31536000, immutable"));
    let icon = get(&server, &script.replace("app.js", "icon.svg"), HOST);
    assert_eq!(header(&icon, "content-type"), Some("image/svg+xml"));
    for path in ["/a/0123/app.js", "/a/app.js", "/nothing", "/../Cargo.toml", &script.replace("app.js", "../x")] {
        assert_eq!(status(&get(&server, path, HOST)), "404", "{path}");
    }
}

#[test]
fn a_folder_is_read_at_each_request() {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir("web").unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let web = WebConfig { root: Some(folder.path().to_owned()), ..WebConfig::default() };
    let server = Server::with_web(Config { web, ..Config::embedded() });
    assert_eq!(status(&get(&server, "/", HOST)), "200");
    std::fs::write(folder.path().join("index.html"), "changed HASH\n").unwrap();
    assert!(get(&server, "/", HOST).contains("\r\n\r\nchanged "));
    std::fs::remove_file(folder.path().join("app.js")).unwrap();
    assert_eq!(status(&get(&server, "/", HOST)), "500");
}

#[test]
fn the_schema_is_served() {
    let response = get(&server(), "/schema.json", HOST);
    assert_eq!(header(&response, "content-type"), Some("application/schema+json"));
    assert!(response.ends_with(&std::fs::read_to_string("docs/json.schema.json").unwrap()));
}

#[test]
fn head_has_no_body_and_other_methods_are_refused() {
    let server = server();
    let request = |method: &str| format!("{method} / HTTP/1.1\r\nConnection: close\r\n{HOST}\r\n");
    let head = exchange(server.web(), &request("HEAD"));
    assert_eq!((status(&head), head.ends_with("\r\n\r\n")), ("200", true), "{head}");
    let post = exchange(server.web(), &request("POST"));
    assert_eq!((status(&post), header(&post, "allow")), ("405", Some("GET, HEAD")));
}

/// A site whose name points to our address (DNS rebinding) is told nothing.
#[test]
fn a_host_that_is_not_ours_is_refused() {
    let server = server();
    for host in ["localhost", "127.0.0.1:1", "[::1]:7668", "chat", "Chat.local:7668", "10.0.0.1"] {
        assert_eq!(status(&get(&server, "/", &format!("Host: {host}\r\n"))), "200", "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "chat.evil", ""] {
        assert_eq!(status(&get(&server, "/", &format!("Host: {host}\r\n"))), "421", "{host}");
        let ws = HANDSHAKE.replace("Host: localhost", &format!("Host: {host}"));
        assert_eq!(status(&exchange(server.web(), &ws.replace("Upgrade\r\n", "Upgrade, close\r\n"))), "421");
    }
    assert_eq!(status(&get(&server, "/", "")), "400");
    assert_eq!(status(&get(&server, "/", "Host: localhost\r\nHost: evil.example\r\n")), "400");
}

#[test]
fn the_page_of_another_site_opens_no_socket() {
    let server = server();
    let ask = |origin: &str| {
        let request = HANDSHAKE.replace("Host: localhost\r\n", &format!("Host: localhost\r\n{origin}"));
        let mut stream = TcpStream::connect(server.web()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        String::from_utf8_lossy(&head[9..]).into_owned()
    };
    assert_eq!(ask(""), "101", "what is no browser has no origin");
    assert_eq!(ask("Origin: http://localhost\r\n"), "101");
    for origin in ["null", "http://evil.example", "https://localhost", "http://localhost:1", "http://localhost.evil"] {
        assert_eq!(ask(&format!("Origin: {origin}\r\n")), "403", "{origin}");
    }
    assert_eq!(ask("Origin: http://localhost\r\nOrigin: http://evil.example\r\n"), "403");
}

#[test]
fn what_is_no_handshake_is_told_what_is_expected() {
    let server = server();
    for (from, to) in [
        ("Upgrade: websocket\r\n", ""),
        ("Connection: Upgrade\r\n", ""),
        ("Version: 13", "Version: 8"),
        ("Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: short"),
    ] {
        let request = HANDSHAKE.replace(from, to).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let response = exchange(server.web(), &request);
        assert_eq!((status(&response), header(&response, "sec-websocket-version")), ("426", Some("13")), "{to}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let server = server();
    let many: String = (0..100).map(|i| format!("X-{i}: x\r\n")).collect();
    let long = format!("GET /{} HTTP/1.1\r\n{HOST}\r\n", "x".repeat(40_000));
    for (request, expected) in [
        (format!("GET / HTTP/1.1\r\n{HOST}{many}\r\n"), "431"),
        (long, "431"),
        (format!("GET / HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"), "400"),
        ("\u{16}\u{3}\u{1} hello\r\n\r\n".to_owned(), "400"),
    ] {
        assert_eq!(status(&exchange(server.web(), &request)), expected, "{request:.60}");
    }
    assert_eq!(status(&get(&server, "/", HOST)), "200");
}

#[test]
fn a_proxy_on_this_machine_may_come_for_any_number_of_browsers() {
    let server = server();
    let half = |_| {
        let mut stream = TcpStream::connect(server.web()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        stream
    };
    let mut held: Vec<TcpStream> = (0..200).map(half).collect();
    assert_eq!(status(&get(&server, "/", HOST)), "200");
    for stream in &mut held {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("Connection: close\r\n{HOST}\r\n").as_bytes()).unwrap();
        let mut status_line = [0; 12];
        stream.read_exact(&mut status_line).unwrap();
        assert_eq!(&status_line, b"HTTP/1.1 200");
    }
}

#[test]
fn a_hundred_half_open_handshakes_keep_nobody_from_chatting() {
    let server = server();
    let half = |_| {
        let mut stream = TcpStream::connect(server.web()).unwrap();
        stream.write_all(&HANDSHAKE.as_bytes()[..40]).unwrap();
        stream
    };
    let _half_open: Vec<TcpStream> = (0..100).map(half).collect();
    server.user("alice").expect_nothing();
}

#[test]
fn sockets_are_no_requests_and_may_be_more() {
    let server = server();
    let _sockets: Vec<Socket> = (0..70).map(|i| Socket::log_in(server.web(), &format!("u{i}"))).collect();
    assert_eq!(status(&get(&server, "/", HOST)), "200");
}

/// Ten seconds are the limit; the test waits for the end of both connections and for nothing else.
#[test]
fn a_head_that_does_not_come_is_not_waited_for_without_end() {
    let server = server();
    let mut silent = TcpStream::connect(server.web()).unwrap();
    let mut slow = TcpStream::connect(server.web()).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
    for stream in [&mut silent, &mut slow] {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
