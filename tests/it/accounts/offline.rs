//! Messages to accounts that are away: they wait, are told at the login, and are never lost.

use std::time::Instant;

use super::log_in;
use crate::support::{Client, PATIENCE, Process, Server};

/// The next lines, those of the past without their times.
#[track_caller]
fn expect_past(client: &mut Client, lines: &[&str]) {
    for line in lines {
        assert_eq!(timeless(&client.line()), *line);
    }
}

fn timeless(line: &str) -> String {
    match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
        ["history:", number, _, rest] => format!("history: {number} {rest}"),
        _ => line.to_owned(),
    }
}

/// Makes an account that is away.
#[track_caller]
fn register(mut client: Client, name: &str) {
    client.ask("register hunter22", &[&format!("server: {name} is registered")]);
    client.ask("quit", &["server: bye"]);
}

#[test]
fn what_is_written_to_who_is_away_is_told_at_the_login() {
    let server = Server::embedded();
    register(server.user("bob"), "bob");
    let mut alice = server.user("alice");
    alice.ask("send message bob psst", &["server: kept for bob"]);
    alice.ask("send message Bob,dave again", &["server: kept for bob", "error: no-such-user: dave"]);

    let mut bob = log_in(server.connect(), "bob", "hunter22");
    expect_past(&mut bob, &["history: #1 alice: psst", "history: #2 alice: again"]);
    bob.expect(&["server: history with alice (2): #1 to #2 of #1 to #2"]);
    alice.ask("send message bob live", &[]);
    bob.expect(&["alice: live"]);
    bob.say("set numbers on");
    assert!(bob.line().starts_with("server: numbers are on, epoch "));
    alice.ask("send message bob numbered", &[]);
    bob.expect(&["#4 alice: numbered"]);
    bob.ask("send message alice fine", &[]);
    alice.expect(&["bob: fine"]);

    bob.say("history message alice after #3");
    expect_past(&mut bob, &["history: #4 alice: numbered", "history: #5 bob: fine"]);
    bob.expect(&["server: history with alice (2): #4 to #5 of #1 to #5"]);
    bob.say("resume message alice #1");
    expect_past(&mut bob, &["history: #2 alice: again"]);
    bob.expect(&["server: resumed with alice (1): #2 to #2"]);
    bob.ask("resume message alice #9", &["error: bad-number: alice is at #5"]);
    bob.ask("history message carol", &["error: no-such-user: carol"]);
    alice.ask("history message bob", &["error: not-registered: alice"]);

    bob.ask("quit", &["server: bye"]);
    log_in(server.connect(), "bob", "hunter22").expect_nothing();
}

#[test]
fn what_came_before_a_broken_connection_is_told_again() {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    let mut bob = server.user("bob");
    bob.ask("create room dev alice", &["dev/server: bob created the room with alice"]);
    bob.ask("register hunter22", &["server: bob is registered"]);
    alice.expect(&["dev/server: bob created the room with alice"]);
    alice.ask("send message bob psst", &[]);
    alice.ask("send dev hello", &["dev/alice: hello"]);
    bob.expect(&["alice: psst", "dev/alice: hello"]);
    bob.ask("send message alice yes", &[]);
    alice.expect(&["bob: yes"]);
    bob.reset();

    let mut bob = log_in(server.connect(), "bob", "hunter22");
    expect_past(&mut bob, &["history: #1 alice: psst", "history: #2 bob: yes"]);
    bob.expect(&["server: history with alice (2): #1 to #2 of #1 to #2", "server: new in dev (1): #2 to #2"]);
    bob.ask("quit", &["server: bye"]);
    log_in(server.connect(), "bob", "hunter22").expect_nothing();
}

#[test]
fn what_was_read_long_before_a_broken_connection_is_not_told_again() {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    bob.ask("create room dev alice", &["dev/server: bob created the room with alice"]);
    alice.expect(&["dev/server: bob created the room with alice"]);
    bob.ask("register hunter22", &["server: bob is registered"]);
    let (text, line) = ("x".repeat(1000), format!("dev/alice: {}", "x".repeat(1000)));
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < PATIENCE, "nothing counts as read");
        alice.send(format!("send dev {text}\n").repeat(80).as_bytes());
        alice.expect(&[&*line; 80]);
        bob.expect(&[&*line; 80]);
        // Another session is told what the account has not read.
        let mut other = log_in(server.connect(), "bob", "hunter22");
        let told = other.line();
        let numbers: Vec<usize> =
            told.split('#').skip(1).map(|from| from.split(' ').next().unwrap().parse().unwrap()).collect();
        let [first, last] = numbers[..] else { panic!("{told}") };
        assert!((last - first + 1) * line.len() >= 65_536 || first == 2, "what may be lost is told again: {told}");
        if first > 2 {
            break;
        }
    }
}

#[test]
fn a_thousand_messages_wait_and_no_more() {
    let server = Server::embedded();
    register(server.user("bob"), "bob");
    let mut alice = server.user("alice");
    for _ in 0..10 {
        alice.send("send message bob psst\n".repeat(100).as_bytes());
        alice.expect(&["server: kept for bob"; 100]);
    }
    alice.ask("send message bob psst", &["error: mailbox-full: bob"]);
    let mut bob = log_in(server.connect(), "bob", "hunter22");
    for number in 901..=1000 {
        expect_past(&mut bob, &[&format!("history: #{number} alice: psst")]);
    }
    bob.expect(&["server: history with alice (100): #901 to #1000 of #1 to #1000"]);
    alice.ask("send message bob live", &[]);
    bob.expect(&["alice: live"]);
}

#[test]
fn an_account_that_is_given_up_leaves_what_it_wrote_and_reads_nothing_any_more() {
    let server = Server::embedded();
    register(server.user("bob"), "bob");
    let mut alice = server.user("alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    alice.ask("send message bob psst", &["server: kept for bob"]);
    alice.ask("unregister hunter22", &["server: alice is no longer registered"]);
    alice.ask("quit", &["server: bye"]);
    let mut bob = log_in(server.connect(), "bob", "hunter22");
    expect_past(&mut bob, &["history: #1 alice: psst"]);
    bob.expect(&["server: history with alice (1): #1 to #1 of #1 to #1"]);
    let mut another = server.user("alice");
    another.ask("register hunter33", &["server: alice is registered"]);
    another.ask("history message bob", &["server: history with bob (0): none"]);
}

#[test]
fn what_was_kept_or_told_before_a_kill_is_told_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let serve = || Process::serve(&["--data", dir.path().to_str().unwrap(), "--message-rate", "0"]);
    let mut kept = 0;
    let server = serve();
    register(server.user("bob"), "bob");
    let mut server = Some(server);
    for enough in [1, 30, 100] {
        let running = server.take().unwrap_or_else(serve);
        let mut alice = running.user("alice");
        // More is on its way when the server is killed.
        alice.send("send message bob psst\n".repeat(200).as_bytes());
        let mut answered = 0;
        while alice.next_bytes().is_ok_and(|line| line == b"server: kept for bob\n") {
            answered += 1;
            if answered == enough {
                running.signal("KILL");
            }
        }
        assert!(answered >= enough, "{answered} messages were kept, expected at least {enough}");
        kept += answered;
        running.wait();
    }
    // Twice, as the first connection does not end in order.
    for _ in 0..2 {
        let server = serve();
        let mut bob = log_in(Client::connect(server.addr), "bob", "hunter22");
        bob.say("history message alice 1000");
        bob.say("ping all");
        let lines = bob.lines_until("server: pong all");
        let told = lines.iter().filter(|line| line.ends_with(" alice: psst")).count();
        let ends = lines.iter().filter_map(|line| line.strip_prefix("server: history with alice ("));
        let ends: Vec<usize> = ends.map(|end| end.split(')').next().unwrap().parse().unwrap()).collect();
        let [missed, all] = ends[..] else { panic!("{lines:?}") };
        assert_eq!((missed, told), (all.min(100), missed + all));
        assert!(all >= kept, "{kept} were kept, {all} are there");
        server.signal("KILL");
        server.wait();
    }
}
