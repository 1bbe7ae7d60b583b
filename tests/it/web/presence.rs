//! Who hears that an account has come or gone, which no line of a room tells.

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
