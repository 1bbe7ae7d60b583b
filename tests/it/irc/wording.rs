//! Texts on their way between doors: pieces, actions, requests of programs, formatting.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;
use crate::support::socket::Socket;

#[test]
fn a_long_text_is_cut_at_blanks_and_is_one_message() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "message-tags");
    let mut tom = server.user("tom");
    tom.ask("create room tea al", &["tea/server: tom created the room with al"]);
    al.pending();
    let words: Vec<String> = (0..2000).map(|number| format!("{number:03}")).collect();
    let text = words.join(" ");
    tom.send(format!("send tea {}\n", &text[..8191 - "send tea ".len()]).as_bytes());
    let (mut heard, mut ids) = (Vec::new(), 0);
    while heard.join(" ").len() < 8191 - "send tea ".len() {
        let line = al.raw_line();
        ids += usize::from(line.starts_with("@msgid="));
        let piece = line.split_once(" :tom!text@chatctl PRIVMSG #tea :").map_or(&*line, |(_, piece)| piece);
        let piece = piece.strip_prefix(":tom!text@chatctl PRIVMSG #tea :").unwrap_or(piece);
        heard.push(piece.to_owned());
    }
    assert_eq!(heard.join(" "), text[..8191 - "send tea ".len()], "only blanks were cut at");
    assert_eq!(ids, 1, "the first piece alone says which message it is");
    assert!(heard.len() > 16 && heard.iter().all(|piece| piece.len() < 512));
}

#[test]
fn an_action_is_one_for_a_person_too_and_a_star_is_none() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let mut tom = server.user("tom");
    al.say("PRIVMSG bob,tom :\u{1}ACTION waves\u{1}");
    bob.expect(&[":al!al@HOST PRIVMSG bob :\u{1}ACTION waves\u{1}"]);
    tom.expect_line("al: * waves");
    tom.say("send message al * waves");
    al.expect(&[":tom!text@chatctl PRIVMSG al :* waves"]);
    // Whatever its end is.
    al.say("PRIVMSG tom :\u{1}ACTION waves");
    tom.expect_line("al: * waves");
    al.ask("PRIVMSG tom :\u{1}ACTION \u{1}", &[":chatctl.local 412 al :No text to send"]);
    al.say("PRIVMSG bob :\u{1}action waves\u{1}");
    bob.expect(&[":al!al@HOST PRIVMSG bob :\u{1}action waves\u{1}"]);
    tom.expect_nothing();
}

#[test]
fn what_programs_ask_each_other_stays_at_this_door() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let mut tom = server.user("tom");
    let mut jo = Socket::log_in(server.web(), "jo");
    for user in [&mut al, &mut bob] {
        user.join("#tea");
    }
    tom.ask("join room tea", &["tea/server: tom joined"]);
    jo.say(r#"{"type":"join_room","id":2,"room":"tea"}"#);
    while jo.said()["type"] != "joined" {}
    tom.expect_line("tea/server: jo joined");
    for user in [&mut al, &mut bob] {
        user.pending();
    }
    al.say("PRIVMSG #tea :\u{1}PING 1\u{1}");
    bob.expect(&[":al!al@HOST PRIVMSG #tea :\u{1}PING 1\u{1}"]);
    bob.say("NOTICE al :\u{1}PING 1\u{1}");
    al.expect(&[":bob!bob@HOST NOTICE al :\u{1}PING 1\u{1}"]);
    al.say("PRIVMSG #tea :done");
    tom.expect_line("tea/al: done");
    assert_eq!(jo.said()["text"], "done");
    for (line, told) in [
        ("PRIVMSG bob :\u{1}DCC SEND x 1 2 3\u{1}", "404 al bob :DCC is not allowed"),
        ("PRIVMSG #tea :\u{1}DCC CHAT chat 1 2\u{1}", "404 al #tea :DCC is not allowed"),
        ("PRIVMSG jo :\u{1}VERSION\u{1}", "404 al jo :not an IRC client"),
    ] {
        al.ask(line, &[&format!(":chatctl.local {told}")]);
    }
    for line in ["NOTICE bob :\u{1}DCC SEND x 1 2 3\u{1}", "NOTICE jo :\u{1}VERSION x\u{1}"] {
        al.say(line);
    }
    al.expect_nothing();
    bob.expect(&[":al!al@HOST PRIVMSG #tea :done"]);
    bob.expect_nothing();
}

#[test]
fn formatting_is_for_this_door_and_what_is_kept_is_without_it() {
    let server = Server::with_irc(Config::embedded());
    let caps = "batch draft/chathistory server-time";
    let mut al = IrcUser::with_caps(server.irc(), "al", caps);
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let mut tom = server.user("tom");
    al.join("#tea");
    bob.join("#tea");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    bob.pending();
    let text = "\u{2}bo\u{2}ld \u{3}04,12red\u{3} \u{1d}it\u{f}, \u{4}ff0000x \u{16}\u{1e}\u{11}\u{1f}end";
    al.say(&format!("PRIVMSG #tea :{text}"));
    bob.expect(&[&format!(":al!al@HOST PRIVMSG #tea :{text}")]);
    tom.expect_line("tea/al: bold red it, x end");
    tom.say("search bold");
    assert!(tom.line().ends_with(" tea/al: bold red it, x end"));
    tom.expect_line("server: found (1)");
    al.pending();
    let told = al.answers("CHATHISTORY LATEST #tea * 1");
    assert!(told[1].ends_with(" :al!al@HOST PRIVMSG #tea :bold red it, x end"), "{told:?}");
    // What is neither is refused, and a notice is never answered.
    al.ask(
        "PRIVMSG #tea :tab\tis one, and \u{7f} is none",
        &[":chatctl.local FAIL PRIVMSG BAD_TEXT U+007F :a text holds no such character"],
    );
    al.say("NOTICE #tea :\u{7}");
    al.expect_nothing();
    al.say("PRIVMSG #tea :a\tb");
    tom.expect_line("tea/al: a\tb");
}

#[test]
fn why_somebody_goes_is_no_matter_of_the_text_door() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut tom = server.user("tom");
    al.join("#tea");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    al.answers("PART #tea :tired of tea");
    tom.expect_line("tea/server: al left");
    tom.expect_line("tea/server: tom has the room");
    al.join("#tea");
    tom.expect_line("tea/server: al joined");
    al.ask("QUIT :so long", &["ERROR :Closing link: (Quit: so long)"]);
    tom.expect_line("tea/server: al left (quit)");
}
