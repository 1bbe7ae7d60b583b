//! What is refused and what ends a connection, as the table of refusals has it; and races that a refusal decides.

use std::thread;

use chatctl::hub::{Limits, Registration};
use chatctl::server::{Config, QueueLimits};
use data_encoding::BASE64;

use super::user::IrcUser;
use crate::serve::control::Keeper;
use crate::support::{Process, Server};

#[test]
fn a_line_has_so_many_targets_and_no_more() {
    let limits = Limits { max_recipients: 2, ..Limits::default() };
    let server = Server::with_irc(Config { limits, ..Config::embedded() });
    let mut al = IrcUser::with_caps(server.irc(), "al", "message-tags");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    for line in ["PRIVMSG bob,al,eve :hi", "@+a=b TAGMSG bob,al,eve"] {
        al.ask(line, &[":chatctl.local 407 al eve :Too many targets"]);
    }
    al.say("NOTICE bob,al,eve :hi");
    al.expect_nothing();
    al.say("PRIVMSG bob :hi");
    bob.expect(&[":al!al@HOST PRIVMSG bob :hi"]);
}

#[test]
fn a_room_too_many_is_named() {
    let limits = Limits { max_rooms: 2, ..Limits::default() };
    let server = Server::with_irc(Config { limits, ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    let answers = al.answers("JOIN #a,#b,#c");
    assert_eq!(answers.last().unwrap(), ":chatctl.local 405 al #c :You have joined too many channels");
    al.answers("PART #a");
    assert_eq!(al.answers("JOIN #c")[0], ":al!al@HOST JOIN #c");
}

#[test]
fn whoever_is_removed_from_the_server_is_told_why_and_others_see_that_he_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap(), "--web", "none", "--irc", "127.0.0.1:0"]);
    let irc = server.lines(1)[0].split(' ').find_map(|word| word.parse().ok()).unwrap();
    let mut keeper = Keeper::log_in(dir.path(), "root");
    let mut al = IrcUser::log_in(irc, "al");
    let mut bob = IrcUser::log_in(irc, "bob");
    for user in [&mut al, &mut bob] {
        user.join("#tea");
    }
    al.pending();
    keeper.ask("announce tea is ready", &["server: root announces: tea is ready"]);
    for (user, nick) in [(&mut al, "al"), (&mut bob, "bob")] {
        user.expect(&[&format!(":chatctl.local NOTICE {nick} :root announces: tea is ready")]);
    }
    keeper.ask("kick server bob", &["server: removed bob from this server"]);
    bob.expect(&["ERROR :Closing link: (removed: an operator of the server has closed your connection)"]);
    bob.expect_end();
    al.expect(&[":bob!bob@HOST QUIT :Removed by an operator"]);
    keeper.ask("ban server bob", &["server: banned bob from this server"]);
    let mut bob = IrcUser::connect(irc);
    bob.say("NICK bob");
    bob.ask("USER bob 0 * :Bob", &[":chatctl.local 465 * :You are banned from this server"]);
    bob.say("NICK bert");
    bob.expect(&[":chatctl.local 001 bert :Welcome to chatctl, bert"]);
    bob.pending();
    bob.ask("NICK bob", &[":chatctl.local 465 bert :You are banned from this server"]);
    keeper.ask("ban server bert", &["server: banned bert from this server"]);
    bob.expect(&[":chatctl.local 465 * :You are banned from this server"]);
    bob.expect_end();
    al.expect_nothing();
}

#[test]
fn each_end_of_a_connection_has_its_code() {
    let mut server = Server::with_irc(Config { max_connections: Some(2), ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    let _bob = IrcUser::log_in(server.irc(), "bob");
    let mut eve = IrcUser::connect(server.irc());
    eve.expect(&["ERROR :Closing link: (server-full: 2 connections)"]);
    eve.expect_end();
    server.begin_to_stop();
    al.expect(&["ERROR :Closing link: (the server is shutting down)"]);
    al.expect_end();
}

#[test]
fn who_reads_nothing_is_told_at_last_and_the_others_are_told_once() {
    let queue = QueueLimits { soft: 64 * 1024, hard: 256 * 1024 };
    let server = Server::with_irc(Config { queue, ..Config::embedded() });
    let mut slow = IrcUser::log_in(server.irc(), "slow");
    let mut al = IrcUser::log_in(server.irc(), "al");
    for user in [&mut slow, &mut al] {
        user.join("#tea");
    }
    let text = "x".repeat(400);
    let mut sent = 0;
    loop {
        al.say(&format!("PRIVMSG slow :{text}"));
        sent += 1;
        assert!(sent < 100_000, "the queue has an end");
        if sent % 100 == 0 {
            let heard = al.pending();
            if !heard.is_empty() {
                assert_eq!(heard[0], ":slow!slow@HOST QUIT :Too much unread");
                assert_eq!(heard[1], ":chatctl.local MODE #tea +o al");
                assert!(heard[2..].iter().all(|line| line.contains(" 401 al slow ")), "{heard:?}");
                break;
            }
        }
    }
    let mut line = slow.line();
    while !line.starts_with("ERROR ") {
        line = slow.line();
    }
    assert!(line.starts_with("ERROR :Closing link: (slow-consumer: more than "), "{line}");
}

#[test]
fn accounts_are_refused_where_they_cannot_be_had() {
    let limits = Limits { registration: Registration::Closed, ..Limits::default() };
    let server = Server::with_irc(Config { limits, ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.say("REGISTER * * hunter22");
    let line = al.line();
    assert!(line.starts_with(":chatctl.local FAIL REGISTER TEMPORARILY_UNAVAILABLE al :registration-closed"), "{line}");
    assert!(al.answers("WHOIS al").iter().all(|line| !line.contains(" 330 ")));
}

/// Passwords that are none, and one of a megabyte, by both ways.
#[test]
fn what_is_no_password_is_refused_at_this_door_too() {
    let server = Server::with_irc(Config::embedded());
    let mut witness = server.user("witness");
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let failed = ":chatctl.local 904 * :SASL authentication failed";
    let mut al = IrcUser::connect(server.irc());
    let secrets: [&[u8]; 6] = [
        b"\0alice\0",
        b"\0alice\0short",
        b"\0alice\0hunter\x0022",
        b"\0alice\0hunter\xff22",
        b"\0alice\0hunter 22",
        b"\xff\0alice\0hunter22",
    ];
    for secret in secrets {
        al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
        al.ask(&format!("AUTHENTICATE {}", BASE64.encode(secret)), &[failed]);
    }
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask("AUTHENTICATE +", &[failed]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    al.ask(
        &format!("AUTHENTICATE {}", BASE64.encode(&[b'x'; 1 << 20])),
        &[":chatctl.local 417 * :Input line was too long"],
    );
    al.ask("AUTHENTICATE *", &[":chatctl.local 906 * :SASL authentication aborted"]);
    drop(super::accounts::authenticated(&server, "alice", "hunter22"));
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let unacceptable = ":chatctl.local FAIL REGISTER UNACCEPTABLE_PASSWORD * :A password has 8 to 128 characters and no \
        blanks";
    for (password, told) in [
        ("short".to_owned(), unacceptable),
        (":hunter 22".to_owned(), unacceptable),
        (":".to_owned(), ":chatctl.local 461 bob REGISTER :Not enough parameters"),
        ("hunter\u{0}22".to_owned(), unacceptable),
        ("x".repeat(129), unacceptable),
        ("x".repeat(1 << 20), ":chatctl.local 417 bob :Input line was too long"),
    ] {
        let shown: String = password.chars().take(20).collect();
        bob.say(&format!("REGISTER * * {password}"));
        assert_eq!(bob.line(), told, "{shown:?}");
    }
    bob.send(b"REGISTER * * hunter\xff22\r\n");
    bob.expect(&[":chatctl.local FAIL REGISTER INVALID_UTF8 :Message rejected: it is not UTF-8"]);
    assert!(bob.answers("WHOIS bob").iter().all(|line| !line.contains(" 330 ")));
    witness.expect_nothing();
}

#[test]
fn who_is_removed_is_never_heard_again_at_this_door() {
    const RACES: usize = 100;
    let server = Server::with_irc(Config { workers: 2, ..Config::embedded() });
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.join("#tea");
    for race in 0..RACES {
        bob.join("#tea");
        al.expect(&[":bob!bob@HOST JOIN #tea"]);
        thread::scope(|scope| {
            scope.spawn(|| (0..10).for_each(|line| bob.say(&format!("PRIVMSG #tea :{race}.{line}"))));
            al.say("KICK #tea bob");
        });
        let heard = al.pending();
        let mut lines: Vec<String> = (0..10).map(|line| format!(":bob!bob@HOST PRIVMSG #tea :{race}.{line}")).collect();
        lines.truncate(heard.len() - 1);
        lines.push(":al!al@HOST KICK #tea bob :al".to_owned());
        assert_eq!(heard, lines, "what came before is heard in its order, and nothing behind it");
        let told = bob.pending();
        assert_eq!(told[0], lines[lines.len() - 1]);
        assert_eq!(told.len() - 1, 10 - (lines.len() - 1));
        assert!(told[1..].iter().all(|line| line == ":chatctl.local 404 bob #tea :Cannot send to channel"), "{told:?}");
    }
}
