//! Users at different doors of different servers.

use serde_json::Value;

use super::redis::Redis;
use super::{door, node};
use crate::support::socket::Socket;
use crate::support::{Client, Process};

#[test]
fn a_room_is_the_same_at_the_doors_of_different_servers() {
    let Some(redis) = Redis::start() else { return };
    let text = node(&redis, &[]);
    let irc = Process::serve(&["--web", "none", "--irc", "127.0.0.1:0", "--cluster", &redis.url()]);
    let web = Process::serve(&["--web", "127.0.0.1:0", "--cluster", &redis.url()]);
    let mut alice = text.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);

    let mut bob = Client::connect(door(&irc.lines(1), "IRC"));
    bob.send(b"NICK bob\r\nUSER bob 0 * :Bob\r\nJOIN #lobby\r\n");
    alice.expect(&["lobby/server: bob joined"]);
    let mut carol = Client::connect(door(&web.lines(1), "browsers"));
    carol.say(r#"{"id":1,"type":"login","name":"carol"}"#);
    carol.say(r#"{"id":2,"type":"join_room","room":"lobby"}"#);
    alice.expect(&["lobby/server: carol joined"]);
    carol.say(r#"{"id":3,"type":"send_room","room":"lobby","text":"hi","nonce":"n1"}"#);
    alice.expect(&["lobby/carol: hi"]);
    // The same request again is not carried out again.
    carol.say(r#"{"id":4,"type":"send_room","room":"lobby","text":"hi","nonce":"n1"}"#);
    let mut answers = vec![carol.line()];
    while !answers.last().unwrap().contains("\"id\":4") {
        answers.push(carol.line());
    }
    bob.send(b"PRIVMSG #lobby :hey\r\n");
    alice.expect(&["lobby/bob: hey"]);
    let of = |id: &str| answers.iter().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id} in {answers:?}"));
    let number =
        |line: &str| line.split("\"seq\":").nth(1).and_then(|rest| rest.split([',', '}']).next().map(str::to_owned));
    assert!(of("\"id\":3").contains("\"seq\":"), "{answers:?}");
    assert_eq!(number(of("\"id\":3")), number(of("\"id\":4")));
    let heard = std::iter::from_fn(|| bob.next_line()).find(|line| line.contains(" PRIVMSG #lobby ")).unwrap();
    assert!(heard.starts_with(":carol") && heard.trim_end().ends_with("PRIVMSG #lobby :hi"), "{heard}");
    alice.ask("list members lobby", &["server: members of lobby (3): alice, bob, carol"]);
}

#[test]
fn accounts_are_the_same_on_all_servers_and_no_password_stands_in_the_log() {
    let Some(redis) = Redis::start() else { return };
    let (one, other) = (node(&redis, &[]), node(&redis, &[]));
    let mut alice = one.user("alice");
    alice.ask("register correct-horse", &["server: alice is registered"]);
    let mut again = Client::connect(other.addr);
    again.say("alice");
    again.expect(&["server: set your name please:", "server: password please:"]);
    again.ask("wrong-horse", &["error: wrong-password: alice", "server: set your name please:"]);
    again.say("alice");
    again.expect(&["server: password please:"]);
    again.ask("correct-horse", &["server: let's start chatting!"]);
    again.ask("list users", &["server: users (1): alice"]);
    let log = redis.everything();
    assert!(log.contains("Register") && !log.contains("horse"), "{log}");
}

/// The next message of this kind.
#[track_caller]
fn heard(user: &mut Socket, kind: &str) -> Value {
    std::iter::repeat_with(|| user.said()).find(|said| said["type"] == kind).unwrap()
}

#[test]
fn browsers_at_two_servers_hear_one_order_and_see_each_other_come_and_go() {
    let Some(redis) = Redis::start() else { return };
    let nodes =
        [(); 2].map(|()| Process::serve(&["--web", "127.0.0.1:0", "--message-rate", "0", "--cluster", &redis.url()]));
    let [one, other] = nodes.each_ref().map(|node| door(&node.lines(1), "browsers"));
    let mut alice = Socket::log_in(one, "alice");
    alice.say(r#"{"id":2,"type":"create_room","room":"den"}"#);
    assert_eq!(heard(&mut alice, "ok")["id"], 2);
    let mut bob = Socket::log_in(other, "bob");
    bob.say(r#"{"id":2,"type":"join_room","room":"den"}"#);
    assert_eq!(heard(&mut bob, "ok")["id"], 2);
    for i in 0..100 {
        for user in [&mut alice, &mut bob] {
            user.say(&format!(r#"{{"type":"send_room","room":"den","text":"{i}"}}"#));
        }
    }
    let lines = |user: &mut Socket| -> Vec<_> {
        let said = (0..200).map(|_| heard(user, "message"));
        said.map(|said| (said["seq"].clone(), said["from"].clone(), said["text"].clone())).collect()
    };
    let heard_by = [lines(&mut alice), lines(&mut bob)];
    assert_eq!(heard_by[0], heard_by[1]);
    drop(bob);
    let left = heard(&mut alice, "left");
    assert_eq!((&left["room"], &left["user"]), (&Value::from("den"), &Value::from("bob")));
}
