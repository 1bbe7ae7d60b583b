//! Rows of the tables of requests and events, answered by a server: what one asks, and what the others hear of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener};
use std::thread;

use chatctl::server::Config;
use serde_json::{Value, json};

use crate::serve::control::Keeper;
use crate::support::fake::old_client::OldClient;
use crate::support::socket::Socket;
use crate::support::{Process, Server};

/// The next message; its time, which is never the same, is a word.
#[track_caller]
fn said(socket: &mut Socket) -> Value {
    let mut said = socket.said();
    if let Some(time) = said.get_mut("time") {
        assert!(time.as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z')), "{time}");
        *time = "now".into();
    }
    said
}

/// The answer to a request, and the events behind it.
#[track_caller]
fn ask(socket: &mut Socket, request: &Value, told: &[Value]) {
    socket.say(&request.to_string());
    for one in told {
        assert_eq!(&said(socket), one, "after {request}");
    }
}

#[test]
fn what_an_owner_decides_is_answered_with_its_number_and_all_are_told() {
    let server = Server::with_web(Config::embedded());
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Socket::log_in(server.web(), name));
    let create = json!({ "type": "create_room", "id": 2, "room": "tea", "with": ["bob"] });
    ask(&mut alice, &create, &[]);
    for socket in [&mut alice, &mut bob] {
        while said(socket)["type"] != "created" {}
    }
    for (number, (request, event)) in [
        (json!({ "type": "ban", "user": "eve" }), json!({ "type": "banned", "by": "alice", "user": "eve" })),
        (json!({ "type": "unban", "user": "eve" }), json!({ "type": "unbanned", "by": "alice", "user": "eve" })),
        (json!({ "type": "set_room", "private": true }), json!({ "type": "private", "by": "alice" })),
        (json!({ "type": "set_room", "private": false }), json!({ "type": "open", "by": "alice" })),
        (json!({ "type": "give_room", "user": "bob" }), json!({ "type": "owner", "by": "alice", "user": "bob" })),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut request, mut event, seq) = (request, event, number + 2);
        request["id"] = (number + 3).into();
        request["room"] = "TEA".into();
        event["room"] = "tea".into();
        event["seq"] = seq.into();
        event["time"] = "now".into();
        let answer = json!({ "type": "ok", "id": request["id"], "room": "tea", "seq": seq, "time": "now" });
        ask(&mut alice, &request, &[answer, event.clone()]);
        assert_eq!(said(&mut bob), event);
    }
    let refused = json!({ "type": "error", "id": 9, "code": "not-the-owner", "detail": "tea" });
    ask(&mut alice, &json!({ "type": "set_room", "id": 9, "room": "tea", "private": true }), &[refused]);
    // Who inherits a room has it from nobody.
    ask(&mut bob, &json!({ "type": "leave_room", "id": 10, "room": "tea" }), &[]);
    assert_eq!(said(&mut alice)["type"], "left");
    let inherited = json!({ "type": "owner", "room": "tea", "seq": 8, "time": "now", "user": "alice" });
    assert_eq!(said(&mut alice), inherited);
}

#[test]
fn what_two_wrote_to_each_other_is_a_page_too() {
    let server = Server::with_web(Config::embedded());
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Socket::log_in(server.web(), name));
    ask(&mut bob, &json!({ "type": "register", "id": 2, "password": "hunter22" }), &[]);
    assert_eq!(said(&mut bob)["name"], "bob");
    for number in 1..=5 {
        let from = if number % 2 == 1 { &mut alice } else { &mut bob };
        let to = if number % 2 == 1 { "bob" } else { "alice" };
        ask(from, &json!({ "type": "send_message", "id": 3, "to": [to], "text": format!("{number}") }), &[]);
        assert_eq!(said(from)["sent"], json!([{ "with": to, "seq": number }]));
        let hearer = if number % 2 == 1 { &mut bob } else { &mut alice };
        assert_eq!(said(hearer)["seq"], number);
    }
    let page = |bob: &mut Socket, range: Value| {
        let mut request = json!({ "type": "history", "id": 4, "with": "alice" });
        request.as_object_mut().unwrap().extend(range.as_object().unwrap().clone());
        ask(bob, &request, &[]);
        said(bob)
    };
    let whole = page(&mut bob, json!({}));
    let heads: Vec<Value> = ["type", "id", "with", "more", "first", "seq"].map(|key| whole[key].clone()).to_vec();
    assert_eq!(heads, [json!("ok"), json!(4), json!("alice"), json!(false), json!(1), json!(5)]);
    let events = whole["events"].as_array().unwrap();
    let told: Vec<_> =
        events.iter().map(|event| (&event["with"], &event["seq"], &event["from"], &event["text"])).collect();
    assert_eq!(told[0], (&json!("alice"), &json!(1), &json!("alice"), &json!("1")));
    assert_eq!(told[1], (&json!("alice"), &json!(2), &json!("bob"), &json!("2")));
    assert_eq!(events.len(), 5);
    for (range, seqs, more) in [
        (json!({ "limit": 2 }), vec![4, 5], true),
        (json!({ "before": 3 }), vec![1, 2], false),
        (json!({ "after": 2, "limit": 2 }), vec![3, 4], true),
    ] {
        let page = page(&mut bob, range.clone());
        let found: Vec<u64> =
            page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        assert_eq!((found, &page["more"]), (seqs, &json!(more)), "{range}");
    }
    // A guest has nothing to be kept for.
    ask(
        &mut alice,
        &json!({ "type": "history", "id": 5, "with": "bob" }),
        &[json!({ "type": "error", "id": 5, "code": "not-registered", "detail": "alice" })],
    );
}

#[test]
fn a_message_to_people_is_said_once_with_its_nonce_however_often_it_is_sent() {
    let server = Server::with_web(Config::embedded());
    let mut alice = Socket::log_in(server.web(), "alice");
    let mut bob = server.user("bob");
    let send = |id: u32, text: &str| json!({ "type": "send_message", "id": id, "to": ["bob", "nobody"], "text": text, "nonce": "n1" });
    let failed = json!([{ "with": "nobody", "code": "no-such-user", "detail": "nobody" }]);
    for id in [2, 3] {
        let answer = json!({ "type": "ok", "id": id, "time": "now", "sent": [{ "with": "bob" }], "failed": failed });
        ask(&mut alice, &send(id, "once"), &[answer]);
    }
    bob.expect_line("alice: once");
    bob.expect_nothing();
    // Of somebody else it is another one.
    let mut carol = Socket::log_in(server.web(), "carol");
    ask(&mut carol, &send(2, "twice"), &[]);
    assert_eq!(said(&mut carol)["sent"], json!([{ "with": "bob" }]));
    bob.expect_line("carol: twice");
}

#[test]
fn a_text_of_several_lines_is_several_lines_at_the_door_of_old_clients() {
    let server = Server::with_legacy_and_web(Config::embedded());
    let mut alice = Socket::log_in(server.web(), "alice");
    let mut old = OldClient::connect(server.legacy());
    old.types("bob");
    old.shows("server: let's start chatting!");
    alice.say(r#"{"type":"send_message","to":["bob"],"text":"one\ntwo"}"#);
    old.shows("alice: one\nalice: two");
}

#[test]
fn each_way_to_go_has_its_word() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--web", "127.0.0.1:0", "--data", dir.path().to_str().unwrap()]);
    let web = server.lines(1)[0].split(' ').nth(3).unwrap().parse().unwrap();
    let mut keeper = Keeper::log_in(dir.path(), "root");
    let mut alice = Socket::log_in(web, "alice");
    ask(&mut alice, &json!({ "type": "create_room", "id": 2, "room": "tea" }), &[]);
    while said(&mut alice)["type"] != "created" {}
    let mut bobs = ["quits", "removed", "lost", "banned"].map(|name| {
        let mut bob = Socket::log_in(web, name);
        ask(&mut bob, &json!({ "type": "join_room", "id": 2, "room": "tea" }), &[]);
        while said(&mut bob)["type"] != "joined" {}
        assert_eq!(said(&mut alice)["user"], name);
        bob
    });
    let mut seq = 5;
    let mut left = |alice: &mut Socket, user: &str, why: &str| {
        seq += 1;
        let event = json!({ "type": "left", "room": "tea", "seq": seq, "time": "now", "user": user, "why": why });
        let mut told = said(alice);
        // What others hear of the next one comes before it.
        while told["type"] != "left" {
            told = said(alice);
        }
        assert_eq!(told, event);
    };
    bobs[0].say(r#"{"type":"quit","id":3}"#);
    left(&mut alice, "quits", "quit");
    keeper.ask("kick server removed", &["server: removed removed from this server"]);
    left(&mut alice, "removed", "removed");
    let why = "an operator of the server has closed your connection";
    let mut last = said(&mut bobs[1]);
    while last["type"] != "error" {
        last = said(&mut bobs[1]);
    }
    assert_eq!(last, json!({ "type": "error", "code": "removed", "detail": why }));
    bobs[1].expect_close(1008);
    let [_, _, lost, mut banned] = bobs;
    drop(lost);
    left(&mut alice, "lost", "connection-closed");
    keeper.ask("ban server banned", &["server: banned banned from this server"]);
    left(&mut alice, "banned", "removed");
    let mut last = said(&mut banned);
    while last["type"] != "error" {
        last = said(&mut banned);
    }
    assert_eq!(last["code"], "banned");
    banned.expect_close(1008);
    let mut admin = assert_cmd::cargo::cargo_bin_cmd!("chatctl");
    admin.args(["admin", "--data", dir.path().to_str().unwrap(), "close-room", "tea"]).assert().success();
    assert_eq!(said(&mut alice), json!({ "type": "closed", "room": "tea", "by": "operator" }));
}

#[test]
fn what_is_told_to_all_is_an_event() {
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--web", "127.0.0.1:0", "--drain", "1h", "--data", dir.path().to_str().unwrap()];
    let server = Process::serve(&flags);
    let web = server.lines(1)[0].split(' ').nth(3).unwrap().parse().unwrap();
    let mut keeper = Keeper::log_in(dir.path(), "root");
    let mut alice = Socket::log_in(web, "alice");
    keeper.ask("announce tea at five", &["server: root announces: tea at five"]);
    assert_eq!(said(&mut alice), json!({ "type": "announcement", "by": "root", "text": "tea at five" }));
    ask(&mut alice, &json!({ "type": "register", "id": 2, "password": "hunter22" }), &[]);
    assert_eq!(said(&mut alice)["name"], "alice");
    keeper.ask("appoint alice", &["server: alice is an operator of this server"]);
    assert_eq!(said(&mut alice), json!({ "type": "operator", "on": true }));
    // Each request of operators, as far as the others do not hold it.
    let done = |id: u32, more: Value| {
        let mut answer = json!({ "type": "ok", "id": id });
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answer
    };
    for (request, answer) in [
        (json!({ "type": "appoint", "id": 4, "user": "bob" }), json!({ "name": "bob" })),
        (
            json!({ "type": "list_accounts", "id": 5 }),
            json!({ "accounts": ["alice", "bob"], "operators": ["alice", "bob"] }),
        ),
        (json!({ "type": "dismiss", "id": 6, "user": "bob" }), json!({ "name": "bob" })),
        (json!({ "type": "ban_server", "id": 7, "user": "eve" }), json!({ "name": "eve" })),
        (json!({ "type": "list_bans", "id": 8 }), json!({ "bans": ["eve"] })),
        (json!({ "type": "unban_server", "id": 9, "user": "eve" }), json!({ "name": "eve" })),
        (json!({ "type": "drop_account", "id": 10, "user": "bob" }), json!({ "name": "bob" })),
    ] {
        if request["type"] == "appoint" {
            for (id, asked) in [(20, "create_account"), (21, "reset_password")] {
                ask(&mut alice, &json!({ "type": asked, "id": id, "user": "bob" }), &[]);
                let answer = said(&mut alice);
                assert_eq!((&answer["id"], &answer["name"]), (&json!(id), &json!("bob")));
                assert_eq!(answer["password"].as_str().map(str::len), Some(14), "{answer}");
            }
        }
        ask(&mut alice, &request, &[done(request["id"].as_u64().unwrap() as u32, answer)]);
    }
    let eve = json!({ "with": "eve", "code": "no-such-user", "detail": "eve" });
    let no_one = json!({ "type": "error", "id": 11, "code": "no-such-user", "detail": "eve", "failed": [eve] });
    ask(&mut alice, &json!({ "type": "kick_server", "id": 11, "user": "eve" }), &[no_one]);
    ask(&mut alice, &json!({ "type": "announce", "id": 12, "text": "more tea" }), &[done(12, json!({}))]);
    assert_eq!(said(&mut alice), json!({ "type": "announcement", "by": "alice", "text": "more tea" }));
    keeper.expect(&["server: alice announces: more tea"]);
    keeper.ask("dismiss alice", &["server: alice is no operator of this server any more"]);
    assert_eq!(said(&mut alice), json!({ "type": "operator", "on": false }));
    let unknown =
        json!({ "type": "error", "id": 13, "code": "unknown-command", "detail": "'list accounts'; try 'help'" });
    ask(&mut alice, &json!({ "type": "list_accounts", "id": 13 }), &[unknown]);
    server.signal("TERM");
    assert_eq!(said(&mut alice), json!({ "type": "stops_in", "seconds": 3600 }));
}

#[test]
fn of_more_than_a_thousand_missed_events_there_is_a_gap() {
    let server = Server::with_web(Config::embedded());
    let mut bob = server.user("bob");
    let mut old = Socket::connect(server.web());
    assert_eq!(old.said()["type"], "hello");
    old.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    let welcome = old.said();
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    for number in 0..1100 {
        bob.say(&format!("send lobby {number}"));
    }
    bob.lines_until("lobby/bob: 1099");
    let mut new = Socket::connect(server.web());
    assert_eq!(new.said()["type"], "hello");
    let have = json!({ "rooms": { "lobby": 1 } });
    let login = json!({ "type": "login", "id": 2, "token": welcome["token"], "epoch": welcome["epoch"], "have": have });
    new.say(&login.to_string());
    assert_eq!(new.said()["rooms"][0]["seq"], 1101);
    assert_eq!(new.said(), json!({ "type": "gap", "room": "lobby", "from": 2, "to": 101 }));
    for seq in 102..=1101 {
        assert_eq!(new.said()["seq"], seq);
    }
    new.say(r#"{"type":"ping","id":3}"#);
    assert_eq!(new.said(), json!({ "type": "ok", "id": 3 }));
}

#[test]
fn a_file_may_be_for_people() {
    let server = Server::with_web(Config::embedded());
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Socket::log_in(server.web(), name));
    ask(&mut alice, &json!({ "type": "send_file", "id": 2, "to": ["bob"], "name": "a.txt", "size": 5 }), &[]);
    let answer = said(&mut alice);
    assert_eq!((&answer["id"], &answer["name"]), (&json!(2), &json!("a.txt")));
    let put = crate::files::put(server.addr, answer["token"].as_str().unwrap(), b"hello");
    assert!(put.starts_with("server: stored "), "{put}");
    let (given, sent) = (said(&mut bob), said(&mut alice));
    assert_eq!((&given["type"], &given["with"], &given["from"]), (&json!("file"), &json!("alice"), &json!("alice")));
    assert_eq!((&sent["type"], &sent["with"], &sent["from"]), (&json!("file"), &json!("bob"), &json!("alice")));
    assert_eq!((&given["file"]["name"], &given["file"]["size"]), (&json!("a.txt"), &json!(5)));
    assert_eq!(given["file"], sent["file"]);
}

/// A server of a later version: its messages have fields that this client does not know, and are of kinds that it does not
/// know.
fn later_server(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let login: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let said = [
        json!({ "type": "hello", "version": 1, "server": "later", "password": "optional", "mood": { "is": "good" } }),
        json!({ "type": "ok", "id": login["id"], "name": "alice", "epoch": "e", "stars": [1, 2] }),
        json!({ "type": "mood", "of": "bob", "is": "good" }),
        json!({ "type": "message", "with": "bob", "time": "2026-11-25T22:13:47.123Z", "from": "bob", "text": "hi", "mood": 1 }),
    ];
    for message in said {
        writeln!(stream, "{message}").unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    // Whatever else it is asked.
    lines.map_while(Result::ok).for_each(drop);
}

#[test]
fn what_a_later_version_would_say_is_passed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || later_server(&listener));
    let mut chat = assert_cmd::cargo::cargo_bin_cmd!("chatctl");
    chat.args(["interactive", "--plain", "--dialect", "json", &address]);
    let output = chat.write_stdin("alice\n").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "server: set your name please:\nserver: let's start chatting!\nbob: hi\n");
    server.join().unwrap();
}
