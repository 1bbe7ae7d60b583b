//! Files as whoever types into `nc` sends and fetches them.

use std::time::Duration;

use chatctl::server::{Config, FilesConfig};
use chatctl::store::files::FileLimits;

use super::{announce, get, noise, put, send};
use crate::support::{Client, PROMPT, Server};

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// Alice and bob in a room.
fn members(server: &Server) -> (Client, Client) {
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby bob", &["lobby/server: alice created the room with bob"]);
    bob.expect(&["lobby/server: alice created the room with bob"]);
    (alice, bob)
}

/// The answers to the commands about files, as the table of the protocol has them.
pub(crate) fn answers() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    alice.say("send file room lobby 5 x");
    let mut heard = vec![alice.line()];
    let id = send(server.addr, &mut alice, "x", b"hello");
    heard.push(bob.line());
    let token = announce(&mut alice, "send file user bob 5 x");
    put(server.addr, &token, b"hello");
    heard.extend([alice.line(), bob.line()]);
    alice.say(&format!("remove file {id}"));
    alice.say("send file user bob,dave 5 x");
    heard.extend([alice.line(), alice.line()]);
    heard
}

/// What is refused of files.
pub(crate) fn refusals() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let ask = |client: &mut Client, line: &str| {
        client.say(line);
        client.line()
    };
    let mut heard = vec![ask(&mut alice, "send file room lobby 104857601 x")];
    heard.push(ask(&mut alice, "remove file aaaaaaaaaaaaaaaaaaaaaaaaaa"));
    let id = send(server.addr, &mut alice, "x", b"hello");
    bob.line();
    heard.push(ask(&mut bob, &format!("remove file {id}")));
    let token = announce(&mut alice, "send file room lobby 5 x");
    heard.push(put(server.addr, "x", b""));
    heard.push(put(server.addr, &token, b"hel"));
    for _ in 0..3 {
        announce(&mut alice, "send file room lobby 5 x");
    }
    heard.push(ask(&mut alice, "send file room lobby 5 x"));
    heard.push(ask(&mut bob, "send file room lobby 104857600 x"));
    let mut first = Client::connect(server.addr);
    first.say(&format!("put {token} 3"));
    first.expect(&[PROMPT]);
    // The other connection has it once it is told that it may not.
    let mut busy = std::iter::repeat_with(|| put(server.addr, &format!("{token} 9"), b""));
    heard.push(busy.find(|told| told.starts_with("error: busy")).unwrap());
    let limits = FileLimits { all: 10, ..FileLimits::default() };
    let small = Server::start(Config { files: FilesConfig { folder: None, limits }, ..Config::embedded() });
    let (mut carol, _bob) = members(&small);
    heard.push(ask(&mut carol, "send file room lobby 11 x"));
    heard
}

#[test]
fn a_file_is_heard_of_when_it_is_whole_and_can_be_fetched() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let token = announce(&mut alice, "send file room lobby 5 a report.pdf");
    assert_eq!(put(server.addr, &token, b"hel"), "error: incomplete: 3 of 5 bytes");
    alice.expect_nothing();
    bob.expect_nothing();
    let stored = put(server.addr, &format!("{token} 3"), b"lo");
    let id = stored.split(' ').nth(2).unwrap();
    assert_eq!(stored, format!("server: stored {id} 5 sha256:{HELLO} a report.pdf"));
    let told = format!("lobby/server: alice sent the file {id} (5 bytes): a report.pdf");
    alice.expect(&[&told]);
    bob.expect(&[&told]);
    let head = format!("server: file {id} 5 sha256:{HELLO} a report.pdf");
    assert_eq!(get(server.addr, id), (head.clone(), b"hello".to_vec()));
    assert_eq!(get(server.addr, &format!("{id} 3")), (head.clone(), b"lo".to_vec()));
    assert_eq!(get(server.addr, &format!("{id} 99")), (head, Vec::new()));
    assert_eq!(put(server.addr, &token, b"hello"), "error: no-such-token: no upload has this token");
}

#[test]
fn a_file_for_users_is_theirs_alone_and_its_sender_hears_of_each() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let mut carol = server.user("carol");
    let token = announce(&mut alice, "SEND File USER bob,carol 5 x.bin");
    let stored = put(server.addr, &token, b"hello");
    let id = stored.split(' ').nth(2).unwrap();
    let told = format!("server: alice sent you the file {id} (5 bytes): x.bin");
    bob.expect(&[&told]);
    carol.expect(&[&told]);
    let to = |name: &str| format!("server: sent the file {id} to {name}: x.bin");
    alice.expect(&[&to("bob"), &to("carol")]);
}

#[test]
fn a_sender_who_is_no_member_any_more_has_sent_nothing() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let mut carol = server.user("carol");
    carol.ask("send file room lobby 5 x", &["error: not-a-member: lobby"]);
    let token = announce(&mut alice, "send file room lobby 5 x");
    alice.ask("leave room lobby", &["lobby/server: alice left"]);
    bob.expect(&["lobby/server: alice left", "lobby/server: bob has the room"]);
    assert_eq!(put(server.addr, &token, b"hello"), "error: not-a-member: lobby");
    bob.expect_nothing();
    let token = announce(&mut alice, "send file user bob 5 x");
    drop(bob);
    carol.ask("list users", &["server: users (2): alice, carol"]);
    assert_eq!(put(server.addr, &token, b"hello"), "error: no-such-user: bob");
}

#[test]
fn a_file_that_is_taken_back_is_gone_and_only_its_sender_and_the_owner_may() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let id = send(server.addr, &mut bob, "x", b"hello");
    let mut carol = server.user("carol");
    let refused = format!("error: not-the-sender: somebody else has sent the file {id}");
    carol.ask(&format!("remove file {id}"), &[&refused]);
    alice.line();
    alice.ask(&format!("remove file {id}"), &[&format!("server: removed the file {id}")]);
    assert_eq!(get(server.addr, &id), (format!("error: no-such-file: {id}"), Vec::new()));
    bob.ask(&format!("remove file {id}"), &[&format!("error: no-such-file: {id}")]);
    bob.expect_nothing();
}

#[test]
fn an_upload_that_stalls_ends_by_its_time_out_and_can_be_gone_on_with() {
    let config = Config { write_timeout: Duration::from_millis(300), ..Config::embedded() };
    let server = Server::start(config);
    let (mut alice, _bob) = members(&server);
    let token = announce(&mut alice, "send file room lobby 5 x");
    let mut stalled = Client::connect(server.addr);
    stalled.say(&format!("put {token}"));
    stalled.send(b"hel");
    stalled.expect(&[PROMPT, "error: incomplete: 3 of 5 bytes"]);
    stalled.expect_end();
    assert!(put(server.addr, &format!("{token} 3"), b"lo").starts_with("server: stored "));
}

#[test]
fn more_transfers_than_there_are_places_are_told_so_and_a_place_is_given_back() {
    let server = Server::embedded();
    let mut stalled = Vec::new();
    for number in 0..4 {
        let mut user = server.user(&format!("user{number}"));
        user.say(&format!("create room room{number}"));
        user.line();
        for _ in 0..4 {
            let token = announce(&mut user, &format!("send file room room{number} 5 x"));
            let mut client = Client::connect(server.addr);
            client.say(&format!("put {token}"));
            client.expect(&[PROMPT]);
            stalled.push(client);
        }
        stalled.push(user);
    }
    let busy =
        std::iter::repeat_with(|| put(server.addr, "x", b"")).find(|told| told.starts_with("error: busy")).unwrap();
    assert_eq!(busy, "error: busy: 16 files are under way");
    stalled.clear();
    let mut told = std::iter::repeat_with(|| put(server.addr, "x", b""));
    assert!(told.any(|told| told.starts_with("error: no-such-token")));
}

#[test]
fn nobody_waits_for_a_transfer() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    let bytes = noise(3 << 20);
    let id = send(server.addr, &mut alice, "x", &bytes);
    bob.line();
    // Nobody reads it: the server waits for room in the socket, and everybody else for nothing.
    let mut lazy = Client::connect(server.addr);
    lazy.say(&format!("get {id}"));
    lazy.expect(&[PROMPT]);
    bob.ask("send lobby hi", &["lobby/bob: hi"]);
    alice.expect(&["lobby/bob: hi"]);
    assert_eq!(get(server.addr, &id).1, bytes);
}

#[test]
fn a_room_that_is_gone_takes_its_files_along() {
    let server = Server::embedded();
    let (mut alice, mut bob) = members(&server);
    bob.ask("leave room lobby", &["lobby/server: bob left"]);
    alice.expect(&["lobby/server: bob left"]);
    alice.ask("set room lobby private", &["lobby/server: alice made the room private"]);
    let id = send(server.addr, &mut alice, "x", b"hello");
    assert_eq!(get(server.addr, &id).1, b"hello");
    // A private room without members is gone, with its history.
    alice.ask("leave room lobby", &["lobby/server: alice left"]);
    assert_eq!(get(server.addr, &id), (format!("error: no-such-file: {id}"), Vec::new()));
}

#[test]
fn whoever_cancels_a_file_ends_the_connection_that_brings_it() {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let token = announce(&mut alice, "send file room lobby 1000000 x.bin");
    let mut bringing = server.connect();
    bringing.say(&format!("put {token}"));
    bringing.send(&[0; 1000]);
    bringing.expect(&[PROMPT]);
    let cancel = |what: &str, told: &str| {
        let mut client = server.connect();
        client.say(&format!("cancel {what}"));
        client.expect(&[PROMPT, told]);
        client.expect_end();
    };
    cancel(&token, "server: canceled the file x.bin");
    let gone = "error: no-such-token: no upload has this token";
    cancel(&token, gone);
    cancel("x", gone);
    let _ = bringing.try_send(&[0; 999_000]);
    bringing.expect(&[gone]);
    bringing.expect_end();
    alice.ask("ping", &["server: pong"]);
}
