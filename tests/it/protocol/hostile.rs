//! What hostile and broken clients send, each from a raw socket. Three things are checked of each: the right answer to
//! the sender, nothing to the others, and the server goes on.

use chatctl::server::Config;
use chatctl::server::throttle::Rate;

use crate::support::{Client, PROMPT, Process, WELCOME, Witness};

#[test]
fn bytes_that_are_no_text_are_refused_and_the_next_line_is_served() {
    let mut scene = Witness::of(Config::default());
    let mut mallory = scene.server.user("mallory");
    for bytes in
        [&b"\xff\xfe"[..], b"send message witness \xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"]
    {
        mallory.send(bytes);
        mallory.ask("", &["error: bad-encoding: the line is not valid utf-8"]);
    }
    scene.saw_nothing();
    mallory.expect_nothing();
}

#[test]
fn bytes_that_are_no_text_are_a_refused_name() {
    let mut scene = Witness::of(Config::default());
    let mut mallory = scene.server.connect();
    mallory.send(b"\xff\n");
    let refused = "error: bad-encoding: the line is not valid utf-8; log in with a name in ASCII letters, then 'set encoding \
                   gbk' or another";
    mallory.expect(&[PROMPT, refused, PROMPT]);
    mallory.say(&"x".repeat(9000));
    mallory.expect(&["error: line-too-long: more than 8192 bytes", PROMPT]);
    mallory.say("\u{1b}[31m");
    mallory.expect(&["error: bad-text: control character U+001B", "error: login-failed: three names refused"]);
    mallory.expect_end();
    scene.saw_nothing();
}

#[test]
fn control_characters_and_escape_sequences_reach_nobody() {
    let mut scene = Witness::of(Config::default());
    let mut mallory = scene.server.user("mallory");
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).filter(|c| !"\t\n".contains(*c));
    for control in controls {
        mallory.say(&format!("send message witness a{control}b"));
        mallory.expect(&[&format!("error: bad-text: control character U+{:04X}", u32::from(control))]);
    }
    mallory.ask("send message witness \u{1b}]0;owned\u{7}", &["error: bad-text: control character U+001B"]);
    mallory.ask("\0", &["error: bad-text: control character U+0000"]);
    mallory.ask("no command \u{9b}2J", &["error: bad-text: control character U+009B"]);
    scene.saw_nothing();
}

#[test]
fn a_hundred_megabytes_without_a_newline_are_answered_at_once_and_cost_no_memory() {
    let server = Process::serve(&["--message-rate", "0"]);
    let mut mallory = server.user("mallory");
    let chunk = vec![b'x'; 1 << 20];
    mallory.send(&chunk);
    mallory.expect(&["error: line-too-long: more than 8192 bytes"]);
    // What the server and its allocator take for any connection that sends much, they have taken after these.
    for _ in 0..9 {
        mallory.send(&chunk);
    }
    let before = server.memory_kib();
    for _ in 0..90 {
        mallory.send(&chunk);
    }
    mallory.send(b"\nping after\n");
    mallory.expect(&["server: pong after"]);
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < 2 * 1024, "{grown} KiB for a line of 100 MB");
    server.user("newcomer").expect_nothing();
}

#[test]
fn half_a_line_before_the_end_is_no_command() {
    let mut scene = Witness::of(Config::default());
    let mut mallory = scene.server.user("mallory");
    mallory.send(b"ping whole\nsend message witness half");
    mallory.finish();
    mallory.expect(&["server: pong whole"]);
    mallory.expect_end();
    let mut nameless = scene.server.connect();
    nameless.send(b"mallory");
    nameless.finish();
    nameless.expect(&[PROMPT]);
    nameless.expect_end();
    scene.witness.ask("list users", &["server: users (1): witness"]);
    scene.saw_nothing();
}

#[test]
fn lines_may_come_one_byte_at_a_time() {
    let mut scene = Witness::of(Config::default());
    let mut patient = scene.server.connect();
    for byte in "渊渊\r\nsend message 渊渊 é🦊\r\nping\n".as_bytes() {
        patient.send(&[*byte]);
    }
    patient.expect(&[PROMPT, WELCOME, "渊渊: é🦊", "server: pong"]);
    scene.saw_nothing();
}

#[test]
fn ten_thousand_commands_in_one_packet_are_all_answered_in_order() {
    let mut scene = Witness::of(Config::embedded());
    let mut eager = scene.server.user("eager");
    let commands: String = (0..10_000).map(|number| format!("ping {number}\n")).collect();
    eager.send(commands.as_bytes());
    for number in 0..10_000 {
        eager.expect(&[&format!("server: pong {number}")]);
    }
    scene.saw_nothing();
}

#[test]
fn who_sends_faster_than_allowed_is_read_more_slowly_and_loses_nothing() {
    let mut scene = Witness::of(Config { message_rate: Rate { per_second: 500.0, burst: 10.0 }, ..Config::default() });
    let mut eager = scene.server.user("eager");
    let commands: String = (0..100).map(|number| format!("ping {number}\n")).collect();
    eager.send(commands.as_bytes());
    scene.saw_nothing();
    for number in 0..100 {
        eager.expect(&[&format!("server: pong {number}")]);
    }
    eager.send(commands.as_bytes());
    eager.finish();
    assert_eq!(eager.rest().len(), 100, "what came before the end of input is carried out");
}

/// Every line of a read had been taken when the wait began, and the server looked for the rest behind the end.
#[test]
fn who_has_nothing_left_to_take_when_it_is_throttled_is_served_on() {
    let mut scene = Witness::of(Config { message_rate: Rate { per_second: 500.0, burst: 1.0 }, ..Config::default() });
    let mut eager = scene.server.user("eager");
    for _ in 0..3 {
        eager.send(b"ping one\nping two\nping three\n");
        eager.expect(&["server: pong one", "server: pong two", "server: pong three"]);
    }
    scene.saw_nothing();
}

#[test]
fn six_thousand_lists_of_many_users_in_one_packet_lose_nothing_and_stay_bounded() {
    const USERS: usize = 300;
    let server = Process::serve(&["--message-rate", "0"]);
    let name = |number: usize| format!("{}_{number:03}", "u".repeat(28));
    let mut users: Vec<Client> = (0..USERS).map(|number| server.user(&name(number))).collect();
    let before = server.memory_kib();
    users[0].send("list users\n".repeat(6000).as_bytes());
    users[1].expect_nothing();
    // Nothing is read for as long as the server takes to fill what it may.
    users[0].send(b"ping done\n");
    let lines = users[0].lines_until("server: pong done");
    let named: usize = lines.iter().map(|line| line.matches("u_").count()).sum();
    assert_eq!(named, 6000 * USERS);
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < 4 * 1024, "{grown} KiB for 60 MB of answers");
    users[1].expect_nothing();
}
