//! Who hears that an account has come or gone, which no line of a room tells; and what an account has missed and read.

use chatctl::server::Config;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::{PROMPT, Server};

fn enter(socket: &mut Socket, room: &str) {
    socket.say(&json!({ "type": "join_room", "id": 2, "room": room }).to_string());
    assert_eq!(socket.said()["id"], 2);
    assert_eq!(socket.said()["type"], "joined");
}

fn expect_nothing_before_the_answer(socket: &mut Socket) {
    socket.say(r#"{"type":"ping","id":9}"#);
    assert_eq!(socket.said(), json!({ "type": "ok", "id": 9 }));
}

#[test]
fn who_shares_a_room_with_an_account_hears_that_it_goes_and_comes_and_nobody_else_does() {
    let server = Server::with_web(Config::embedded());
    let mut bob = server.user("bob");
    bob.ask("register hunter22", &["server: bob is registered"]);
    bob.ask("create room lobby", &["lobby/server: bob created the room"]);
    let [mut alice, mut carol] = ["alice", "carol"].map(|name| Socket::log_in(server.web(), name));
    enter(&mut alice, "lobby");
    bob.ask("create room tea", &["lobby/server: alice joined", "tea/server: bob created the room"]);
    enter(&mut alice, "tea");
    let mut dave = server.user("dave");
    dave.ask("join room lobby", &["lobby/server: dave joined"]);
    assert_eq!(alice.said()["type"], "joined");
    drop(bob);
    assert_eq!(alice.said(), json!({ "type": "presence", "gone": ["bob"] }), "once, not once a room");
    let mut bob = server.connect();
    bob.say("bob");
    bob.expect(&[PROMPT, "server: password please:"]);
    bob.say("hunter22");
    assert_eq!(alice.said(), json!({ "type": "presence", "here": ["bob"] }));
    expect_nothing_before_the_answer(&mut carol);
    expect_nothing_before_the_answer(&mut alice);
    dave.ask("ping", &["server: pong"]);
}

#[test]
fn what_was_written_to_an_account_since_a_number_follows_its_login() {
    let server = Server::with_web(Config::embedded());
    let mut bob = Socket::log_in(server.web(), "bob");
    bob.say(r#"{"type":"register","id":2,"password":"hunter22"}"#);
    assert_eq!(bob.said()["name"], "bob");
    let mut alice = Socket::log_in(server.web(), "alice");
    let mut send = |text: &str| {
        alice.say(&json!({ "type": "send_message", "id": 3, "to": ["bob"], "text": text }).to_string());
        alice.said()["sent"][0]["seq"].clone()
    };
    (1..=2).for_each(|number| assert_eq!(send("heard"), number));
    (1..=2).for_each(|number| assert_eq!(bob.said()["seq"], number));
    drop(bob);
    (3..=4).for_each(|number| assert_eq!(send("missed"), number));
    let come_back = |have: Value, epoch: &Value| {
        let mut bob = Socket::connect(server.web());
        let login =
            json!({ "type": "login", "id": 1, "name": "bob", "password": "hunter22", "have": have, "epoch": epoch });
        bob.say(&login.to_string());
        assert_eq!(bob.said()["type"], "hello");
        let answer = bob.said();
        assert_eq!(answer["people"][0]["seq"], 4);
        (bob, answer["epoch"].clone())
    };
    let (mut bob, epoch) = come_back(json!({ "people": { "alice": 2, "nobody": 7, "no user": 1 } }), &Value::Null);
    for number in 3..=4 {
        let said = bob.said();
        assert_eq!((&said["with"], &said["seq"], &said["text"]), (&json!("alice"), &json!(number), &json!("missed")));
    }
    expect_nothing_before_the_answer(&mut bob);
    let (mut again, _) = come_back(json!({ "people": { "alice": 4 } }), &epoch);
    expect_nothing_before_the_answer(&mut again);
    let (mut other_epoch, _) = come_back(json!({ "people": { "alice": 2 } }), &json!("0"));
    expect_nothing_before_the_answer(&mut other_epoch);
}

#[test]
fn what_is_read_on_one_connection_is_read_on_the_others_and_at_the_next_login() {
    let server = Server::with_web(Config::embedded());
    let mut phone = Socket::log_in(server.web(), "alice");
    phone.say(r#"{"type":"register","id":2,"password":"hunter22"}"#);
    assert_eq!(phone.said()["name"], "alice");
    phone.say(r#"{"type":"create_room","id":3,"room":"lobby"}"#);
    assert_eq!((phone.said()["id"].clone(), phone.said()["seq"].clone()), (json!(3), json!(1)));
    let log_in = || {
        let mut socket = Socket::connect(server.web());
        socket.say(r#"{"type":"login","id":1,"name":"alice","password":"hunter22"}"#);
        assert_eq!(socket.said()["type"], "hello");
        let answer = socket.said();
        (socket, answer)
    };
    let (mut desk, answer) = log_in();
    assert!(answer["features"].as_array().unwrap().contains(&json!("read")));
    let mut bob = server.user("bob");
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    bob.ask("send lobby hi", &["lobby/bob: hi"]);
    bob.ask("send message alice psst", &[]);
    for socket in [&mut phone, &mut desk] {
        (0..3).for_each(|_| drop(socket.said()));
    }
    let ask = |socket: &mut Socket, request: &str| {
        socket.say(request);
        socket.said()
    };
    let ok = |id: u32| json!({ "type": "ok", "id": id });
    assert_eq!(ask(&mut desk, r#"{"type":"read","id":4,"room":"lobby","seq":3}"#), ok(4));
    assert_eq!(phone.said(), json!({ "type": "read", "room": "lobby", "seq": 3 }));
    assert_eq!(ask(&mut phone, r#"{"type":"read","id":5,"with":"bob","seq":1}"#), ok(5));
    assert_eq!(desk.said(), json!({ "type": "read", "with": "bob", "seq": 1 }));
    // A mark never goes back, and nobody hears of it twice.
    assert_eq!(ask(&mut phone, r#"{"type":"read","id":6,"room":"lobby","seq":2}"#), ok(6));
    assert_eq!(ask(&mut phone, r#"{"type":"read","id":7,"room":"lobby","seq":3}"#), ok(7));
    expect_nothing_before_the_answer(&mut desk);
    for (request, code) in [
        (r#"{"type":"read","id":8,"room":"lobby","seq":4}"#, "bad-number"),
        (r#"{"type":"read","id":8,"with":"bob","seq":2}"#, "bad-number"),
        (r#"{"type":"read","id":8,"room":"tea","seq":1}"#, "not-a-member"),
        (r#"{"type":"read","id":8,"with":"nobody","seq":1}"#, "no-such-user"),
    ] {
        let said = ask(&mut phone, request);
        assert_eq!((&said["id"], &said["code"]), (&json!(8), &json!(code)), "{request}");
    }
    let (_again, answer) = log_in();
    assert_eq!((&answer["rooms"][0]["read"], &answer["rooms"][0]["seq"]), (&json!(3), &json!(3)));
    assert_eq!(answer["people"], json!([{ "with": "bob", "seq": 1, "read": 1 }]));
    // A guest has nothing to keep it for.
    let mut guest = Socket::log_in(server.web(), "carol");
    enter(&mut guest, "lobby");
    assert_eq!(ask(&mut guest, r#"{"type":"read","id":9,"room":"lobby","seq":3}"#), ok(9));
}
