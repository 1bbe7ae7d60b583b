//! A crowd that goes in one moment: whoever shares rooms with it hears of each once, and goes on being served.

use std::collections::BTreeSet;

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

/// How many go. `CHATCTL_CROWD=2000` has as many go as a busy server may lose at once.
fn size() -> usize {
    std::env::var("CHATCTL_CROWD").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

#[test]
fn a_crowd_that_goes_at_once_is_told_once_each() {
    let server = Server::with_irc(Config { lobby: None, ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut tom = server.user("tom");
    al.join("#lobby");
    al.join("#tea");
    tom.ask("join room lobby", &["lobby/server: tom joined"]);
    let crowd: Vec<IrcUser> = (0..size())
        .map(|number| {
            let mut one = IrcUser::log_in(server.irc(), &format!("u{number}"));
            one.join("#lobby");
            one.join("#tea");
            one
        })
        .collect();
    al.pending();
    let names: BTreeSet<String> = (0..size()).map(|number| format!("u{number}")).collect();
    drop(crowd);
    let mut gone = BTreeSet::new();
    while gone.len() < names.len() {
        let line = al.line();
        let name = line.strip_prefix(':').and_then(|line| line.split_once('!')).unwrap_or_else(|| panic!("{line}")).0;
        assert!(line.ends_with(" QUIT :Connection closed"), "{line}");
        assert!(gone.insert(name.to_owned()), "told twice: {line}");
    }
    assert_eq!(gone, names);
    al.expect_nothing();
    let mut left = BTreeSet::new();
    while left.len() < names.len() {
        let line = tom.line();
        if let Some(name) =
            line.strip_prefix("lobby/server: ").and_then(|line| line.strip_suffix(" left (connection closed)"))
        {
            assert!(left.insert(name.to_owned()), "told twice: {line}");
        }
    }
    assert_eq!(left, names);
}
