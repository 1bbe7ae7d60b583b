//! The protocol as `docs/protocol.md` has it: its conversation line for line, and every line of its tables.

use std::time::Duration;

use chatctl::hub::{Limits, Registration};
use chatctl::protocol::command::{CommandKind, OperationKind};
use chatctl::server::{Config, Hashing};

use crate::files::text as files;
use crate::protocol::rooms;
use crate::serve::control;
use crate::store::trouble::what_cannot_be_kept_is_told;
use crate::support::stage::Stage;
use crate::support::{Client, PROMPT, Server, WELCOME};

const PROTOCOL: &str = include_str!("../../../docs/protocol.md");

/// What stands under a heading, up to the next one.
fn section(heading: &str) -> &'static str {
    let (_, rest) = PROTOCOL.split_once(&format!("\n### {heading}\n")).expect("the protocol has this heading");
    rest.split("\n#").next().unwrap_or(rest)
}

/// The rows of the section's table, without its head.
fn rows(heading: &str) -> impl Iterator<Item = &'static str> {
    section(heading).lines().filter(|line| line.starts_with("| ")).skip(2)
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The lines of the server that the section's table shows.
fn lines_shown(heading: &str) -> Vec<&'static str> {
    let sources = ["server: ", "error: ", "history: ", "alice: ", "lobby/"];
    rows(heading).flat_map(quoted).filter(|quote| sources.iter().any(|source| quote.starts_with(source))).collect()
}

#[track_caller]
fn assert_all_heard(heading: &str, heard: &[String]) {
    let shown = lines_shown(heading);
    assert!(shown.len() > 10, "the table is read");
    for line in shown {
        let matches = |heard: &String| match line.strip_suffix("...") {
            Some(beginning) => heard.starts_with(beginning),
            None => heard == line,
        };
        assert!(heard.iter().any(matches), "nobody heard `{line}`");
    }
}

#[test]
fn the_conversation_of_the_protocol() {
    let server = Server::start(Config::default());
    let conversation: Vec<&str> = section("A conversation").lines().filter(|line| line.starts_with("    ")).collect();
    assert!(conversation.len() > 15, "the conversation is read");
    Stage::new(server.addr).play(&conversation.join("\n"));
}

#[test]
fn the_table_of_commands_is_that_of_the_parser() {
    let shapes: Vec<&str> =
        rows("Commands and answers").flat_map(|row| quoted(row.split(" | ").next().unwrap())).collect();
    let known = CommandKind::ALL.iter().flat_map(|kind| [Some(kind.usage()), kind.short_usage()]).flatten();
    assert_eq!(shapes, known.collect::<Vec<_>>());
}

#[test]
fn every_answer_in_the_table_of_commands() {
    let server = Server::start(Config::default());
    let mut stage = Stage::of_four(server.addr);
    stage.play(
        "
        D  rename dana                          D server: you are now dana
        C  quit                                 C server: bye
                                                C (end of stream)
        D  quit                                 D server: bye
                                                D (end of stream)
        A  list rooms                           A server: rooms (0)
        A  list users                           A server: users (2): alice, bob
        A  send message dave TEXT               A error: no-such-user: dave
        C  (connects)                           C server: set your name please:
        C  carol                                C server: let's start chatting!
        D  (connects)                           D server: set your name please:
        D  dave                                 D server: let's start chatting!
        A  create room lobby bob                A B lobby/server: alice created the room with bob
        A  list members lobby                   A server: members of lobby (2): alice, bob
        A  list rooms                           A server: rooms (1): lobby
        A  send message bob,BOB,carol TEXT      B C alice: TEXT
        D  join room lobby                      A B D lobby/server: dave joined
        D  leave room lobby                     A B D lobby/server: dave left
        A  send room lobby TEXT                 A B lobby/alice: TEXT
        A  SEND lobby TEXT                      A B lobby/alice: TEXT
        C  set encoding GB2312                  C server: encoding is gbk
        C  ping TOKEN                           C server: pong TOKEN
        C  ping                                 C server: pong
        C  help quit                            C server: quit - leave
        A  rename NAME                          A server: you are now NAME
                                                A B lobby/server: alice is now NAME
        A  rename alice                         A server: you are now alice
                                                A B lobby/server: NAME is now alice
        A  quit                                 A server: bye
                                                A (end of stream)
                                                B lobby/server: alice left (quit)
                                                B lobby/server: bob has the room
        A  (connects)                           A server: set your name please:
        A  alice                                A server: let's start chatting!
        B  quit                                 B server: bye
                                                B (end of stream)
        B  (connects)                           B server: set your name please:
        B  bob                                  B server: let's start chatting!
        A  create room lobby bob,carol,bob      A B C lobby/server: alice created the room with bob, carol
        A  create room alone                    A alone/server: alice created the room
        ",
    );
    let mut heard = stage.heard().to_vec();
    heard.extend(histories());
    heard.extend(resumed_and_found());
    heard.extend(numbers_and_tokens());
    heard.extend(accounts());
    heard.extend(messages());
    heard.extend(rooms::answers());
    heard.extend(files::answers());
    assert_all_heard("Commands and answers", &heard);
}

/// The answers to `history` in a room of 43 lines, at the times of the table.
fn histories() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    for _ in 2..=42 {
        alice.ask("send lobby hi", &["lobby/alice: hi"]);
    }
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    alice.expect(&["lobby/server: bob joined"]);
    alice.say("history lobby 2");
    alice.say("history lobby before #1");
    let shown = ["2026-11-25T17:30:02Z", "2026-11-25T17:30:05Z"];
    let lines = shown.map(|time| at(time, &alice.line()));
    lines.into_iter().chain([alice.line(), alice.line()]).collect()
}

/// The answers to `resume` and `search` in a room that is longer than its history.
fn resumed_and_found() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    let mut talk = |to: usize, from: usize| {
        (from..=to).for_each(|_| alice.say("send lobby hi"));
        alice.say("ping");
        alice.lines_until("server: pong");
    };
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    bob.ask("leave room lobby", &["lobby/server: bob left"]);
    talk(44, 4);
    let mut answers = Vec::new();
    let mut ask = |bob: &mut Client, line: &str| {
        bob.say(line);
        bob.say("ping");
        answers.extend(bob.lines_until("server: pong"));
    };
    ask(&mut bob, "resume lobby #41");
    ask(&mut bob, "resume lobby #44");
    ask(&mut bob, "leave room lobby");
    talk(1900, 47);
    ask(&mut bob, "resume lobby #41");
    ask(&mut bob, "search nothing like this");
    ask(&mut bob, "search in lobby HI");
    answers
}

/// The answers to `set numbers` and `token`, in the epoch of the table.
fn numbers_and_tokens() -> Vec<String> {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    alice.say("set numbers on");
    let on = alice.line();
    let (on, epoch) = on.rsplit_once(' ').unwrap();
    assert!(epoch.len() >= 4 && u32::from_str_radix(epoch, 16).is_ok(), "{epoch}");
    alice.ask("create room lobby", &["#1 lobby/server: alice created the room"]);
    alice.ask("send lobby hello", &["#2 lobby/alice: hello"]);
    alice.ask("set numbers off", &["server: numbers are off"]);
    alice.ask("send lobby hello", &["lobby/alice: hello"]);
    alice.say("token");
    let token = alice.line();
    let letters = token.rsplit_once(' ').unwrap().1;
    assert!(letters.len() == 26 && letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    vec![format!("{on} b1c2"), "server: numbers are off".to_owned(), token.replace(letters, "q4zj")]
}

/// The answers to the commands about accounts.
fn accounts() -> Vec<String> {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    let commands = ["register hunter22", "set password hunter22 hunter33", "unregister hunter33"];
    let answers = commands.map(|command| {
        alice.say(command);
        alice.line()
    });
    answers.into()
}

/// The answers about what two accounts wrote to each other, at the time of the table.
fn messages() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("register hunter22", &["server: alice is registered"]);
    bob.ask("register hunter33", &["server: bob is registered"]);
    let mut heard = Vec::new();
    let mut ask = |alice: &mut Client, line: &str, answers: usize| {
        alice.say(line);
        heard.extend((0..answers).map(|_| alice.line()));
    };
    ask(&mut alice, "history message bob", 1);
    for _ in 1..=18 {
        bob.say("send message alice psst");
    }
    alice.expect(&["bob: psst"; 18]);
    ask(&mut alice, "history message bob 1", 2);
    bob.say("send message alice psst");
    alice.expect(&["bob: psst"]);
    alice.ask("quit", &["server: bye"]);
    let mut alice = server.connect();
    alice.say("alice");
    alice.say("hunter22");
    alice.expect(&[PROMPT, "server: password please:", WELCOME]);
    ask(&mut alice, "resume message bob #16", 4);
    bob.ask("quit", &["server: bye"]);
    ask(&mut alice, "send message bob psst", 1);
    let is_past = |line: &String| line.starts_with("history: ");
    heard.into_iter().map(|line| if is_past(&line) { at("2026-11-25T17:31:00Z", &line) } else { line }).collect()
}

/// What is said to whom writes to an account for which as many messages wait as may.
fn a_full_mailbox_says() -> String {
    let server = Server::embedded();
    let mut bob = server.user("bob");
    bob.ask("register hunter22", &["server: bob is registered"]);
    bob.ask("quit", &["server: bye"]);
    let mut alice = server.user("alice");
    for _ in 0..1000 {
        alice.ask("send message bob psst", &["server: kept for bob"]);
    }
    alice.say("send message bob psst");
    alice.line()
}

/// A line of a history as it would be at another time.
fn at(time: &str, line: &str) -> String {
    let words: Vec<&str> = line.splitn(4, ' ').collect();
    assert!(words[2].len() == time.len() && humantime::parse_rfc3339(words[2]).is_ok(), "{line}");
    line.replacen(words[2], time, 1)
}

#[test]
fn every_answer_in_the_table_of_operators() {
    let shapes: Vec<&str> = rows("Operators").flat_map(|row| quoted(row.split(" | ").next().unwrap())).collect();
    assert_eq!(shapes, OperationKind::ALL.iter().map(|kind| kind.usage()).collect::<Vec<_>>());
    let heard = control::answers();
    assert_all_heard("Operators", &heard);
    let errors: Vec<&str> = quoted(section("Operators")).filter(|quote| quote.starts_with("error: ")).collect();
    assert!(errors.len() > 5, "{errors:?}");
    for error in errors {
        assert!(heard.iter().any(|line| line == error), "nobody heard `{error}`: {heard:#?}");
    }
}

#[test]
fn help_has_a_line_for_every_command() {
    let server = Server::start(Config::default());
    let mut alice = server.user("alice");
    alice.say("help");
    for kind in CommandKind::ALL {
        let line = alice.line();
        assert!(line.starts_with(&format!("server: {}", kind.usage())) && line.ends_with(kind.summary()), "{line}");
    }
    alice.expect_nothing();
}

#[test]
fn every_line_of_the_table_of_errors() {
    let mut heard = errors_of_one_line();
    heard.extend(errors_of_limits());
    heard.push(a_full_server_says());
    heard.push(a_stranger_is_told());
    heard.push(who_is_silent_is_told());
    let forever = Duration::from_secs(3600);
    heard.push(a_slow_consumer_is_told(Config { slow_timeout: forever, ..Config::embedded() }));
    heard.push(a_slow_consumer_is_told(Config { slow_timeout: Duration::ZERO, ..Config::embedded() }));
    heard.push(who_is_taken_over_is_told());
    heard.extend(errors_of_passwords());
    heard.push(a_busy_server_says());
    heard.push(a_full_mailbox_says());
    heard.extend(rooms::refusals());
    heard.extend(files::refusals());
    heard.push(what_cannot_be_kept_is_told());
    assert_all_heard("Errors", &heard);
}

fn errors_of_one_line() -> Vec<String> {
    let server = Server::start(Config::default());
    let mut stage = Stage::of_four(server.addr);
    stage.play(
        "
        D  quit                                 D server: bye
                                                D (end of stream)
        A  lsit users                           A error: unknown-command: 'lsit users'; did you mean 'list users'?
        A  hello all                            A error: unknown-command: 'hello all'; try 'help'
        A  send room lobby                      A error: bad-command: usage: send room ROOM TEXT
        A  rename server                        A error: bad-name: 'server' is reserved
        A  rename sеrver                        A error: bad-name: 'sеrver' looks like 'server'
        A  rename аlice                         A error: bad-name: 'аlice' mixes letters of several scripts
        B  rename ALICE                         B error: name-taken: alice
        A  send message dave hi                 A error: no-such-user: dave
        A  send lobby hi                        A error: no-such-room: lobby
        A  send mesage bob hi                   A error: no-such-room: mesage; did you mean 'send message'?
        A  create room lobby                    A lobby/server: alice created the room
        B  create room lobby                    B error: room-exists: lobby
        A  join room lobby                      A error: already-a-member: lobby
        B  send lobby hi                        B error: not-a-member: lobby
        C  create room twelve                   C twelve/server: carol created the room
        C  resume twelve #2                     C error: bad-number: twelve is at #1
        B  resume lobby #13                     B error: bad-number: lobby is at #1
        A  send lobby \u{1b}[2J                 A error: bad-text: control character U+001B
        A  set encoding klingon                 A error: bad-encoding: unknown encoding 'klingon'
        A  set encoding utf-16le                A error: bad-encoding: utf-16le is not usable line by line
        D  (connects)                           D server: set your name please:
        D  a b                                  D error: bad-name: 'a b': 1 to 32 letters, digits, _ or -
                                                D server: set your name please:
        D  token aaaa                           D error: wrong-token: no session has this token
                                                D server: set your name please:
        D  bob                                  D error: name-taken: bob
                                                D error: login-failed: three names refused
                                                D (end of stream)
        ",
    );
    let alice = stage.person('A');
    alice.send(b"send lobby caf\xe9\n");
    let mut heard = vec![alice.line()];
    alice.say(&"x".repeat(8193));
    heard.push(alice.line());
    heard.extend_from_slice(stage.heard());
    heard
}

fn errors_of_passwords() -> Vec<String> {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    let mut stage = Stage::new(server.addr);
    stage.play(
        "
        A  (connects)                           A server: set your name please:
        A  alice                                A server: password please:
        A  hunter33                             A error: wrong-password: alice
                                                A server: set your name please:
        A  bob                                  A server: let's start chatting!
        A  register short                       A error: bad-password: 8 to 128 characters without blanks
        A  unregister hunter22                  A error: not-registered: bob
        A  register hunter22                    A server: bob is registered
        A  set password hunter33 hunter44       A error: wrong-password: bob
        ",
    );
    let mut heard = stage.heard().to_vec();
    alice.say("register hunter22");
    heard.push(alice.line());
    let closed = Limits { registration: Registration::Closed, ..Limits::default() };
    let closed = Server::start(Config { limits: closed, ..Config::embedded() });
    let mut guest = closed.user("alice");
    for command in ["register hunter22", "unregister hunter22"] {
        guest.say(command);
        heard.push(guest.line());
    }
    for _ in 0..6 {
        alice.say("unregister hunter33");
        heard.push(alice.line());
    }
    heard.push("error: insecure: passwords only over TLS".to_owned());
    heard
}

/// More at once than a server looks at that hashes slowly.
fn a_busy_server_says() -> String {
    let server = Server::start(Config { hashing: Hashing::Slow, ..Config::embedded() });
    let mut crowd: Vec<Client> = (0..280).map(|number| server.user(&format!("u{number}"))).collect();
    crowd.iter_mut().for_each(|client| client.say("register hunter22"));
    // The last to ask is the first to be refused.
    let mut answers = crowd.iter_mut().rev().map(Client::line);
    answers.find(|answer| !answer.ends_with(" is registered")).expect("280 are more than wait")
}

fn who_is_taken_over_is_told() -> String {
    let server = Server::embedded();
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    alice.expect(&["lobby/server: bob created the room with alice"]);
    alice.say("token");
    let token = alice.line();
    let token = token.strip_prefix("server: ").unwrap();
    let mut again = server.connect();
    again.ask(token, &["server: set your name please:", "server: let's start chatting!"]);
    let told = alice.line();
    alice.expect_end();
    again.ask("send lobby here I am", &["lobby/alice: here I am"]);
    bob.expect(&["lobby/alice: here I am"]);
    bob.expect_nothing();
    told
}

fn errors_of_limits() -> Vec<String> {
    let server = Server::embedded();
    let (mut alice, mut bob, mut carol) = (server.user("alice"), server.user("bob"), server.user("carol"));
    for number in 0..100 {
        bob.ask(&format!("create room r{number}"), &[&format!("r{number}/server: bob created the room")]);
    }
    bob.say("create room one_more");
    for number in 0..5 {
        let created = format!("c{number}/server: carol created the room with bob");
        carol.ask(&format!("create room c{number} bob"), &[&created]);
    }
    carol.say("create room with_bob bob");
    for who in ["dave", "eve", "frank"] {
        let mut other = server.user(who);
        for number in 0..5 {
            let created = format!("{who}{number}/server: {who} created the room with bob");
            other.ask(&format!("create room {who}{number} bob"), &[&created]);
        }
    }
    let mut gina = server.user("gina");
    gina.say("create room one_too_many bob");
    let crowd: Vec<String> = (0..65).map(|number| format!("u{number}")).collect();
    alice.say(&format!("send message {} hi", crowd.join(",")));
    alice.say(&format!("create room crowd {}", crowd.join(",")));
    let told_bob = bob.lines_until("error: too-many: more than 100 rooms").pop().expect("at least this line");
    vec![alice.line(), alice.line(), told_bob, carol.line(), gina.line(), in_all()]
}

/// What a server says that has as many rooms as it may have.
fn in_all() -> String {
    let limits = Limits { max_rooms_total: 0, ..Limits::default() };
    let server = Server::start(Config { limits, ..Config::default() });
    let mut alice = server.user("alice");
    alice.say("create room lobby");
    alice.line()
}

fn who_is_silent_is_told() -> String {
    let idle_timeout = Some(Duration::from_millis(200));
    let server = Server::start(Config { idle_timeout, ..Config::default() });
    let mut silent = server.user("silent");
    let said = silent.line();
    silent.expect_end();
    said
}

fn a_stranger_is_told() -> String {
    let server = Server::start(Config::default());
    let mut browser = server.connect();
    browser.send(b"POST /?ping HTTP/1.1\r\nHost: chat\r\n\r\nalice\nlist users\n");
    browser.expect(&["server: set your name please:"]);
    let said = browser.line();
    browser.expect_end();
    said
}

fn a_full_server_says() -> String {
    let server = Server::start(Config { max_connections: Some(1000), ..Config::embedded() });
    let mut inside: Vec<Client> = (0..1000).map(|_| server.connect()).collect();
    // Only who has heard something is known to be inside.
    inside.iter_mut().for_each(|client| assert_eq!(client.line(), "server: set your name please:"));
    let mut outside = server.connect();
    let said = outside.line();
    outside.expect_end();
    said
}

fn a_slow_consumer_is_told(config: Config) -> String {
    let server = Server::start(config);
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    bob.ask("create room lobby alice", &["lobby/server: bob created the room with alice"]);
    alice.expect(&["lobby/server: bob created the room with alice"]);
    let text = "x".repeat(8000);
    let mut answers = Vec::new();
    while !answers.contains(&"lobby/server: bob left (slow consumer)".to_owned()) {
        alice.send(format!("send message bob {text}\n").repeat(50).as_bytes());
        alice.say("ping");
        answers = alice.lines_until("server: pong");
        answers.pop();
    }
    bob.rest().pop().expect("bob was told something")
}

#[test]
fn an_unknown_line_is_echoed_up_to_64_characters() {
    let server = Server::start(Config::default());
    let mut alice = server.user("alice");
    let echo = "渊".repeat(64);
    alice.ask(&"渊".repeat(2000), &[&format!("error: unknown-command: '{echo}...'; try 'help'")]);
}

#[test]
fn a_bare_verb_is_answered_with_all_its_shapes() {
    let server = Server::start(Config::default());
    let mut alice = server.user("alice");
    alice.ask("list", &["error: bad-command: usage: list users; list rooms; list members ROOM"]);
    alice.ask("create", &["error: bad-command: usage: create room ROOM [USER[,USER...]]"]);
    let shapes =
        "send message USER[,USER...] TEXT; send room ROOM TEXT; send ROOM TEXT; send file room/user TO SIZE NAME";
    alice.ask("send", &[&format!("error: bad-command: usage: {shapes}")]);
}

#[test]
fn checks_are_made_in_the_order_of_the_protocol() {
    let server = Server::start(Config { limits: Limits { max_rooms: 1, ..Limits::default() }, ..Config::default() });
    Stage::of_four(server.addr).play(
        "
        A  create room lobby                    A lobby/server: alice created the room
        A  create room ping                     A error: bad-name: 'ping' is reserved
        A  create room lobby bob,eve            A error: too-many: more than 1 rooms
        A  join room nowhere                    A error: too-many: more than 1 rooms
        B  create room lobby eve                B error: room-exists: lobby
        B  create room den eve,alice            B error: no-such-user: eve
        B  list rooms                           B server: rooms (1): lobby
        ",
    );
}

#[test]
fn text_is_delivered_verbatim() {
    let server = Server::start(Config::default());
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    for text in ["  two blanks before, and after  ", "   ", "a\ttab", "# \"quotes\" \\ {{x}}", "渊🦊e\u{301}"] {
        alice.say(&format!("send message bob {text}"));
        bob.expect(&[&format!("alice: {text}")]);
    }
}

#[test]
fn a_charset_holds_in_both_directions_from_its_confirmation_on() {
    let server = Server::start(Config::default());
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    // One packet: the second line is GBK already.
    alice.send(b"set encoding gbk\nsend message alice,bob \xd4\xa8\n");
    alice.expect(&["server: encoding is gbk"]);
    assert_eq!(alice.next_bytes().unwrap(), b"alice: \xd4\xa8\n");
    bob.expect(&["alice: 渊"]);
    bob.say("send message alice a\u{1F98A}b");
    alice.expect(&["bob: a?b"]);
    alice.send(b"send message bob \xff\xff\n");
    alice.expect(&["error: bad-encoding: the line is not valid gbk"]);
}

#[test]
fn a_long_list_is_several_lines_with_the_total() {
    let server = Server::embedded();
    let mut users: Vec<Client> = (100..500).map(|i| server.user(&format!("{}_{i}", "u".repeat(28)))).collect();
    users[0].say("list users");
    users[0].say("ping");
    let lines = users[0].lines_until("server: pong");
    let names: Vec<&str> = lines[..lines.len() - 1]
        .iter()
        .flat_map(|line| line.strip_prefix("server: users (400): ").expect(line).split(", "))
        .collect();
    assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 8192));
    assert_eq!(names, (100..500).map(|i| format!("{}_{i}", "u".repeat(28))).collect::<Vec<_>>());
}

#[test]
fn whoever_gives_no_name_in_time_is_told_and_closed_and_nobody_else() {
    let limits = Limits { login_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start(Config { limits, ..Config::default() });
    let mut alice = server.user("alice");
    let mut silent = server.connect();
    silent.expect(&["server: set your name please:", "error: login-failed: no line with a name within 0.2 s"]);
    silent.expect_end();
    let mut blank = server.connect();
    blank.say("\n \n\t");
    blank.expect(&["server: set your name please:", "error: login-failed: no line with a name within 0.2 s"]);
    blank.expect_end();
    alice.expect_nothing();
}
