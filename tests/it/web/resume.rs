//! Coming back over JSON: tokens, what was missed, and what was sent and perhaps not heard.

use std::net::SocketAddr;
use std::path::Path;

use chatctl::server::Config;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::{Client, Process, Server};

fn server() -> Server {
    Server::with_web(Config::embedded())
}

fn numbers(events: &Value) -> Vec<u64> {
    events.as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
}

/// Logs in, and returns the answer.
fn log_in(socket: &mut Socket, login: &Value) -> Value {
    socket.say(&login.to_string());
    assert_eq!(socket.said()["type"], "hello");
    socket.said()
}

/// The answer to a request, which nothing else comes before.
fn ask(socket: &mut Socket, request: &Value) -> Value {
    socket.say(&request.to_string());
    let answer = socket.said();
    assert_eq!(answer["id"], request["id"], "{answer}");
    answer
}

#[test]
fn a_token_takes_a_session_over_and_what_was_missed_follows() {
    let server = server();
    let mut bob = server.user("bob");
    let mut old = Socket::connect(server.web());
    let welcome = log_in(&mut old, &json!({ "type": "login", "id": 1, "name": "alice" }));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    bob.ask("create room tea alice", &["tea/server: bob created the room with alice"]);
    bob.ask("send lobby one", &["lobby/bob: one"]);
    assert_eq!(old.said()["seq"], 1);

    let mut new = Socket::connect(server.web());
    let have = json!({ "rooms": { "lobby": 1, "tea": 1, "elsewhere": 7, "no room": 3 }, "people": {} });
    let login = json!({ "type": "login", "id": 5, "token": welcome["token"], "epoch": welcome["epoch"], "have": have });
    let answer = log_in(&mut new, &login);
    assert_eq!((&answer["name"], &answer["token"]), (&json!("alice"), &welcome["token"]));
    assert_eq!(answer["rooms"][0], json!({ "room": "lobby", "seq": 2, "first": 1, "members": ["alice", "bob"] }));
    let missed = new.said();
    assert_eq!((&missed["room"], &missed["seq"], &missed["text"]), (&json!("lobby"), &json!(2), &json!("one")));
    bob.ask("send lobby two", &["lobby/bob: two"]);
    assert_eq!(new.said()["seq"], 3);
    // The lost connection: what it had not read, then why it ends.
    let replaced = loop {
        let said = old.said();
        if said["type"] == "error" {
            break said;
        }
    };
    assert_eq!(replaced, json!({ "type": "error", "code": "replaced", "detail": "logged in elsewhere" }));
    old.expect_close(4001);
    bob.expect_nothing();
}

#[test]
fn numbers_of_another_epoch_are_not_gone_on_from() {
    let server = server();
    let mut bob = server.user("bob");
    let mut old = Socket::connect(server.web());
    let welcome = log_in(&mut old, &json!({ "type": "login", "id": 1, "name": "alice" }));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    bob.ask("send lobby one", &["lobby/bob: one"]);
    let mut new = Socket::connect(server.web());
    let have = json!({ "rooms": { "lobby": 1 } });
    log_in(&mut new, &json!({ "type": "login", "token": welcome["token"], "id": 2, "epoch": "0", "have": have }));
    assert_eq!(ask(&mut new, &json!({ "type": "ping", "id": 3 })), json!({ "type": "ok", "id": 3 }));
}

#[test]
fn a_wrong_token_is_a_refused_login() {
    let server = server();
    let mut alice = Socket::connect(server.web());
    let token = "q4zjaaaaaaaaaaaaaaaaaaaaaa";
    let answer = log_in(&mut alice, &json!({ "type": "login", "id": 1, "token": token }));
    assert_eq!((&answer["id"], &answer["code"]), (&json!(1), &json!("wrong-token")));
    assert_eq!(ask(&mut alice, &json!({ "type": "login", "id": 2, "name": "alice" }))["name"], "alice");
    let mut own = ask(&mut alice, &json!({ "type": "token", "id": 3 }));
    assert_eq!(own["token"].take().as_str().map(str::len), Some(26));
}

#[test]
fn who_resumes_a_room_is_in_it_and_has_everything_once() {
    let server = server();
    let (mut alice, mut bob) = (Socket::log_in(server.web(), "alice"), server.user("bob"));
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    (2..=1500).for_each(|i| bob.say(&format!("send lobby {i}")));
    bob.say("ping");
    while bob.line() != "server: pong" {}
    let resume = json!({ "type": "resume", "id": 2, "room": "LOBBY", "after": 1490 });
    let answer = ask(&mut alice, &resume);
    assert_eq!((&answer["room"], &answer["seq"], &answer["first"]), (&json!("lobby"), &json!(1501), &json!(502)));
    assert_eq!((numbers(&answer["events"]), &answer["members"]), ((1491..=1500).collect(), &json!(["alice", "bob"])));
    assert_eq!(alice.said()["type"], "joined");
    let far = ask(&mut alice, &json!({ "type": "resume", "id": 3, "room": "lobby", "after": 100 }));
    let gap = json!({ "type": "gap", "room": "lobby", "from": 101, "to": 501 });
    assert_eq!((&far["events"][0], far["events"].as_array().unwrap().len()), (&gap, 1000));
    let beyond = ask(&mut alice, &json!({ "type": "resume", "id": 4, "room": "lobby", "after": 1502 }));
    assert_eq!((&beyond["code"], &beyond["detail"]), (&json!("bad-number"), &json!("lobby is at #1501")));
    let page = ask(&mut alice, &json!({ "type": "history", "id": 5, "room": "lobby", "before": 600, "limit": 2 }));
    assert_eq!((numbers(&page["events"]), &page["first"], &page["seq"]), (vec![598, 599], &json!(502), &json!(1501)));
}

#[test]
fn what_was_found_begins_with_the_newest_and_a_cursor_goes_on() {
    let server = server();
    let (mut alice, mut bob) = (Socket::log_in(server.web(), "alice"), server.user("bob"));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    assert_eq!(alice.said()["type"], "created");
    for number in 2..=31 {
        bob.ask(&format!("send lobby 聊天 {number}"), &[&format!("lobby/bob: 聊天 {number}")]);
        assert_eq!(alice.said()["seq"], number);
    }
    let first = ask(&mut alice, &json!({ "type": "search", "id": 2, "text": "聊天", "room": "lobby" }));
    assert_eq!(numbers(&first["events"]), (12..=31).rev().collect::<Vec<_>>());
    assert_eq!((&first["more"], &first["cursor"]), (&json!(true), &json!("12")));
    let rest = json!({ "type": "search", "id": 3, "text": "聊天", "room": "lobby", "cursor": "12" });
    let rest = ask(&mut alice, &rest);
    assert_eq!(numbers(&rest["events"]), (2..=11).rev().collect::<Vec<_>>());
    assert_eq!((&rest["more"], rest.get("cursor")), (&json!(false), None));
    let nothing = ask(&mut alice, &json!({ "type": "search", "id": 4, "text": "nothing" }));
    assert_eq!(nothing, json!({ "type": "ok", "id": 4, "events": [], "more": false }));
    // In all rooms as well, of one person, and so many at once.
    bob.ask("create room tea alice", &["tea/server: bob created the room with alice"]);
    bob.ask("send tea 聊天 tea", &["tea/bob: 聊天 tea"]);
    assert_eq!(alice.said()["type"], "created");
    assert_eq!(alice.said()["seq"], 2);
    let said = json!({ "type": "send_room", "id": 5, "room": "tea", "text": "聊天 too" });
    assert_eq!((ask(&mut alice, &said)["seq"].as_u64(), alice.said()["seq"].as_u64()), (Some(3), Some(3)));
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let mut request = json!({ "type": "search", "id": 6, "text": "聊天", "from": "Bob", "limit": 9 });
        if let Some(cursor) = cursor {
            request["cursor"] = cursor;
        }
        let page = ask(&mut alice, &request);
        let room = |event: &Value| event["room"] == "tea";
        found.extend(page["events"].as_array().unwrap().iter().map(|event| (room(event), event["seq"].clone())));
        assert_eq!(page["more"].as_bool().unwrap(), page.get("cursor").is_some());
        match page.get("cursor") {
            Some(next) => cursor = Some(next.clone()),
            None => break,
        }
    }
    let lobby = (2..=31).rev().map(|number| (false, json!(number)));
    assert_eq!(found, std::iter::once((true, json!(2))).chain(lobby).collect::<Vec<_>>());
    for wrong in [json!({ "text": "!" }), json!({ "text": "a", "room": "lobby", "cursor": "x" })] {
        let mut request = json!({ "type": "search", "id": 5 });
        request.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(ask(&mut alice, &request)["code"], "bad-command", "{wrong}");
    }
}

/// A server with a store, and the address of its web door.
fn serve(dir: &Path) -> (Process, SocketAddr) {
    let server = Process::serve(&["--data", dir.to_str().unwrap(), "--web", "127.0.0.1:0"]);
    let door = server.lines(1)[0].split(' ').nth(3).and_then(|door| door.parse().ok()).unwrap();
    (server, door)
}

/// It was killed after others had heard the line and before its speaker was answered, for all that the speaker knows.
#[test]
fn what_is_sent_again_after_the_server_was_killed_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let (server, door) = serve(dir.path());
    let mut alice = Socket::log_in(door, "alice");
    ask(&mut alice, &json!({ "type": "create_room", "id": 2, "room": "lobby" }));
    assert_eq!(alice.said()["type"], "created");
    let send = json!({ "type": "send_room", "id": 3, "room": "lobby", "text": "once", "nonce": "k3J9x" });
    let said = ask(&mut alice, &send);
    assert_eq!(said["seq"], 2);
    server.signal("KILL");
    server.wait();

    let (_server, door) = serve(dir.path());
    let mut alice = Socket::log_in(door, "alice");
    let resumed = ask(&mut alice, &json!({ "type": "resume", "id": 2, "room": "lobby", "after": 1 }));
    assert_eq!((numbers(&resumed["events"]), &resumed["first"]), (vec![2], &json!(1)));
    assert_eq!(alice.said()["seq"], 3, "alice joined");
    assert_eq!(ask(&mut alice, &send), said);
    let other = json!({ "type": "send_room", "id": 4, "room": "lobby", "text": "twice", "nonce": "other" });
    assert_eq!(ask(&mut alice, &other)["seq"], 4);
}

#[test]
fn everybody_is_told_that_the_server_cannot_keep_what_is_said_and_that_it_can_again() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, door) = serve(dir.path());
    let mut alice = Socket::log_in(door, "alice");
    ask(&mut alice, &json!({ "type": "create_room", "id": 2, "room": "lobby" }));
    assert_eq!(alice.said()["type"], "created");
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    alice.say(&json!({ "type": "send_room", "id": 3, "room": "lobby", "text": "one" }).to_string());
    let trouble = "another program has locked the store";
    assert_eq!(alice.said(), json!({ "type": "not_taken", "detail": trouble }));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(alice.said(), json!({ "type": "taken_again", "detail": "the store is unlocked again" }));
    assert_eq!(alice.said()["seq"], 2);
    assert_eq!(alice.said()["text"], "one");
    assert_eq!(ask(&mut alice, &json!({ "type": "send_room", "id": 4, "room": "lobby", "text": "two" }))["seq"], 3);
}

#[test]
fn a_bot_over_plain_lines_hears_what_it_has_missed_without_asking_for_an_answer() {
    let server = server();
    let mut bob = server.user("bob");
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    bob.ask("send lobby one", &["lobby/bob: one"]);
    let mut bot = Client::connect(server.web());
    bot.say(r#"{"type":"login","name":"bot"}"#);
    bot.say(r#"{"type":"resume","room":"lobby","after":1}"#);
    let types: Vec<Value> =
        (0..3).map(|_| serde_json::from_str::<Value>(&bot.line()).unwrap()["seq"].clone()).collect();
    assert_eq!(types, [json!(null), json!(2), json!(3)], "the greeting, the line, and that the bot joined");
}
