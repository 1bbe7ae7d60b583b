//! The table of dangers and the limits of HTTP, where no other test has the row, from a raw socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use chatctl::server::Config;
use serde_json::Value;

use crate::support::secure::{Certificate, SecureClient};
use crate::support::socket::{HANDSHAKE, Socket};
use crate::support::{Client, PATIENCE, Process, Server, network_address, skipped};

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

fn status(response: &str) -> &str {
    response.get(9..12).unwrap_or(response)
}

fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let head = response.split_once("\r\n\r\n").map_or(response, |(head, _)| head);
    head.lines().filter_map(|line| line.split_once(": ")).find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A request without further headers.
fn request(what: &str) -> String {
    format!("{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[test]
fn no_compression_is_agreed_on() {
    let server = Server::with_web(Config::embedded());
    let offered =
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame\r\n\r\n";
    let handshake = HANDSHAKE.replace("13\r\n\r\n", &format!("13\r\n{offered}"));
    let (mut socket, head) = Socket::of_handshake(server.web(), &handshake);
    assert!(!head.to_lowercase().contains("extensions"), "{head}");
    assert_eq!(socket.said()["type"], "hello");
    // A frame that says it is compressed breaks the rules.
    socket.send(&[0xc1, 0x80, 1, 2, 3, 4]);
    socket.expect_close(1002);
}

#[test]
fn every_answer_forbids_to_guess_its_kind_and_to_tell_where_one_came_from() {
    let server = Server::with_web(Config::embedded());
    let page = exchange(server.web(), &request("GET /"));
    let script = page.split('"').find(|text| text.ends_with("/app.js")).unwrap().to_owned();
    let style = script.replace("app.js", "app.css");
    let asked = ["GET /", "GET /schema.json", "GET /nothing", "POST /", "GET /ws", "GET /files/x", "PUT /files/x"];
    let asked = asked.map(str::to_owned).into_iter().chain([format!("GET {script}"), format!("GET {style}")]);
    for what in asked {
        let response = exchange(server.web(), &request(&what));
        assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"), "{what}: {response:.300}");
        assert_eq!(header(&response, "referrer-policy"), Some("no-referrer"), "{what}: {response:.300}");
    }
}

#[test]
fn a_name_that_points_here_gets_nothing_at_any_address() {
    let server = Server::with_web(Config::embedded());
    for what in ["GET /", "GET /schema.json", "GET /files/x", "PUT /files/x", "GET /irc", "GET /a/x/app.js"] {
        let response = exchange(server.web(), &request(what).replace("localhost", "evil.example"));
        assert_eq!(status(&response), "421", "{what}: {response}");
    }
}

#[test]
fn the_names_of_the_machine_and_those_that_were_given_are_known() {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned();
    let server = Process::serve(&["--web", "127.0.0.1:0", "--web-name", "chat.example"]);
    let web = server.lines(1)[0].split(' ').nth(3).unwrap().parse().unwrap();
    for (host, code) in [
        (machine.clone(), "200"),
        (format!("{machine}.local"), "200"),
        ("chat.example".to_owned(), "200"),
        ("chat.example.evil".to_owned(), "421"),
    ] {
        let response = exchange(web, &request("GET /").replace("localhost", &host));
        assert_eq!(status(&response), code, "{host}");
    }
}

#[test]
fn the_door_of_irc_clients_is_guarded_as_the_other_is() {
    let server = Server::with_web(Config::embedded());
    let response = exchange(server.web(), &request("GET /irc"));
    assert_eq!((status(&response), header(&response, "upgrade")), ("426", Some("websocket")), "{response}");
    for (origin, code) in [("null", "403"), ("http://evil.example", "403"), ("https://localhost", "403")] {
        let asked =
            HANDSHAKE.replace("GET /ws", "GET /irc").replace("Upgrade: w", &format!("Origin: {origin}\r\nUpgrade: w"));
        let response = exchange(server.web(), &asked.replace("Connection: Upgrade", "Connection: Upgrade, close"));
        assert_eq!(status(&response), code, "{origin}");
    }
}

#[test]
fn a_page_that_hides_where_it_is_from_uploads_nothing() {
    let server = Server::with_web(Config::embedded());
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.say("send file room lobby 5 x");
    let put = alice.line();
    let token = put.split(' ').nth(2).unwrap();
    let upload = |origin: &str| {
        let head = format!(
            "PUT /files/{token} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{origin}Content-Length: 5\r\n\r\n"
        );
        exchange(server.web(), &(head + "hello"))
    };
    for origin in ["Origin: null\r\n", "Origin: http://localhost:1\r\n"] {
        assert_eq!(status(&upload(origin)), "403", "{origin}");
    }
    assert_eq!(status(&upload("Origin: http://localhost\r\n")), "201");
    assert!(alice.line().ends_with(" (5 bytes): x"));
}

#[test]
fn a_head_has_64_headers_and_16_kib() {
    let server = Server::with_web(Config::embedded());
    let with = |headers: usize, padding: usize| {
        let more: String = (2..headers).map(|number| format!("X-{number}: x\r\n")).collect();
        let head = format!("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n");
        let padded =
            head.replace("Host: localhost\r\n", &format!("Host: localhost\r\nX-P: {}\r\n", "p".repeat(padding)));
        exchange(server.web(), if padding == 0 { &head } else { &padded })
    };
    assert_eq!(status(&with(64, 0)), "404");
    assert_eq!(status(&with(65, 0)), "431");
    assert_eq!(status(&with(2, 16_000)), "404");
    assert_eq!(status(&with(2, 17_000)), "431");
}

#[test]
fn over_tls_other_windows_are_kept_apart() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut client = SecureClient::connect(server.web(), &certificate);
    client.send(request("GET /").replace("localhost", "192.168.1.5").as_bytes());
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.reader.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert_eq!(header(&head, "cross-origin-opener-policy"), Some("same-origin"), "{head}");
}

#[test]
fn who_could_come_over_tls_is_sent_there() {
    let Some(address) = network_address() else { return skipped("a network") };
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap(), "--tls-listen", "127.0.0.1:0", "--web", "0.0.0.0:0"];
    let server = Process::serve(&flags);
    let said = server.lines(2);
    let port = said.iter().find(|line| line.contains("browsers")).and_then(|line| line.split(' ').nth(3));
    let port: u16 = port.and_then(|door| door.rsplit(':').next()?.parse().ok()).unwrap_or_else(|| panic!("{said:?}"));
    let elsewhere = SocketAddr::from((address, port));
    let response = exchange(elsewhere, &request("GET /a?b=c").replace("localhost", &elsewhere.to_string()));
    assert_eq!(status(&response), "308", "{response}");
    assert_eq!(header(&response, "location"), Some(&*format!("https://{elsewhere}/a?b=c")));
    // From this machine it may be a proxy that has taken care of that.
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(status(&exchange(here, &request("GET /"))), "200");
}

/// A billion bytes are more than a test should send: it sends as many as it takes to see that nobody keeps them.
#[test]
fn a_number_without_end_is_refused_when_it_is_too_long_and_kept_by_nobody() {
    let server = Process::serve(&["--web", "127.0.0.1:0"]);
    let web = server.lines(1)[0].split(' ').nth(3).unwrap().parse().unwrap();
    let mut alice = Client::connect(web);
    alice.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    (0..2).for_each(|_| drop(alice.line()));
    let before = server.peak_memory_kib();
    alice.send(br#"{"type":"ping","id":"#);
    let digits = vec![b'9'; 1 << 20];
    (0..256).for_each(|_| alice.send(&digits));
    alice.say("}");
    let refused: Value = serde_json::from_str(&alice.line()).unwrap();
    assert_eq!((&refused["code"], &refused["detail"]), (&"line-too-long".into(), &"more than 65536 bytes".into()));
    alice.say(r#"{"type":"ping","id":3}"#);
    alice.expect_line(r#"{"type":"ok","id":3}"#);
    let grown = server.peak_memory_kib() - before;
    assert!(grown < 4096, "{grown} KiB");
}

/// What is no password is refused by what it is, and the next login is taken.
#[test]
fn what_is_no_password_is_refused_in_json_too() {
    let server = Server::with_web(Config::embedded());
    let mut witness = server.user("witness");
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let login = |password: &str| format!(r#"{{"type":"login","id":1,"name":"alice","password":"{password}"}}"#);
    let long = "x".repeat(1 << 20);
    for (password, code) in [
        ("", "bad-password"),
        ("short", "bad-password"),
        ("hunter 22", "bad-password"),
        ("hunter\\u000022", "bad-password"),
        ("hunter\\ud80022", "bad-json"),
        (&*long, "line-too-long"),
    ] {
        let mut alice = Client::connect(server.web());
        alice.say(&login(password));
        alice.line();
        let refused: Value = serde_json::from_str(&alice.line()).unwrap();
        assert_eq!(refused["code"], code, "{password:.20?}: {refused}");
        alice.say(&login("hunter22"));
        assert!(alice.line().contains(r#""type":"ok","id":1,"name":"alice""#), "{password:.20?}");
    }
    let mut alice = Client::connect(server.web());
    alice.send(b"{\"type\":\"login\",\"id\":1,\"name\":\"alice\",\"password\":\"hunter\xff22\"}\n");
    alice.line();
    let refused: Value = serde_json::from_str(&alice.line()).unwrap();
    assert_eq!(refused["code"], "bad-json");
    witness.expect_nothing();
}
