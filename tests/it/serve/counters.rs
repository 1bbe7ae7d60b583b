//! What the server counts about itself, and the ceiling that it keeps all its queues under.

use chatctl::server::{Config, QueueLimits};

use crate::support::{Client, Server};

/// Lines of an answer to `list stats`.
const STATS: usize = 9;

/// The counters, without those that tell the time.
fn stats(user: &mut Client) -> Vec<String> {
    user.say("list stats");
    let mut lines: Vec<String> = (0..STATS).map(|_| user.line()).collect();
    lines.retain(|line| !line.contains("uptime") && !line.contains("throttled"));
    lines
}

#[test]
fn the_machine_itself_is_told_the_counters() {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby bob", &["lobby/server: alice created the room with bob"]);
    bob.expect(&["lobby/server: alice created the room with bob"]);
    let lines = stats(&mut alice);
    insta::assert_snapshot!(lines.join("\n"), @r"
    server: stats: connections 2
    server: stats: commands 2
    server: stats: deliveries 6
    server: stats: received_bytes 43
    server: stats: sent_bytes 212
    server: stats: queued_bytes 0
    server: stats: slow_consumers 0
    ");
}

#[test]
fn near_the_ceiling_of_all_queues_the_one_who_has_not_read_for_longest_goes_first() {
    let queue = QueueLimits { soft: 64 << 10, hard: 8 << 20 };
    let server = Server::start(Config { queue, max_queued_bytes: 1 << 20, ..Config::embedded() });
    let (mut alice, mut bob, mut carol) = (server.user("alice"), server.user("bob"), server.user("carol"));
    alice.ask("create room lobby bob,carol", &["lobby/server: alice created the room with bob, carol"]);
    carol.expect(&["lobby/server: alice created the room with bob, carol"]);
    let text = "x".repeat(8000);
    let gone = "lobby/server: bob left (slow consumer)".to_owned();
    let mut answers = Vec::new();
    // Twice as much for bob as for carol, who reads nothing either until bob is gone.
    while !answers.contains(&gone) {
        assert!(!answers.iter().any(|line: &String| line.starts_with("lobby/server: carol left")), "{answers:?}");
        alice.say(&format!("send message bob,carol {text}"));
        alice.say(&format!("send message bob {text}"));
        alice.say("ping");
        answers = alice.lines_until("server: pong");
    }
    let told = bob.rest().pop().expect("bob was told something");
    let (unread, rest) = told["error: slow-consumer: ".len()..].split_once(' ').expect(&told);
    assert!(unread.parse::<usize>().expect(&told) > (1 << 18), "{told}");
    assert_eq!(rest, "bytes unread where all clients together left more than 786432");
    let carols = carol.lines_until(&gone);
    assert!(carols.iter().all(|line| line.starts_with("alice: x") || line.starts_with("lobby/server: bob")));
    assert!(stats(&mut alice).contains(&"server: stats: slow_consumers 1".to_owned()));
}
