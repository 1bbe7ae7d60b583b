//! A crowd that goes in one moment, and one that does not read: whoever shares rooms with it is told once, and all others go
//! on being served.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::Shutdown;

use chatctl::server::{Config, QueueLimits};

use super::user::IrcUser;
use crate::serve::counters::count;
use crate::support::{Client, Server};

/// How many go: so many that some of them have to wait for their turn. `CHATCTL_CROWD=2000` has as many go as a busy
/// server may lose at once.
fn size() -> usize {
    std::env::var("CHATCTL_CROWD").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

/// How a crowd goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Going {
    ByQuit,
    ByHangingUp,
}

#[test]
fn a_crowd_that_hangs_up_at_once_is_told_once_each() {
    told_once_each(Going::ByHangingUp);
}

#[test]
fn a_crowd_that_quits_at_once_is_told_once_each() {
    told_once_each(Going::ByQuit);
}

fn told_once_each(going: Going) {
    let server = Server::with_irc(Config { lobby: None, ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut tom = server.user("tom");
    al.join("#lobby");
    al.join("#tea");
    tom.ask("join room lobby", &["lobby/server: tom joined"]);
    let mut crowd: Vec<IrcUser> = (0..size())
        .map(|number| {
            let mut one = IrcUser::log_in(server.irc(), &format!("u{number}"));
            one.join("#lobby");
            one.join("#tea");
            one
        })
        .collect();
    al.pending();
    let names: BTreeSet<String> = (0..size()).map(|number| format!("u{number}")).collect();
    let (last_words, why) = match going {
        Going::ByQuit => (" QUIT :Quit: bye", "quit"),
        Going::ByHangingUp => (" QUIT :Connection closed", "connection closed"),
    };
    if going == Going::ByQuit {
        crowd.iter_mut().for_each(|one| one.say("QUIT :bye"));
        // Each is told that it may go, whoever goes before it.
        for one in &mut crowd {
            while one.line() != "ERROR :Closing link: (Quit: bye)" {}
            one.expect_end();
        }
    }
    drop(crowd);
    let mut gone = BTreeSet::new();
    while gone.len() < names.len() {
        let line = al.line();
        let name = line.strip_prefix(':').and_then(|line| line.split_once('!')).unwrap_or_else(|| panic!("{line}")).0;
        assert!(line.ends_with(last_words), "{line}");
        assert!(gone.insert(name.to_owned()), "told twice: {line}");
    }
    assert_eq!(gone, names);
    al.expect_nothing();
    let (mut left, left_line) = (BTreeSet::new(), format!(" left ({why})"));
    while left.len() < names.len() {
        let line = tom.line();
        if let Some(name) = line.strip_prefix("lobby/server: ").and_then(|line| line.strip_suffix(&left_line)) {
            assert!(left.insert(name.to_owned()), "told twice: {line}");
        }
    }
    assert_eq!(left, names);
}

/// Bytes that wait for all clients together, of 2 MiB at most, from which on commands wait.
const CROWDED: usize = 3 << 19;

/// Fills the queues of users who do not read up to where commands wait, and has others talk meanwhile. Tells whether all of
/// them were answered while these queues were full, before anybody was closed for it.
fn others_talk_in_a_crowd() -> bool {
    let queue = QueueLimits { soft: 512 * 1024, hard: 8 << 20 };
    let server = Server::with_irc(Config { queue, max_queued_bytes: 2 << 20, ..Config::embedded() });
    let (mut alice, mut judge) = (server.user("alice"), server.user("judge"));
    alice.ask("create room den", &["den/server: alice created the room"]);
    let mut carol = IrcUser::log_in(server.irc(), "carol");
    carol.join("#den");
    alice.expect(&["den/server: carol joined"]);
    let sleepers: Vec<Client> = (0..4).map(|number| server.user(&format!("sleeper{number}"))).collect();
    let filler = server.user("filler");
    let (mut pipe, line) = (filler.stream().try_clone().unwrap(), "x".repeat(8000));
    let filling = std::thread::spawn(move || {
        let line = format!("send message sleeper0,sleeper1,sleeper2,sleeper3 {line}\n");
        // It waits with the others that reach who does not read, until its connection ends.
        while pipe.write_all(line.as_bytes()).is_ok() {}
    });
    let mut is_crowded = move || count(&mut judge, "queued_bytes") > CROWDED;
    // The system takes much of it at first, and all of a sudden.
    while !(0..50).all(|_| is_crowded()) {}
    let mut stays_crowded = true;
    for number in 0..20 {
        alice.ask(&format!("send den {number}"), &[&format!("den/alice: {number}")]);
        assert!(carol.line().ends_with(&format!(" PRIVMSG #den :{number}")));
        carol.say(&format!("PRIVMSG #den :{number}"));
        alice.expect(&[&format!("den/carol: {number}")]);
        stays_crowded &= is_crowded();
    }
    let closed = count(&mut alice, "slow_consumers");
    // The filling ends with its connection.
    filler.stream().shutdown(Shutdown::Both).unwrap();
    filling.join().unwrap();
    drop(sleepers);
    stays_crowded && closed == 0
}

/// Who sleeps for a second is closed, so a machine that has better things to do may be too late: one of five is in time.
#[test]
fn what_is_said_among_those_who_read_goes_on_in_a_crowd() {
    assert!((0..5).any(|_| others_talk_in_a_crowd()), "they were answered only when sleepers had been closed");
}
