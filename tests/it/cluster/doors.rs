//! Users at different doors of different servers.

use super::redis::Redis;
use super::{door, node};
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
