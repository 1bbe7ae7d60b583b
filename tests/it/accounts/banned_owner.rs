//! An owner who is banned by those who run the server while he decides about his room.

use std::path::Path;
use std::thread;

use super::serve;
use crate::serve::control::Keeper;
use crate::support::{Client, Process};

/// A room of alice, bob and carol, which alice owns, and somebody who runs the server.
fn scene(dir: &Path) -> (Process, [Client; 3], Keeper) {
    let server = serve(dir);
    let [mut alice, mut bob, mut carol] = ["alice", "bob", "carol"].map(|name| server.user(name));
    let created = "den/server: alice created the room with bob, carol";
    alice.ask("create room den bob,carol", &[created]);
    bob.expect(&[created]);
    carol.expect(&[created]);
    (server, [alice, bob, carol], Keeper::log_in(dir, "root"))
}

#[test]
fn an_owner_who_is_banned_gives_nothing_away_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, [mut alice, mut bob, mut carol], mut root) = scene(dir.path());
    root.ask("ban den alice", &["den/server: root banned alice"]);
    alice.expect(&["den/server: root banned alice"]);
    for member in [&mut bob, &mut carol] {
        member.expect(&["den/server: root banned alice", "den/server: bob has the room"]);
    }
    alice.ask("give room den carol", &["error: not-a-member: den"]);
    alice.ask("unban den alice", &["error: not-a-member: den"]);
    alice.ask("join room den", &["error: banned: den"]);
    bob.ask("give room den alice", &["error: not-a-member: alice is not in den"]);
    bob.ask("show room den", &["server: den: open, owner bob, 2 members, #1 to #3"]);
    carol.expect_nothing();
}

#[test]
fn whether_the_room_is_given_away_or_its_owner_banned_first_all_hear_the_same_and_one_owns_it() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, [mut alice, mut bob, mut carol], mut root) = scene(dir.path());
    for round in 0..50 {
        thread::scope(|scope| {
            scope.spawn(|| alice.say("give room den carol"));
            scope.spawn(|| root.say("ban den alice"));
        });
        let banned = "den/server: root banned alice";
        assert_eq!(root.line(), banned, "round {round}");
        let gave = "den/server: alice gave the room to carol";
        let (heard_first, owner) = match alice.line() {
            line if line == gave => (vec![gave, banned], "carol"),
            line => {
                assert_eq!(line, banned, "round {round}");
                (vec![banned, "den/server: bob has the room"], "bob")
            }
        };
        alice.expect(&[if owner == "carol" { banned } else { "error: not-a-member: den" }]);
        bob.expect(&heard_first);
        carol.expect(&heard_first);
        let other = if owner == "carol" { &mut carol } else { &mut bob };
        other.say("show room den");
        let shown = other.line();
        assert!(shown.starts_with(&format!("server: den: open, owner {owner}, 2 members, ")), "round {round}: {shown}");
        // For the next round it is hers again.
        other.ask("unban den alice", &[&format!("den/server: {owner} lifted the ban of alice")]);
        alice.ask("join room den", &["den/server: alice joined"]);
        other.expect(&["den/server: alice joined"]);
        other.ask("give room den alice", &[&format!("den/server: {owner} gave the room to alice")]);
        alice.expect(&[&format!("den/server: {owner} gave the room to alice")]);
        for person in [&mut bob, &mut carol] {
            person.say("ping round");
            person.lines_until("server: pong round");
        }
    }
}
