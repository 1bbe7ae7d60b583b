//! What nobody may take more of, who may take a file away, and names that are none.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use chatctl::server::{Config, FilesConfig};
use chatctl::store::files::FileLimits;

use super::{announce, get, put, send};
use crate::serve::control::Keeper;
use crate::support::{Client, PATIENCE, PROMPT, Process, Server};

/// A user in a room that is called like the user.
fn owner(server: &Server, name: &str) -> Client {
    let mut user = server.user(name);
    user.ask(&format!("create room {name}"), &[&format!("{name}/server: {name} created the room")]);
    user
}

/// Waits for a line with this in it.
#[track_caller]
fn until_like(client: &mut Client, part: &str) {
    while !client.line().contains(part) {}
}

/// Begins to bring five bytes over HTTP, and stops after three.
fn stalled_over_http(addr: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("PUT /files/{token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhel");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn uploads_that_stall_are_ended_and_free_their_places_over_lines_and_over_http() {
    let server = Server::with_web(Config { write_timeout: Duration::from_secs(1), ..Config::embedded() });
    let mut users: Vec<Client> = (0..4).map(|number| owner(&server, &format!("user{number}"))).collect();
    let mut tokens = Vec::new();
    for (number, user) in users.iter_mut().enumerate() {
        for _ in 0..4 {
            tokens.push(announce(user, &format!("send file room user{number} 5 x")));
        }
        user.ask(&format!("send file room user{number} 5 x"), &["error: too-many: 4 files of yours are under way"]);
    }
    let (lines, http) = tokens.split_at(8);
    let stalled: Vec<Client> = lines
        .iter()
        .map(|token| {
            let mut client = Client::connect(server.addr);
            client.say(&format!("put {token}"));
            client.send(b"hel");
            client.expect(&[PROMPT]);
            client
        })
        .collect();
    let over_http: Vec<TcpStream> = http.iter().map(|token| stalled_over_http(server.web(), token)).collect();
    let busy = std::iter::repeat_with(|| put(server.addr, "x", b"")).find(|told| told.starts_with("error: busy"));
    assert_eq!(busy.unwrap(), "error: busy: 16 files are under way");
    for mut client in stalled {
        client.expect(&["error: incomplete: 3 of 5 bytes"]);
        client.expect_end();
    }
    for mut stream in over_http {
        let (mut told, mut buf) = (String::new(), [0; 1024]);
        while !told.contains("error: incomplete: 3 of 5 bytes") {
            let length = stream.read(&mut buf).unwrap();
            assert!(length > 0, "{told}");
            told.push_str(std::str::from_utf8(&buf[..length]).unwrap());
        }
        assert!(told.starts_with("HTTP/1.1 409 ") && told.to_lowercase().contains("upload-offset: 3"), "{told}");
    }
    for token in &tokens {
        assert!(put(server.addr, &format!("{token} 3"), b"lo").starts_with("server: stored "), "every place is free");
    }
}

#[test]
fn an_operator_of_the_room_takes_a_file_away() {
    let server = Server::with_irc(Config::embedded());
    let mut alice = Client::connect(server.irc());
    alice.say("NICK alice");
    alice.say("USER alice 0 * :alice");
    until_like(&mut alice, " 001 alice ");
    alice.say("JOIN #lobby");
    until_like(&mut alice, " 366 alice #lobby ");
    let (mut bob, mut carol) = (server.user("bob"), server.user("carol"));
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    carol.ask("join room lobby", &["lobby/server: carol joined"]);
    bob.expect(&["lobby/server: carol joined"]);
    let id = send(server.addr, &mut carol, "x", b"hello");
    bob.line();
    let refused = format!("error: not-the-sender: somebody else has sent the file {id}");
    bob.ask(&format!("remove file {id}"), &[&refused]);
    alice.say("MODE #lobby +o bob");
    until_like(&mut alice, " MODE #lobby +o bob");
    bob.expect(&["lobby/server: alice set mode +o bob"]);
    bob.ask(&format!("remove file {id}"), &[&format!("server: removed the file {id}")]);
    assert_eq!(get(server.addr, &id), (format!("error: no-such-file: {id}"), Vec::new()));
}

#[test]
fn an_operator_of_the_server_takes_a_file_away() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap()]);
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let id = send(server.addr, &mut alice, "x", b"hello");
    bob.ask(&format!("remove file {id}"), &[&format!("error: not-the-sender: somebody else has sent the file {id}")]);
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    keeper.ask(&format!("remove file {id}"), &[&format!("server: removed the file {id}")]);
    assert_eq!(get(server.addr, &id), (format!("error: no-such-file: {id}"), Vec::new()));
    alice.ask(&format!("remove file {id}"), &[&format!("error: no-such-file: {id}")]);
}

#[test]
fn names_that_are_none_are_refused_and_nasty_ones_are_made_harmless_before_anybody_hears_them() {
    let server = Server::embedded();
    let mut alice = owner(&server, "lobby");
    // What cannot be seen is spelled out.
    for (name, seen) in [(".", "."), ("..", ".."), (" . ", " . "), ("\u{3000}", r"\u{3000}")] {
        let told = format!("error: bad-name: '{seen}' is no name of a file");
        alice.ask(&format!("send file room lobby 5 {name}"), &[&told]);
    }
    alice.ask("send file room lobby 5", &["error: bad-command: usage: send file room/user TO SIZE NAME"]);
    let long = "x".repeat(300);
    let kept = "x".repeat(200);
    for (name, heard) in [
        ("../../x", "_.._x"),
        ("C:\\x", "C:_x"),
        ("CON", "CON"),
        ("a\u{202e}gpj.exe", "a_gpj.exe"),
        ("a\u{200f}b", "a_b"),
        (&long, &kept),
    ] {
        let token = announce(&mut alice, &format!("send file room lobby 5 {name}"));
        let stored = put(server.addr, &token, b"hello");
        assert!(stored.ends_with(&format!(" {heard}")), "{name:?}: {stored}");
        let told = alice.line();
        assert!(told.ends_with(&format!(" (5 bytes): {heard}")), "{name:?}: {told}");
    }
}

#[test]
fn nobody_brings_more_in_a_day_than_everybody_may() {
    let limits = FileLimits { day_of_one: 1000, ..FileLimits::default() };
    let server =
        Server::start(Config { files: FilesConfig { limits, ..FilesConfig::default() }, ..Config::embedded() });
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    alice.expect(&["lobby/server: bob joined"]);
    let too_many = "error: too-many: more than 1000 bytes a day";
    alice.ask("send file room lobby 1001 x", &[too_many]);
    send(server.addr, &mut alice, "x", &[0; 600]);
    bob.line();
    // What is only announced counts until it is canceled.
    let token = announce(&mut alice, "send file room lobby 400 y");
    alice.ask("send file room lobby 1 z", &[too_many]);
    let mut canceling = server.connect();
    canceling.say(&format!("cancel {token}"));
    canceling.expect(&[PROMPT, "server: canceled the file y"]);
    canceling.expect_end();
    send(server.addr, &mut alice, "y", &[0; 400]);
    bob.line();
    alice.ask("send file room lobby 1 z", &[too_many]);
    // Coming back is no way around, and others have a day of their own.
    alice.ask("quit", &["server: bye"]);
    bob.expect(&["lobby/server: alice left (quit)", "lobby/server: bob has the room"]);
    let mut alice = server.user("alice");
    alice.ask("send file user bob 1 z", &[too_many]);
    send(server.addr, &mut bob, "z", &[0; 600]);
}
