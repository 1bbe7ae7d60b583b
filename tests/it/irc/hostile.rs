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
    for number in 0..100 {
        bob.expect(&[
            &format!(":bob!bob@HOST JOIN #r{number}"),
            &format!(":chatctl.local 353 bob = #r{number} @bob"),
            &format!(":chatctl.local 366 bob #r{number} :End of /NAMES list"),
        ]);
    }
    for number in 100..120 {
        bob.expect(&[&format!(":chatctl.local 405 bob #r{number} :You have joined too many channels")]);
    }
}

#[test]
fn modes_of_500_letters_have_the_right_numbers_and_nothing_else() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    let repeated = |part: &str, count: usize| format!("MODE #tea {}", part.repeat(count));
    // Of letters that take a parameter, a line has 20; the others change nothing by being repeated.
    assert_eq!(al.answers(&repeated("+z", 240)), [":chatctl.local 472 al z :is unknown mode char to me"; 20]);
    assert_eq!(al.answers(&repeated("+o", 240)), [":chatctl.local 696 al #tea o * :You must say whom"; 20]);
    assert_eq!(al.answers(&repeated("+n-n", 120)), [":al!al@HOST MODE #tea -n"]);
    assert_eq!(al.answers(&repeated("-n+n", 120)), [":al!al@HOST MODE #tea +n"]);
    assert_eq!(al.answers(&repeated("+", 490)), Vec::<String>::new());
    assert_eq!(al.answers(&format!("MODE al {}", "+q".repeat(240))), [":chatctl.local 501 al :Unknown MODE flag"]);
    assert_eq!(al.answers(&format!("MODE al {}", "+i".repeat(240))), [":al!al@HOST MODE al +i"]);
    // What 20 masks are told as is longer than what they were asked for by.
    let masks: Vec<String> = (0..20).map(|number| format!("mask{number:02}{}", "x".repeat(16))).collect();
    let told = al.answers(&format!("MODE #tea +{} {}", "b".repeat(20), masks.join(" ")));
    assert_eq!(told.len(), 2);
    assert!(masks.iter().all(|mask| told.concat().contains(&format!("{mask}!*@*"))));
}

#[test]
fn a_mask_of_many_stars_keeps_nobody_waiting() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    let stars = "*a".repeat(60) + "b";
    for _ in 0..60 {
        al.say(&format!("MODE #tea +b *!{stars}"));
    }
    al.pending();
    let mut eve = IrcUser::log_in(server.irc(), &"a".repeat(32));
    let begun = std::time::Instant::now();
    assert_eq!(eve.answers("JOIN #tea")[0], format!(":{0}!{1}@HOST JOIN #tea", "a".repeat(32), "a".repeat(18)));
    eve.answers(&format!("WHO {stars}"));
    eve.answers(&format!("LIST {stars}"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn what_a_client_says_comes_back_in_lines_that_are_no_longer_than_others() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    for command in [
        "PING",
        "HELP",
        "MOTD",
        "CAP",
        "CAP REQ",
        "NICK",
        "WHO",
        "WHOIS",
        "WHOWAS",
        "NAMES",
        "LIST",
        "JOIN",
        "PART",
        "MODE",
        "TOPIC #tea",
        "KICK #tea al",
        "MONITOR +",
        "ISON",
        "USERHOST",
        "INVITE al",
        "CHATHISTORY",
        "MARKREAD",
        "REGISTER * *",
        "AUTHENTICATE",
        "SETNAME",
        "AWAY",
        "FOO",
        "PRIVMSG",
        "TAGMSG",
        "KICK",
        "BATCH",
        "VERIFY x",
    ] {
        for unit in ["x", "渊", "x,", "#x,", ":", "* "] {
            let room = 510 - command.len() - 1;
            // `IrcUser` looks at the length of each line.
            al.answers(&format!("{command} {}", unit.repeat(room / unit.len())));
        }
        al.answers("JOIN #tea");
    }
    al.answers("NICK al");
    al.ask("PING still", &[":chatctl.local PONG chatctl.local still"]);
}

#[test]
fn the_longest_names_fit_into_every_line() {
    let server = Server::with_irc(Config::embedded());
    let long = |letter: &str| letter.repeat(32);
    let mut al = IrcUser::log_in(server.irc(), &long("渊"));
    let mut bob = IrcUser::log_in(server.irc(), &long("𠀀"));
    for letter in ["水", "火", "木", "金", "土", "日", "月"] {
        al.join(&format!("#{}", long(letter)));
    }
    let rooms: String =
        bob.answers(&format!("WHOIS {}", long("渊"))).into_iter().filter(|line| line.contains(" 319 ")).collect();
    assert!(["水", "火", "木", "金", "土", "日", "月"].iter().all(|letter| rooms.contains(&long(letter))), "{rooms}");
    al.answers(&format!("TOPIC #{} :{}", long("水"), "t".repeat(390)));
    bob.answers("LIST");
    bob.answers(&format!("JOIN #{}", long("水")));
    al.answers(&format!("KICK #{} {} :{}", long("水"), long("𠀀"), "w".repeat(200)));
    bob.pending();
    bob.ask(&format!("QUIT :{}", "q".repeat(390)), &[&format!("ERROR :Closing link: (Quit: {})", "q".repeat(390))]);
    bob.expect_end();
    al.pending();
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
