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

/// What the server has counted under this name.
pub(crate) fn count(user: &mut Client, name: &str) -> usize {
    let stats = stats(user);
    let line = stats.iter().find_map(|line| line.strip_prefix(&format!("server: stats: {name} ")));
    line.expect("it is counted").parse().expect("a number")
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
    // First bob has more unread than the soft limit, then carol too: what the system's buffers take is over by then.
    for (name, most) in [("bob", 300 << 10), ("carol", 400 << 10)] {
        while count(&mut alice, "queued_bytes") < most {
            alice.say(&format!("send message {name} {text}"));
        }
    }
    // From now on carol reads, but is sent more than she reads: in the end more waits for her than for bob.
    let mut answers = Vec::new();
    while !answers.contains(&gone) {
        for _ in 0..20 {
            alice.say(&format!("send message carol {text}"));
        }
        for _ in 0..16 {
            let line = carol.line();
            assert!(line.starts_with("alice: x"), "{line}");
        }
        alice.say("ping");
        answers = alice.lines_until("server: pong");
        assert!(!answers.iter().any(|line: &String| line.starts_with("lobby/server: carol left")), "{answers:?}");
    }
    let told = bob.rest().pop().expect("bob was told something");
    let (unread, rest) = told["error: slow-consumer: ".len()..].split_once(' ').expect(&told);
    assert!(unread.parse::<usize>().expect(&told) < (384 << 10), "{told}");
    assert_eq!(rest, "bytes unread where all clients together left more than 786432");
    let carols = carol.lines_until(&gone);
    assert!(carols.iter().all(|line| line.starts_with("alice: x") || line.starts_with("lobby/server: bob")));
    assert!(stats(&mut alice).contains(&"server: stats: slow_consumers 1".to_owned()));
}
