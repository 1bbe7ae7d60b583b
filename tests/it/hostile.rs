//! What hostile and broken clients send, each from a raw socket. Three things are checked of each: the right answer to
//! the sender, nothing to the others, and the server goes on.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Duration;

use chatctl::hub::throttle::Rate;
use chatctl::server::{Config, QueueLimits};

use crate::support::{Client, PROMPT, Process, Server, WELCOME};

/// A bystander, to whom nothing may happen.
struct Witness {
    /// Before the server: who stops a server waits for its clients.
    witness: Client,
    server: Server,
}

impl Witness {
    fn of(config: Config) -> Self {
        let server = Server::start(config);
        let witness = server.user("witness");
        Self { witness, server }
    }

    /// Nothing came to the witness, and the server serves on.
    #[track_caller]
    fn saw_nothing(&mut self) {
        self.witness.expect_nothing();
        self.server.user("newcomer").ask("quit", &["server: bye"]);
        self.witness.expect_nothing();
    }
}

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
    mallory.expect(&[PROMPT, "error: bad-encoding: the line is not valid utf-8", PROMPT]);
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
    let before = server.memory_kib();
    for _ in 0..99 {
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

#[test]
fn names_that_are_none_are_refused() {
    let mut scene = Witness::of(Config::embedded());
    let long = "x".repeat(33);
    let refused = [
        "a b",
        "a\tb",
        "a\u{a0}b",
        "a\u{3000}b",
        "a,b",
        "a:b",
        "a/b",
        "a-b",
        "",
        "🦊",
        "½",
        "Ⅷ",
        "\u{301}a",
        &long,
        // Invisible: Hangul fillers, a joiner, a variation selector, a soft hyphen, a byte order mark, a right-to-left mark.
        "\u{3164}",
        "\u{115f}",
        "\u{ffa0}",
        "a\u{200d}b",
        "a\u{fe0f}",
        "a\u{ad}",
        "\u{feff}a",
        "a\u{200f}",
        "a\u{202e}b",
        // Folds to text with blanks.
        "\u{fdfa}",
    ];
    let mut mallory = scene.server.user("mallory");
    for name in refused.into_iter().filter(|name| !name.is_empty() && !name.contains([' ', '\t', ','])) {
        mallory.ask(&format!("rename {name}"), &[&format!("error: bad-name: '{name}': 1 to 32 letters, digits or _")]);
        mallory
            .ask(&format!("join room {name}"), &[&format!("error: bad-name: '{name}': 1 to 32 letters, digits or _")]);
    }
    for name in refused.into_iter().filter(|name| !name.is_empty()) {
        let mut nameless = scene.server.connect();
        nameless.say(name);
        nameless.expect(&[PROMPT, &format!("error: bad-name: '{name}': 1 to 32 letters, digits or _"), PROMPT]);
    }
    mallory.ask("rename a b", &["error: bad-command: usage: rename NAME"]);
    mallory.ask("send message a,,b hi", &["error: bad-command: usage: send message USER[,USER...] TEXT"]);
    scene.saw_nothing();
}

#[test]
fn reserved_names_are_refused_in_any_form() {
    let mut scene = Witness::of(Config::embedded());
    let mut mallory = scene.server.user("mallory");
    let reserved = "server error message room rooms user users members file all everyone me quit help list ping";
    for name in reserved.split(' ').flat_map(|name| [name.to_owned(), name.to_uppercase(), full_width(name)]) {
        mallory.ask(&format!("rename {name}"), &[&format!("error: bad-name: '{name}' is reserved")]);
    }
    scene.saw_nothing();
}

fn full_width(name: &str) -> String {
    name.chars().filter_map(|c| char::from_u32(u32::from(c) - 0x21 + 0xff01)).collect()
}

#[test]
fn look_alike_normal_forms_are_one_name() {
    let mut scene = Witness::of(Config::embedded());
    let pairs = [
        ("Jos\u{e9}", "JOSE\u{301}"),
        ("alice", "ＡＬＩＣＥ"),
        ("ﬁn", "fin"),
        ("straße", "STRASSE"),
        ("ΣΑΣ", "σας"),
        ("\u{1e9b}\u{323}", "ṩ"),
    ];
    for (first, second) in pairs {
        let _holder = scene.server.user(first);
        let mut mallory = scene.server.connect();
        mallory.say(second);
        mallory.expect(&[PROMPT, &format!("error: name-taken: {first}"), PROMPT]);
        mallory.say("mallory");
        mallory.expect(&[WELCOME]);
        mallory.ask(&format!("send message {first},{second},nobody hi"), &["error: no-such-user: nobody"]);
    }
    scene.saw_nothing();
}

#[test]
fn names_are_kept_in_nfc() {
    let server = Server::embedded();
    let mut jose = server.user("Jose\u{301}");
    jose.ask("list users", &["server: users (1): Jos\u{e9}"]);
}

#[test]
fn connections_without_a_name_hear_nothing_and_are_nobody() {
    let mut scene = Witness::of(Config::default());
    let mut nameless: Vec<Client> = (0..20).map(|_| scene.server.connect()).collect();
    scene.witness.ask("list users", &["server: users (1): witness"]);
    nameless[0].say("list users");
    nameless[0].expect(&[PROMPT, "error: bad-name: 'list users': 1 to 32 letters, digits or _", PROMPT]);
    nameless[1].say("quit");
    nameless[1].expect(&[PROMPT, "error: bad-name: 'quit' is reserved", PROMPT]);
    scene.saw_nothing();
}

#[test]
fn a_reset_in_the_middle_of_everything_is_a_departure() {
    let mut scene = Witness::of(Config::embedded());
    for round in 0..20 {
        let mut mallory = scene.server.user("mallory");
        mallory.ask("create room den witness", &["den/server: mallory created the room with witness"]);
        scene.witness.expect(&["den/server: mallory created the room with witness"]);
        // Half a line, answers on their way that nobody reads, and gone.
        mallory.send(&b"list users\n".repeat(round * 50));
        mallory.send(b"send room den ha");
        mallory.reset();
        scene.witness.expect(&["den/server: mallory left (connection closed)"]);
        scene.witness.ask("leave room den", &["den/server: witness left"]);
        scene.server.connect().reset();
    }
    scene.saw_nothing();
}

/// Small queues, so that little has to be written to fill one.
fn with_small_queues(write_timeout: Duration) -> Config {
    Config { queue: QueueLimits { soft: 64 * 1024, hard: 256 * 1024 }, write_timeout, ..Config::embedded() }
}

#[test]
fn who_never_reads_is_cut_told_why_and_announced() {
    let mut scene = Witness::of(with_small_queues(Duration::from_secs(60)));
    let mut stalled = scene.server.user("stalled");
    stalled.ask("create room den witness", &["den/server: stalled created the room with witness"]);
    scene.witness.expect(&["den/server: stalled created the room with witness"]);
    let line = format!("witness: {}", "x".repeat(8000));
    loop {
        scene.witness.send(format!("send message stalled {}\nping\n", &line["witness: ".len()..]).as_bytes());
        match scene.witness.line().as_str() {
            "server: pong" => {}
            left => break assert_eq!(left, "den/server: stalled left (slow consumer)"),
        }
    }
    scene.witness.expect(&["server: pong"]);
    let heard = stalled.rest();
    let (last, others) = heard.split_last().unwrap();
    assert_eq!(last, "error: slow-consumer: more than 262144 bytes unread");
    assert!(others.len() > 5 && others.iter().all(|other| *other == line), "whole lines up to the cut");
    scene.saw_nothing();
}

#[test]
fn who_writes_and_never_reads_is_closed_after_the_write_timeout() {
    let mut scene = Witness::of(with_small_queues(Duration::from_millis(300)));
    let mut mallory = scene.server.user("mallory");
    mallory.ask("create room den witness", &["den/server: mallory created the room with witness"]);
    scene.witness.expect(&["den/server: mallory created the room with witness"]);
    let pings = format!("ping {}\n", "x".repeat(4000)).repeat(100);
    let error = (0..10_000).find_map(|_| mallory.try_send(pings.as_bytes()).err()).expect("the server stops reading");
    assert!(was_closed(&error), "{error}");
    scene.witness.expect(&["den/server: mallory left (timeout)"]);
    scene.saw_nothing();
}

/// However the system says it.
fn was_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted)
}

#[test]
fn who_reads_nothing_of_what_is_below_the_limits_is_closed_too() {
    let mut scene = Witness::of(Config { write_timeout: Duration::from_millis(300), ..Config::embedded() });
    let mut sleeper = scene.server.user("sleeper");
    sleeper.ask("create room den witness", &["den/server: sleeper created the room with witness"]);
    scene.witness.expect(&["den/server: sleeper created the room with witness"]);
    // More than the system's buffers and less than the hard limit.
    scene.witness.send(format!("send message sleeper {}\n", "x".repeat(8000)).repeat(100).as_bytes());
    scene.witness.expect(&["den/server: sleeper left (timeout)"]);
    scene.saw_nothing();
}

#[test]
fn a_thousand_quick_connections_leave_nothing_behind() {
    let mut scene = Witness::of(Config::embedded());
    for number in 0..1000 {
        let mut client = scene.server.connect();
        match number % 4 {
            0 => client.reset(),
            1 => drop(client),
            2 => client.stream().shutdown(Shutdown::Both).unwrap(),
            _ => client.say("quick"),
        }
    }
    // Whoever of them logged in is gone soon: the name is free again.
    let mut quick = loop {
        let mut client = scene.server.connect();
        client.ask("quick", &[PROMPT]);
        if client.line() == WELCOME {
            break client;
        }
    };
    quick.ask("quit", &["server: bye"]);
    quick.expect_end();
    scene.witness.ask("list users", &["server: users (1): witness"]);
    scene.saw_nothing();
}

#[test]
fn a_full_server_says_so_and_takes_the_next_when_somebody_leaves() {
    let mut scene = Witness::of(Config { max_connections: Some(2), ..Config::embedded() });
    let mut second = scene.server.user("second");
    for _ in 0..100 {
        let mut outside = scene.server.connect();
        outside.expect(&["error: server-full: 2 connections"]);
        outside.expect_end();
    }
    second.ask("quit", &["server: bye"]);
    second.expect_end();
    drop(second);
    let mut next = loop {
        let mut client = scene.server.connect();
        if client.line() == PROMPT {
            break client;
        }
    };
    next.ask("next", &[WELCOME]);
    scene.witness.expect_nothing();
}

#[test]
fn out_of_descriptors_it_waits_says_so_once_and_goes_on() {
    let flags = ["--max-connections", "1000", "--login-timeout", "1s"];
    let server = Process::serve_with_descriptors(40, &flags);
    let mut inside = server.user("inside");
    // The system takes all of these on behalf of the server, which has descriptors for some of them.
    let mut outside: Vec<Client> = (0..100).map(|_| Client::connect(server.addr)).collect();
    server.wait_for_log("accepting no connections");
    let before = server.cpu_ticks();
    outside[0].expect(&[PROMPT, "error: login-failed: no name within 1 s"]);
    let spent = server.cpu_ticks() - before;
    assert!(spent < 50, "{spent} ticks of CPU in about a second of waiting for a descriptor");
    inside.expect_nothing();
    // As the first are closed, there is room for the others.
    for client in &mut outside[1..] {
        client.expect(&[PROMPT, "error: login-failed: no name within 1 s"]);
        client.stream().shutdown(Shutdown::Both).unwrap();
    }
    server.user("late").expect_nothing();
    let log = server.log();
    assert_eq!(log.matches("accepting no connections").count(), 1, "{log}");
    assert_eq!(server.stop().0.code(), Some(0));
}
