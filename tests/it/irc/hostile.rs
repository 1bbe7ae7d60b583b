//! What no client sends: lines that are too long, no text, no lines, and too many of them. Each has its answer, and the
//! connection lives.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

const TOO_LONG: &str = ":chatctl.local 417 al :Input line was too long";

#[test]
fn a_line_has_512_bytes_and_4096_of_tags() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let padded = |length: usize| format!("PING {}", "x".repeat(length - "PING ".len()));
    al.say(&padded(510));
    assert!(al.line().starts_with(":chatctl.local PONG chatctl.local xxx"));
    al.ask(&padded(511), &[TOO_LONG]);
    al.ask(&format!("@a={} PING x", "y".repeat(4090)), &[":chatctl.local PONG chatctl.local x"]);
    al.ask(&format!("@a={} PING x", "y".repeat(4100)), &[TOO_LONG]);
    al.ask(&"z".repeat(1_000_000), &[TOO_LONG]);
    al.ask(&format!("@{}", "a;".repeat(500_000)), &[TOO_LONG]);
    al.expect_nothing();
}

#[test]
fn bytes_that_are_no_text_are_refused_and_the_connection_lives() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let failed =
        |command: &str| format!(":chatctl.local FAIL {command} INVALID_UTF8 :Message rejected: it is not UTF-8");
    al.send(b"PRIVMSG al :\xff\xfe\r\n");
    al.expect(&[&failed("PRIVMSG")]);
    al.send(b"\xff\r\n");
    al.expect(&[&failed("*")]);
    al.send(b"PRIVMSG al :a\0b\r\n");
    al.expect(&[":chatctl.local FAIL PRIVMSG BAD_TEXT U+0000 :a text holds no such character"]);
    al.send(b"PRIVMSG al :bell\x07\r\n");
    al.expect(&[":chatctl.local FAIL PRIVMSG BAD_TEXT U+0007 :a text holds no such character"]);
    al.send(b"\0\0\0\r\n");
    al.expect(&[":chatctl.local 421 al * :Unknown command"]);
    al.send(b"@\r\n:\r\n@ :\r\n   \r\n\n\r\n");
    al.expect(&[":chatctl.local 421 al * :Unknown command"; 3]);
    al.expect_nothing();
}

#[test]
fn lines_may_come_in_any_pieces_and_end_with_either_end() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    for byte in "PING :渊 1\r\nping 2\nPING 3\r\n".as_bytes() {
        al.send(&[*byte]);
    }
    al.expect(&[
        ":chatctl.local PONG chatctl.local :渊 1",
        ":chatctl.local PONG chatctl.local 2",
        ":chatctl.local PONG chatctl.local 3",
    ]);
}

#[test]
fn a_hundred_thousand_joins_in_one_packet_are_a_hundred_rooms() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let joins: String = (0..100_000).map(|number| format!("JOIN #r{number}\r\n")).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| bob.send(joins.as_bytes()));
        al.ask("PING alive", &[":chatctl.local PONG chatctl.local alive"]);
    });
}

#[test]
fn capabilities_of_everything_and_of_nothing() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.say("CAP LS");
    let all = al.line();
    let names = all.strip_prefix(":chatctl.local CAP al LS :").unwrap();
    al.ask(&format!("CAP REQ :{names}"), &[&format!(":chatctl.local CAP al ACK :{names}")]);
    al.ask("CAP REQ :", &[":chatctl.local CAP al ACK :"]);
    al.ask("CAP REQ", &[":chatctl.local CAP al ACK :"]);
    al.ask("CAP REQ :-", &[":chatctl.local CAP al NAK -"]);
    al.ask("CAP", &[":chatctl.local 461 al CAP :Not enough parameters"]);
}
