//! Users of the text, IRC and JSON doors in one room: everybody hears everything, in one order, in his own spelling.

use std::thread;

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;
use crate::support::socket::Socket;

#[test]
fn each_door_spells_what_the_others_do() {
    let server = Server::with_irc(Config::embedded());
    let mut tom = server.user("tom");
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    al.expect(&[":tom!text@chatctl JOIN #tea"]);
    tom.ask("send tea 你好 🍵", &["tea/tom: 你好 🍵"]);
    al.expect(&[":tom!text@chatctl PRIVMSG #tea :你好 🍵"]);
    al.say("PRIVMSG #tea :\u{1}ACTION waves\u{1}");
    tom.expect_line("tea/al: * waves");
    al.say("PRIVMSG #tea :\u{2}bold\u{2} \u{3}04,12red");
    tom.expect_line("tea/al: bold red");
    al.ask("PRIVMSG tom :\u{1}VERSION\u{1}", &[":chatctl.local 404 al tom :not an IRC client"]);
    al.say("NOTICE tom :\u{1}VERSION me\u{1}");
    al.expect_nothing();
    al.say("PRIVMSG tom :psst");
    tom.expect_line("al: psst");
    tom.say("send message al psst yourself");
    al.expect(&[":tom!text@chatctl PRIVMSG al :psst yourself"]);
    tom.ask("rename tim", &["server: you are now tim", "tea/server: tom is now tim"]);
    al.expect(&[":tom!text@chatctl NICK tim"]);
    al.ask("NICK alice", &[":al!al@HOST NICK alice"]);
    tom.expect_line("tea/server: al is now alice");
    al.ask("PART #tea :bye", &[":alice!al@HOST PART #tea :bye"]);
    tom.expect_line("tea/server: alice left");
    tom.say("send message alice gone?");
    al.expect(&[":tim!text@chatctl PRIVMSG alice :gone?"]);
}

#[test]
fn who_is_at_another_door_has_one_address_on_all_lines() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    al.answers("MODE #tea +b *!web@chatctl");
    let mut tom = server.user("tom");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    tom.say("leave room tea");
    tom.say("join room tea");
    tom.say("rename tim");
    tom.say("quit");
    al.expect(&[
        ":tom!text@chatctl JOIN #tea",
        ":tom!text@chatctl PART #tea",
        ":tom!text@chatctl JOIN #tea",
        ":tom!text@chatctl NICK tim",
        ":tim!text@chatctl QUIT :Quit",
    ]);
    al.ask("WHOWAS tim", &[":chatctl.local 314 al tim text chatctl * tim"]);
    al.pending();
    let mut jo = Socket::log_in(server.web(), "jo");
    al.ask("USERHOST jo", &[":chatctl.local 302 al jo=+web@chatctl"]);
    jo.say(r#"{"type":"join_room","id":2,"room":"tea"}"#);
    while jo.said()["code"] != "banned" {}
    al.expect_nothing();
}

#[test]
fn a_long_line_of_another_door_comes_in_pieces() {
    let server = Server::with_irc(Config::embedded());
    let mut tom = server.user("tom");
    let mut al = IrcUser::log_in(server.irc(), "al");
    let text: String = "渊🍵x".repeat(1000);
    tom.say(&format!("send message al {text}"));
    let mut heard = String::new();
    while heard.len() < text.len() {
        let line = al.raw_line();
        assert!(line.len() + "\r\n".len() <= 512, "{} bytes", line.len());
        let piece = line.strip_prefix(":tom!text@chatctl PRIVMSG al :").unwrap();
        heard.push_str(piece);
    }
    assert_eq!(heard, text);
}

/// `from: text` of what is said in the room, as many as there are.
fn heard(count: usize, mut next: impl FnMut() -> Option<String>) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        heard.extend(next());
    }
    heard
}

#[test]
fn members_of_three_doors_hear_one_order() {
    const LINES: usize = 300;
    let server = Server::with_irc(Config { workers: 4, ..Config::embedded() });
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    let mut al = IrcUser::with_caps(server.irc(), "al", "echo-message");
    al.join("#tea");
    let mut jo = Socket::log_in(server.web(), "jo");
    jo.say(r#"{"type":"join_room","id":2,"room":"tea"}"#);
    while jo.said()["id"] != 2 {}
    let mut jo_writes = jo.try_clone();
    let total = 3 * LINES;
    let text = thread::spawn(move || {
        (0..LINES).for_each(|n| tom.say(&format!("send tea {n}")));
        let heard = heard(total, || {
            let line = tom.line();
            line.strip_prefix("tea/").filter(|line| !line.starts_with("server")).map(str::to_owned)
        });
        (tom, heard)
    });
    let irc = thread::spawn(move || {
        (0..LINES).for_each(|n| al.say(&format!("PRIVMSG #tea {n}")));
        let heard = heard(total, || {
            let line = al.line();
            let (source, said) = line.strip_prefix(':')?.split_once(" PRIVMSG #tea :")?;
            Some(format!("{}: {said}", source.split('!').next()?))
        });
        (al, heard)
    });
    let json = thread::spawn(move || {
        (0..LINES).for_each(|n| {
            jo_writes.say(&format!(r#"{{"type":"send_room","id":{},"room":"tea","text":"{n}"}}"#, n + 3));
        });
        let heard = heard(total, || {
            let said = jo.said();
            (said["type"] == "message")
                .then(|| format!("{}: {}", said["from"].as_str().unwrap(), said["text"].as_str().unwrap()))
        });
        (jo, heard)
    });
    // Nobody leaves before all have heard all.
    let (text, irc, json) = (text.join().unwrap(), irc.join().unwrap(), json.join().unwrap());
    assert_eq!(irc.1, text.1, "the IRC door heard another order");
    assert_eq!(json.1, text.1, "the JSON door heard another order");
}
