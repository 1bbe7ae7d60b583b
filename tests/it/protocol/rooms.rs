//! What is decided about rooms, line for line, and what a race decides about who still speaks.

use std::thread;

use chatctl::server::Config;

use crate::support::stage::Stage;
use crate::support::{Client, Server};

/// Every answer about a room in the table of commands.
pub(super) fn answers() -> Vec<String> {
    let server = Server::start(Config::default());
    let mut stage = Stage::of_four(server.addr);
    stage.play(
        "
        A  create room lobby bob                A B lobby/server: alice created the room with bob
        A  topic lobby                          A server: lobby has no topic
        A  topic lobby TEXT                     A B lobby/server: alice set the topic: TEXT
        B  topic lobby                          B server: topic of lobby: TEXT
        A  invite lobby carol                   A server: invited carol to lobby
                                                C server: alice invites you to lobby
        A  kick lobby bob REASON                A B lobby/server: alice removed bob (REASON)
        B  join room lobby                      A B lobby/server: bob joined
        A  kick lobby bob                       A B lobby/server: alice removed bob
        B  join room lobby                      A B lobby/server: bob joined
        A  ban lobby bob                        A B lobby/server: alice banned bob
        A  unban lobby bob                      A lobby/server: alice lifted the ban of bob
        A  set room lobby private               A lobby/server: alice made the room private
        A  set room lobby open                  A lobby/server: alice made the room open
        B  set invitations ask                  B server: others ask before they put you into a room
        B  set invitations join                 B server: others may put you into a room
        B  join room lobby                      A B lobby/server: bob joined
        A  give room lobby bob                  A B lobby/server: alice gave the room to bob
        B  give room lobby alice                A B lobby/server: bob gave the room to alice
        D  join room lobby                      A B D lobby/server: dave joined
        A  give room lobby dave                 A B D lobby/server: alice gave the room to dave
        A  leave room lobby                     A B D lobby/server: alice left
        D  leave room lobby                     B D lobby/server: dave left
                                                B lobby/server: bob has the room
        ",
    );
    let mut heard = stage.heard().to_vec();
    heard.push(shown());
    heard
}

/// The answer to `show room` in a room of 44 lines.
fn shown() -> String {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    let _carol = server.user("carol");
    alice.ask("create room lobby bob,carol", &["lobby/server: alice created the room with bob, carol"]);
    for _ in 2..=44 {
        alice.ask("send lobby hi", &["lobby/alice: hi"]);
    }
    bob.say("show room lobby");
    bob.lines_until("server: lobby: open, owner alice, 3 members, #1 to #44").pop().expect("at least this line")
}

/// Every refusal about a room in the table of errors.
pub(super) fn refusals() -> Vec<String> {
    let server = Server::embedded();
    let mut stage = Stage::of_four(server.addr);
    stage.play(
        "
        A  create room lobby bob,dave           A B D lobby/server: alice created the room with bob, dave
        B  topic lobby TEXT                     B error: not-the-owner: lobby
        A  invite lobby bob                     A error: already-a-member: bob is in lobby
        A  kick lobby carol                     A error: not-a-member: carol is not in lobby
        A  unban lobby carol                    A error: not-banned: carol is not banned from lobby
        A  ban lobby bob                        A B D lobby/server: alice banned bob
        A  ban lobby bob                        A error: banned: bob is banned from lobby
        B  join room lobby                      B error: banned: lobby
        D  quit                                 D server: bye
                                                D (end of stream)
                                                A lobby/server: dave left (quit)
        B  set invitations ask                  B server: others ask before they put you into a room
        ",
    );
    let alice = stage.person('A');
    alice.say(&format!("topic lobby {}", "x".repeat(391)));
    let mut heard = vec![alice.line()];
    for number in 1..=100 {
        alice.say(&format!("ban lobby u{number}"));
    }
    heard.extend(alice.lines_until("error: too-many: 100 users are banned from lobby"));
    heard.extend_from_slice(stage.heard());
    heard.push(invited_too_often());
    heard
}

fn invited_too_often() -> String {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    bob.ask("set invitations ask", &["server: others ask before they put you into a room"]);
    let told = "error: too-many: bob has 100 invitations";
    for number in 0..100 {
        alice.say(&format!("create room r{number} bob"));
    }
    alice.say("leave room r0");
    alice.say("create room more bob");
    alice.lines_until(told).pop().expect("at least this line")
}

#[test]
fn who_is_removed_is_never_heard_again_in_a_thousand_races() {
    const ROOMS: usize = 20;
    const RACES: usize = 50;
    let server = Server::embedded();
    thread::scope(|scope| {
        for number in 0..ROOMS {
            let server = &server;
            scope.spawn(move || {
                let mut alice = server.user(&format!("alice{number}"));
                let mut bob = server.user(&format!("bob{number}"));
                race(&mut alice, &mut bob, number, RACES);
            });
        }
    });
}

/// Removes a user again and again while he writes; what he has written before is heard, in its order, and then that he is
/// removed, and nothing after it.
fn race(alice: &mut Client, bob: &mut Client, number: usize, races: usize) {
    let (a, b, room) = (format!("alice{number}"), format!("bob{number}"), format!("r{number}"));
    alice.ask(&format!("create room {room}"), &[&format!("{room}/server: {a} created the room")]);
    let removed = format!("{room}/server: {a} removed {b}");
    for race in 0..races {
        let joined = format!("{room}/server: {b} joined");
        bob.ask(&format!("join room {room}"), &[&joined]);
        alice.expect(&[&joined]);
        thread::scope(|scope| {
            scope.spawn(|| (0..10).for_each(|line| bob.say(&format!("send {room} {race}.{line}"))));
            alice.say(&format!("kick {room} {b}"));
        });
        let (ping, pong) = (format!("ping {race}"), format!("server: pong {race}"));
        alice.say(&ping);
        let heard = alice.lines_until(&pong);
        bob.say(&ping);
        let mut told = bob.lines_until(&pong);
        let mut lines: Vec<String> = (0..10).map(|line| format!("{room}/{b}: {race}.{line}")).collect();
        lines.truncate(heard.iter().filter(|line| lines.contains(line)).count());
        lines.push(removed.clone());
        lines.push(pong.clone());
        assert_eq!(heard, lines, "alice hears what came before, and nothing behind it");
        let refused = 10 + 2 - lines.len();
        let after = told.split_off(lines.len() - 1);
        assert_eq!(told, lines[..lines.len() - 1]);
        let refusals = after.iter().filter(|line| **line == format!("error: not-a-member: {room}")).count();
        assert_eq!((refusals, after.len()), (refused, refused + 1), "{after:?}");
    }
}
