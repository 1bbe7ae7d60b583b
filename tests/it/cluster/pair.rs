//! Two users of two servers who say numbers, and hear all of them once and in one order.

use super::redis::Redis;
use crate::support::{Client, Process};

/// Two users of two servers in one room.
pub(super) fn two(redis: &Redis) -> ([Process; 2], [Client; 2]) {
    two_at([&redis.url(), &redis.url()], &[])
}

/// The same, of servers that reach their engine at these URLs, with these flags more.
pub(super) fn two_at(urls: [&str; 2], flags: &[&str]) -> ([Process; 2], [Client; 2]) {
    let common = ["--web", "none", "--message-rate", "0", "--cluster"];
    let nodes = urls.map(|url| Process::serve(&[&common[..], &[url], flags].concat()));
    let (mut alice, mut bob) = (nodes[0].user("alice"), nodes[1].user("bob"));
    alice.ask("create room den", &["den/server: alice created the room"]);
    bob.ask("join room den", &["den/server: bob joined"]);
    alice.expect(&["den/server: bob joined"]);
    (nodes, [alice, bob])
}

/// Both have said so many lines, and hear all of them, once and in one order.
#[track_caller]
pub(super) fn hear_all(users: &mut [Client; 2], lines: usize) {
    hear_rest(users, Vec::new(), lines);
}

/// The same, where the first has heard these already.
#[track_caller]
pub(super) fn hear_rest(users: &mut [Client; 2], before: Vec<String>, lines: usize) {
    let [alice, bob] = users;
    let mut one = before;
    one.extend((one.len()..2 * lines).map(|_| alice.line()));
    let other: Vec<_> = (0..2 * lines).map(|_| bob.line()).collect();
    assert_eq!(one, other);
    for name in ["alice", "bob"] {
        let begins = format!("den/{name}: ");
        let said: Vec<_> = one.iter().filter(|line| line.starts_with(&begins)).cloned().collect();
        assert_eq!(said, (0..lines).map(|i| format!("{begins}{i}")).collect::<Vec<_>>());
    }
    users.iter_mut().for_each(Client::expect_nothing);
}

/// Both say these numbers.
pub(super) fn say_all(users: &mut [Client; 2], lines: std::ops::Range<usize>) {
    for i in lines {
        users.iter_mut().for_each(|user| user.say(&format!("send den {i}")));
    }
}
