//! JSON lines over plain TCP.

use chatctl::hub::Limits;
use chatctl::server::Config;
use serde_json::{Value, json};

use crate::support::{Client, Server};

const HELLO: &str = concat!(
    r#"{"type":"hello","version":1,"server":"chatctl "#,
    env!("CARGO_PKG_VERSION"),
    r#"","password":"optional"}"#
);

/// The next message; its time, which is never the same, is a word.
#[track_caller]
fn said(client: &mut Client) -> Value {
    let mut said: Value = serde_json::from_str(&client.line()).unwrap();
    if let Some(time) = said.get_mut("time") {
        assert!(time.as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z')), "{time}");
        *time = "now".into();
    }
    said
}

#[track_caller]
fn ask(client: &mut Client, line: &str, answers: &[Value]) {
    client.say(line);
    for answer in answers {
        assert_eq!(&said(client), answer, "after {line}");
    }
}

fn log_in(server: &Server, name: &str) -> Client {
    let mut client = Client::connect(server.web());
    client.say(&format!(r#"{{"type":"login","id":1,"name":"{name}"}}"#));
    client.expect_line(HELLO);
    assert_eq!(said(&mut client)["name"], name);
    client
}

fn server() -> Server {
    Server::with_web(Config::embedded())
}

#[test]
fn whoever_logs_in_learns_what_there_is() {
    let server = server();
    let mut bob = server.user("bob");
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    let mut alice = Client::connect(server.web());
    alice.say(r#"{"type":"login","id":9,"name":"alice"}"#);
    alice.expect_line(HELLO);
    let mut answer = said(&mut alice);
    let (epoch, token) = (answer["epoch"].take(), answer["token"].take());
    assert_eq!(token.as_str().map(str::len), Some(26));
    assert!(epoch.as_str().is_some_and(|epoch| !epoch.is_empty()));
    let limits = json!({ "text": 8192, "lines": 100, "recipients": 64, "file": 104_857_600 });
    let expected = json!({
        "type": "ok", "id": 9, "name": "alice", "epoch": null, "limits": limits,
        "features": ["files", "history", "resume", "search"], "token": null,
        "users": ["alice", "bob"], "rooms": [], "people": [],
    });
    assert_eq!(answer, expected);
}

#[test]
fn what_is_decided_about_a_room_is_answered_and_happens() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), log_in(&server, "bob"));
    let mut carol = server.user("carol");
    carol.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    let created = json!({
        "type": "created", "room": "tea", "seq": 1, "time": "now", "by": "alice", "members": ["alice", "bob"],
    });
    let answer = json!({
        "type": "ok", "id": 2, "room": "tea", "seq": 1, "members": ["alice", "bob"], "invited": ["carol"],
    });
    let create = r#"{"type":"create_room","id":2,"room":"tea","with":["bob","carol"]}"#;
    ask(&mut alice, create, &[answer, created.clone()]);
    assert_eq!(said(&mut bob), created);
    carol.expect(&["server: alice invites you to tea"]);
    let nobody = json!({ "type": "error", "id": 3, "code": "not-the-owner", "detail": "tea" });
    ask(&mut bob, r#"{"type":"topic","id":3,"room":"tea","text":"mine"}"#, &[nobody]);
    let answer = json!({ "type": "ok", "id": 4, "room": "tea", "seq": 2, "time": "now" });
    let event = json!({ "type": "topic", "room": "tea", "seq": 2, "time": "now", "by": "alice", "topic": "five" });
    ask(&mut alice, r#"{"type":"topic","id":4,"room":"TEA","text":"five"}"#, &[answer, event.clone()]);
    assert_eq!(said(&mut bob), event);
    let answer = json!({ "type": "ok", "id": 5, "room": "tea", "topic": "five" });
    ask(&mut bob, r#"{"type":"topic","id":5,"room":"tea"}"#, &[answer]);
    let lines = json!({ "type": "error", "id": 6, "code": "bad-text", "detail": "control character U+000A" });
    ask(&mut alice, r#"{"type":"topic","id":6,"room":"tea","text":"a\nb"}"#, &[lines]);
    let answer = json!({
        "type": "ok", "id": 7, "room": "tea", "invited": ["carol"],
        "failed": [{ "with": "bob", "code": "already-a-member", "detail": "bob is in tea" }],
    });
    ask(&mut bob, r#"{"type":"invite","id":7,"room":"tea","users":["carol","bob"]}"#, &[answer]);
    carol.expect(&["server: bob invites you to tea"]);
    let answer = json!({ "type": "ok", "id": 8, "room": "tea", "seq": 3, "time": "now" });
    let event = json!({
        "type": "kicked", "room": "tea", "seq": 3, "time": "now", "by": "alice", "user": "bob", "reason": "loud",
    });
    let kick = r#"{"type":"kick","id":8,"room":"tea","user":"bob","text":"loud"}"#;
    ask(&mut alice, kick, &[answer, event.clone()]);
    assert_eq!(said(&mut bob), event);
    let answer = json!({
        "type": "ok", "id": 9, "room": "tea", "seq": 3, "first": 1, "owner": "alice", "private": false, "size": 1,
    });
    ask(&mut bob, r#"{"type":"show_room","id":9,"room":"tea"}"#, &[answer]);
    let answer = json!({ "type": "ok", "id": 10 });
    ask(&mut bob, r#"{"type":"set_invitations","id":10,"ask":true}"#, &[answer]);
    carol.ask("create room den", &["den/server: carol created the room"]);
    carol.ask("invite den bob", &["server: invited bob to den"]);
    assert_eq!(said(&mut bob), json!({ "type": "invitation", "room": "den", "by": "carol" }));
}

#[test]
fn the_answer_comes_before_the_events_that_its_request_causes() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), server.user("bob"));
    let answer = json!({ "type": "ok", "id": 2, "room": "lobby", "seq": 1, "members": ["alice", "bob"] });
    let event = json!({
        "type": "created", "room": "lobby", "seq": 1, "time": "now", "by": "alice", "members": ["alice", "bob"],
    });
    ask(&mut alice, r#"{"type":"create_room","id":2,"room":"lobby","with":["bob"]}"#, &[answer, event]);
    let answer = json!({ "type": "ok", "id": 3, "room": "lobby", "seq": 2, "time": "now" });
    let event = json!({ "type": "message", "room": "lobby", "seq": 2, "time": "now", "from": "alice", "text": "hi" });
    ask(&mut alice, r#"{"type":"send_room","id":3,"room":"LOBBY","text":"hi"}"#, &[answer, event]);
    bob.expect(&["lobby/server: alice created the room with bob", "lobby/alice: hi"]);
    let answer = json!({ "type": "ok", "id": 4, "name": "al" });
    let event = json!({ "type": "renamed", "room": "lobby", "seq": 3, "time": "now", "from": "alice", "to": "al" });
    ask(&mut alice, r#"{"type":"rename","id":4,"name":"al"}"#, &[answer, event]);
    let answer = json!({ "type": "ok", "id": 5, "room": "lobby" });
    let event = json!({ "type": "left", "room": "lobby", "seq": 4, "time": "now", "user": "al", "why": "left" });
    ask(&mut alice, r#"{"type":"leave_room","id":5,"room":"lobby"}"#, &[answer, event]);
    let answer = json!({ "type": "ok", "id": 6, "room": "lobby", "seq": 6, "first": 1, "members": ["al", "bob"] });
    let event = json!({ "type": "joined", "room": "lobby", "seq": 6, "time": "now", "user": "al" });
    ask(&mut alice, r#"{"type":"join_room","id":6,"room":"lobby"}"#, &[answer, event]);
}

#[test]
fn lists_are_answers() {
    let server = server();
    let mut alice = log_in(&server, "alice");
    server.user("bob").ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    assert_eq!(said(&mut alice)["type"], "created");
    assert_eq!(said(&mut alice)["why"], "connection-closed");
    assert_eq!(said(&mut alice)["type"], "owner");
    for (request, answer) in [
        ("list_users", json!({ "type": "ok", "id": 2, "users": ["alice"] })),
        ("list_rooms", json!({ "type": "ok", "id": 2, "rooms": [{ "room": "lobby", "members": 1 }] })),
        ("ping", json!({ "type": "ok", "id": 2 })),
    ] {
        ask(&mut alice, &format!(r#"{{"type":"{request}","id":2}}"#), &[answer]);
    }
    let members = json!({ "type": "ok", "id": 3, "room": "lobby", "members": ["alice"] });
    ask(&mut alice, r#"{"type":"list_members","id":3,"room":"lobby"}"#, &[members]);
    alice.say(r#"{"type":"list_stats","id":4}"#);
    assert!(said(&mut alice)["stats"]["uptime_s"].is_u64());
    alice.say(r#"{"type":"help","id":5}"#);
    let first = json!({ "type": "list_users", "usage": "list users", "summary": "who is here" });
    assert_eq!(said(&mut alice)["commands"][0], first);
}

#[test]
fn a_message_reaches_who_is_there_and_its_sender_learns_who_is_not() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), log_in(&server, "bob"));
    let failed = json!([{ "with": "dave", "code": "no-such-user", "detail": "dave" }]);
    let answer = json!({ "type": "ok", "id": 2, "time": "now", "sent": [{ "with": "bob" }], "failed": failed });
    ask(&mut alice, r#"{"type":"send_message","id":2,"to":["bob","dave"],"text":"hi"}"#, &[answer]);
    let event = json!({ "type": "message", "with": "alice", "time": "now", "from": "alice", "text": "hi" });
    assert_eq!(said(&mut bob), event);
    let refused = json!({ "type": "error", "id": 3, "code": "no-such-user", "detail": "dave", "failed": failed });
    ask(&mut alice, r#"{"type":"create_room","id":3,"room":"tea","with":["dave"]}"#, &[refused]);
}

#[test]
fn a_text_of_several_lines_is_several_lines_elsewhere() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), server.user("bob"));
    alice.say(r#"{"type":"send_message","to":["bob"],"text":"one\n\ntwo"}"#);
    bob.expect(&["alice: one", "alice: ", "alice: two"]);
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    alice.say(r#"{"type":"send_room","room":"lobby","text":"one\ntwo"}"#);
    bob.expect(&["lobby/alice: one", "lobby/alice: two"]);
    bob.say("history lobby 1");
    assert!(bob.line().ends_with(" lobby/alice: one"));
    assert!(bob.line().ends_with(" lobby/alice: two"));
    bob.expect_line("server: history of lobby (1): #2 to #2 of #1 to #2");
}

#[test]
fn a_page_of_history_says_whether_there_is_more() {
    let server = server();
    let mut alice = log_in(&server, "alice");
    alice.say(r#"{"type":"create_room","room":"lobby"}"#);
    assert_eq!(said(&mut alice)["seq"], 1);
    for seq in 2..=5 {
        alice.say(r#"{"type":"send_room","room":"lobby","text":"x"}"#);
        assert_eq!(said(&mut alice)["seq"], seq);
    }
    let mut page = |range: &str| {
        alice.say(&format!(r#"{{"type":"history","id":2,"room":"lobby"{range}}}"#));
        let page = said(&mut alice);
        let numbers = page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap());
        (numbers.collect::<Vec<_>>(), page["more"].as_bool().unwrap())
    };
    assert_eq!(page(""), (vec![1, 2, 3, 4, 5], false));
    assert_eq!(page(r#","limit":2"#), (vec![4, 5], true));
    assert_eq!(page(r#","before":3"#), (vec![1, 2], false));
    assert_eq!(page(r#","after":2,"limit":2"#), (vec![3, 4], true));
    assert_eq!(page(r#","after":3"#), (vec![4, 5], false));
    assert_eq!(page(r#","around":3,"limit":2"#), (vec![3, 4], true));
}

#[test]
fn a_refused_login_is_answered_and_three_of_them_end_the_connection() {
    let server = server();
    let _alice = server.user("alice");
    let mut guest = Client::connect(server.web());
    guest.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    guest.expect_line(HELLO);
    guest.expect_line(r#"{"type":"error","id":1,"code":"name-taken","detail":"alice"}"#);
    guest.say(r#"{"type":"ping","id":2}"#);
    guest.expect_line(r#"{"type":"error","id":2,"code":"bad-command","detail":"usage: login NAME"}"#);
    guest.say(r#"{"type":"login","id":3,"name":"a b"}"#);
    guest.expect_line(r#"{"type":"error","id":3,"code":"bad-name","detail":"'a b': 1 to 32 letters, digits, _ or -"}"#);
    guest.expect_line(r#"{"type":"error","code":"login-failed","detail":"three names refused"}"#);
    guest.expect_end();
}

#[test]
fn where_no_guests_are_everybody_is_told_to_bring_a_password() {
    let limits = Limits { guests: false, ..Limits::default() };
    let server = Server::with_web(Config { limits, ..Config::embedded() });
    let mut alice = Client::connect(server.web());
    alice.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    alice.expect_line(&HELLO.replace("optional", "required"));
    assert_eq!(said(&mut alice)["code"], "not-registered");
}

#[test]
fn what_hinders_a_request_without_an_id_is_told_and_what_does_not_is_not() {
    let server = server();
    let mut alice = log_in(&server, "alice");
    alice.say(r#"{"type":"list_users"}"#);
    alice.say(r#"{"type":"join_room","room":"tea"}"#);
    alice.expect_line(r#"{"type":"error","code":"no-such-room","detail":"tea"}"#);
}

#[test]
fn bad_input_is_answered_and_nobody_else_notices() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), server.user("bob"));
    let deep = format!("{{\"x\":{}", "[".repeat(10_000));
    for line in ["{", "[]", "\"x\"", "{\"type\":\"ping\",\"id\":1,\"id\":2}", "{\"type\":\"\\ud800\"}", &deep] {
        alice.say(line);
        assert_eq!(said(&mut alice)["code"], "bad-json", "{line}");
    }
    alice.send(b"{\"type\":\"\xff\"}\n");
    assert_eq!(said(&mut alice)["code"], "bad-json");
    alice.say(&format!(r#"{{"type":"ping","id":{}}}"#, "9".repeat(60_000)));
    assert_eq!(said(&mut alice)["code"], "bad-json");
    alice.say(&"x".repeat(70_000));
    alice.expect_line(r#"{"type":"error","code":"line-too-long","detail":"more than 65536 bytes"}"#);
    ask(&mut alice, r#"{"type":"ping","id":5,"token":"x"}"#, &[json!({ "type": "ok", "id": 5, "token": "x" })]);
    bob.expect_nothing();
}

#[test]
fn what_is_sent_again_with_the_same_nonce_is_said_once() {
    let server = server();
    let (mut alice, mut bob) = (log_in(&server, "alice"), server.user("bob"));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    assert_eq!(said(&mut alice)["type"], "created");
    for id in [2, 3] {
        alice.say(&format!(r#"{{"type":"send_room","id":{id},"room":"lobby","text":"once","nonce":"n"}}"#));
        let answer = json!({ "type": "ok", "id": id, "room": "lobby", "seq": 2, "time": "now" });
        assert_eq!(said(&mut alice), answer);
        if id == 2 {
            assert_eq!(said(&mut alice)["text"], "once");
        }
    }
    bob.expect_line("lobby/alice: once");
    bob.expect_nothing();
}

#[test]
fn quit_is_answered_and_the_stream_ends() {
    let server = server();
    let mut alice = log_in(&server, "alice");
    ask(&mut alice, r#"{"type":"quit","id":2}"#, &[json!({ "type": "ok", "id": 2 })]);
    alice.expect_end();
}

#[test]
fn everybody_is_told_that_the_server_stops() {
    let mut server = server();
    let mut alice = log_in(&server, "alice");
    server.begin_to_stop();
    alice.expect_line(r#"{"type":"shutdown"}"#);
    alice.expect_end();
}

#[test]
fn a_full_server_says_so() {
    let server = Server::with_web(Config { max_connections: Some(1), ..Config::embedded() });
    let _only = log_in(&server, "alice");
    let mut guest = Client::connect(server.web());
    guest.say("{}");
    guest.expect_line(r#"{"type":"error","code":"server-full","detail":"1 connections"}"#);
    guest.expect_end();
}

#[test]
fn limits_are_those_of_the_other_doors() {
    let limits = Limits { max_recipients: 1, ..Limits::default() };
    let server = Server::with_web(Config { limits, ..Config::embedded() });
    let mut alice = log_in(&server, "alice");
    alice.say(r#"{"type":"send_message","id":2,"to":["a","b"],"text":"x"}"#);
    alice.expect_line(r#"{"type":"error","id":2,"code":"too-many","detail":"more than 1 recipients"}"#);
    alice.say(&format!(r#"{{"type":"send_room","id":3,"room":"a","text":"{}"}}"#, "x".repeat(8193)));
    alice.expect_line(r#"{"type":"error","id":3,"code":"line-too-long","detail":"more than 8192 bytes"}"#);
}

#[test]
fn a_login_carries_the_password_of_an_account() {
    let server = server();
    let mut alice = log_in(&server, "alice");
    let refused =
        |id: u32, code: &str, detail: &str| json!({ "type": "error", "id": id, "code": code, "detail": detail });
    ask(
        &mut alice,
        r#"{"type":"register","id":2,"password":"hunter22"}"#,
        &[json!({ "type": "ok", "id": 2, "name": "alice" })],
    );
    let again = r#"{"type":"register","id":3,"password":"hunter22"}"#;
    ask(&mut alice, again, &[refused(3, "already-registered", "alice")]);
    let change = r#"{"type":"set_password","id":4,"password":"hunter22","new":"hunter33"}"#;
    ask(&mut alice, change, &[json!({ "type": "ok", "id": 4 })]);

    let mut other = Client::connect(server.web());
    other.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    other.expect_line(HELLO);
    assert_eq!(said(&mut other), refused(1, "wrong-password", "alice"));
    let wrong = r#"{"type":"login","id":2,"name":"alice","password":"hunter22"}"#;
    ask(&mut other, wrong, &[refused(2, "wrong-password", "alice")]);
    other.say(r#"{"type":"login","id":3,"name":"alice","password":"hunter33"}"#);
    let answer = said(&mut other);
    assert_eq!(
        (&answer["type"], &answer["id"], &answer["name"]),
        (&json!("ok"), &json!(3), &json!("alice")),
        "{answer}"
    );
    let unregister = r#"{"type":"unregister","id":4,"password":"hunter33"}"#;
    ask(&mut other, unregister, &[json!({ "type": "ok", "id": 4, "name": "alice" })]);
}
