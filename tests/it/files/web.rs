//! Files over HTTP and in JSON.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use chatctl::server::Config;

use super::{announce, get, send};
use crate::support::{Client, PATIENCE, Server};

/// Sends a request with these bytes behind it; the head and the body of the response.
fn exchange(addr: SocketAddr, request: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("{}\r\nHost: localhost\r\nConnection: close\r\n\r\n", request.replace('\n', "\r\n"));
    stream.write_all(head.as_bytes()).unwrap();
    // Whoever is refused may have closed already.
    let _ = stream.write_all(bytes);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    (String::from_utf8(response[..end].to_vec()).unwrap(), response[end..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|line| line.split_once(": ")).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn status(head: &str) -> &str {
    &head[9..12]
}

fn alice(server: &Server) -> Client {
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice
}

/// The id of what a response says is stored.
fn id_of(body: &[u8]) -> String {
    let line = String::from_utf8(body.to_vec()).unwrap();
    line.strip_prefix("server: stored ").unwrap_or_else(|| panic!("{line}")).split(' ').next().unwrap().to_owned()
}

#[test]
fn a_file_that_curl_puts_is_seen_in_the_room_and_fetched_in_parts() {
    let server = Server::with_web(Config::embedded());
    let mut alice = alice(&server);
    let token = announce(&mut alice, "send file room lobby 11 page.html");
    let put = |from: usize, bytes: &[u8]| {
        let request = format!("PUT /files/{token} HTTP/1.1\nUpload-Offset: {from}\nContent-Length: {}", bytes.len());
        exchange(server.web(), &request, bytes)
    };
    let (head, _) = put(0, b"<b>hel");
    assert_eq!((status(&head), header(&head, "upload-offset")), ("409", Some("6")));
    let (head, _) = exchange(server.web(), &format!("HEAD /files/{token} HTTP/1.1"), b"");
    assert_eq!((status(&head), header(&head, "upload-offset")), ("200", Some("6")));
    let (head, body) = put(6, b"lo!!!");
    assert_eq!(status(&head), "201");
    let id = id_of(&body);
    alice.expect(&[&format!("lobby/server: alice sent the file {id} (11 bytes): page.html")]);
    let (head, body) = exchange(server.web(), &format!("GET /files/{id}/whatever HTTP/1.1"), b"");
    assert_eq!(body, b"<b>hello!!!");
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment; filename=\"page.html\"; filename*=UTF-8''page.html"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("accept-ranges", "bytes"),
        ("content-length", "11"),
    ] {
        assert_eq!(header(&head, name), Some(value), "{name}");
    }
    let part = |headers: &str| exchange(server.web(), &format!("GET /files/{id} HTTP/1.1\n{headers}"), b"");
    let (part_head, body) = part("Range: bytes=3-7");
    assert_eq!((status(&part_head), body), ("206", b"hello".to_vec()));
    assert_eq!(header(&part_head, "content-range"), Some("bytes 3-7/11"));
    assert_eq!(part("Range: bytes=3-7\nIf-Range: \"another\"").1, b"<b>hello!!!");
    assert_eq!(status(&part("Range: bytes=11-").0), "416");
    let tag = header(&head, "etag").unwrap();
    assert_eq!(status(&part(&format!("If-None-Match: {tag}")).0), "304");
}

#[test]
fn only_what_begins_like_a_picture_is_shown_and_nothing_runs() {
    let server = Server::with_web(Config::embedded());
    let mut alice = alice(&server);
    for (name, bytes, kind, how) in [
        ("a.png", &b"\x89PNG\r\n\x1a\n"[..], "image/png", "inline"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>", "application/octet-stream", "attachment"),
        ("lie.png", b"<!doctype html><script>", "application/octet-stream", "attachment"),
    ] {
        let id = send(server.addr, &mut alice, name, bytes);
        let (head, _) = exchange(server.web(), &format!("HEAD /files/{id} HTTP/1.1"), b"");
        assert_eq!(header(&head, "content-type"), Some(kind), "{name}");
        assert!(header(&head, "content-disposition").unwrap().starts_with(how), "{name}");
        assert_eq!(header(&head, "content-security-policy"), Some("sandbox; default-src 'none'"));
    }
}

#[test]
fn what_is_wrong_over_http_is_said_with_its_status() {
    let server = Server::with_web(Config::embedded());
    let mut alice = alice(&server);
    let token = announce(&mut alice, "send file room lobby 5 x");
    let answer = |request: &str, bytes: &[u8]| {
        let (head, body) = exchange(server.web(), request, bytes);
        format!("{} {}", status(&head), String::from_utf8(body).unwrap())
    };
    let unknown = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(answer(&format!("GET /files/{unknown} HTTP/1.1"), b""), format!("404 error: no-such-file: {unknown}\n"));
    assert_eq!(answer("GET /files/../../etc/passwd HTTP/1.1", b""), "404 error: no-such-file: no file has this id\n");
    let put = format!("PUT /files/{token} HTTP/1.1");
    let refused = answer(&format!("{put}\nOrigin: http://evil.example\nContent-Length: 5"), b"hello");
    assert_eq!(refused, "403 the page of another site may not upload");
    let too_large = answer(&format!("{put}\nContent-Length: 6"), b"hello!");
    assert_eq!(too_large, "413 error: too-large: more than 5 bytes\n");
    assert_eq!(answer(&format!("POST /files/{token} HTTP/1.1"), b""), "405 only GET, HEAD, PUT and DELETE are allowed");
    alice.ask("leave room lobby", &["lobby/server: alice left"]);
    let late = answer(&format!("{put}\nContent-Length: 5"), b"hello");
    assert_eq!(late, "403 error: not-a-member: lobby\n");
    alice.expect_nothing();
}

#[test]
fn json_has_files_as_well() {
    let server = Server::with_web(Config::embedded());
    let mut alice = alice(&server);
    let mut bob = Client::connect(server.web());
    bob.say(r#"{"type":"login","id":1,"name":"bob"}"#);
    bob.line();
    let welcome = bob.line();
    assert!(welcome.contains(r#""file":104857600"#) && welcome.contains(r#""features":["files","#), "{welcome}");
    bob.say(r#"{"type":"join_room","room":"lobby"}"#);
    bob.line();
    alice.line();
    bob.say(r#"{"type":"send_file","id":2,"room":"lobby","name":"../a.png","size":5,"width":84,"height":42}"#);
    let answer: serde_json::Value = serde_json::from_str(&bob.line()).unwrap();
    assert_eq!((&answer["type"], &answer["id"], &answer["name"]), (&"ok".into(), &2.into(), &"_a.png".into()));
    let put = answer["put"].as_str().unwrap();
    assert!(humantime::parse_rfc3339(answer["expires"].as_str().unwrap()).is_ok());
    let (_, body) = exchange(server.web(), &format!("PUT {put} HTTP/1.1\nContent-Length: 5"), b"hello");
    let id = id_of(&body);
    let event: serde_json::Value = serde_json::from_str(&bob.line()).unwrap();
    let file = &event["file"];
    assert_eq!((&event["type"], &event["from"], &event["room"]), (&"file".into(), &"bob".into(), &"lobby".into()));
    assert_eq!((&file["width"], &file["url"]), (&84.into(), &format!("/files/{id}/_a.png").into()));
    alice.expect(&[&format!("lobby/server: bob sent the file {id} (5 bytes): _a.png")]);
    assert_eq!(get(server.addr, &id).1, b"hello");
    bob.say(&format!(r#"{{"type":"remove_file","id":3,"file":"{id}"}}"#));
    assert_eq!(bob.line(), r#"{"type":"ok","id":3}"#);
    bob.say(r#"{"type":"send_file","id":4,"to":["nobody"],"name":"x","size":5}"#);
    assert!(bob.line().contains(r#""code":"no-such-user""#));
}

#[test]
fn an_upload_that_its_sender_gives_up_frees_its_place() {
    let server = Server::with_web(Config::embedded());
    let mut alice = alice(&server);
    let announced = |alice: &mut Client| announce(alice, "send file room lobby 9 x.bin");
    let tokens: Vec<String> = (0..4).map(|_| announced(&mut alice)).collect();
    alice.ask("send file room lobby 9 x.bin", &["error: too-many: 4 files of yours are under way"]);
    let ask = |method: &str, origin: &str| {
        let request = format!("{method} /files/{} HTTP/1.1\nOrigin: {origin}", tokens[0]);
        status(&exchange(server.web(), &request, b"").0).to_owned()
    };
    assert_eq!(ask("DELETE", "http://elsewhere"), "403");
    assert_eq!(ask("HEAD", "http://localhost"), "200");
    assert_eq!(ask("DELETE", "http://localhost"), "200");
    assert_eq!(ask("HEAD", "http://localhost"), "404");
    assert_eq!(ask("DELETE", "http://localhost"), "404");
    announced(&mut alice);
}
