//! Messages of several lines: said whole, and shown whole to clients that know them.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;
use crate::support::socket::Socket;

const CAPS: &str = "batch draft/multiline echo-message labeled-response";

#[test]
fn a_message_of_several_lines_is_one_for_who_knows_such() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", CAPS);
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let mut jo = Socket::log_in(server.web(), "jo");
    al.join("#tea");
    bob.join("#tea");
    al.expect(&[":bob!bob@HOST JOIN #tea"]);
    jo.say(r#"{"type":"join_room","id":2,"room":"tea"}"#);
    while jo.said()["id"] != 2 {}
    al.expect(&[":jo!web@chatctl JOIN #tea"]);
    bob.expect(&[":jo!web@chatctl JOIN #tea"]);
    for line in [
        "@label=1 BATCH +x draft/multiline #tea",
        "@batch=x PRIVMSG #tea :one 渊",
        "@batch=x PRIVMSG #tea :",
        "@batch=x PRIVMSG #tea :thr",
        "@batch=x;draft/multiline-concat PRIVMSG #tea :ee",
    ] {
        al.say(line);
    }
    al.ask(
        "BATCH -x",
        &[
            "@label=1 :al!al@HOST BATCH +whole draft/multiline #tea",
            "@batch=whole :al!al@HOST PRIVMSG #tea :one 渊",
            "@batch=whole :al!al@HOST PRIVMSG #tea :",
            "@batch=whole :al!al@HOST PRIVMSG #tea :thr",
            "@batch=whole;draft/multiline-concat :al!al@HOST PRIVMSG #tea :ee",
            ":chatctl.local BATCH -whole",
        ],
    );
    bob.expect(&[":al!al@HOST PRIVMSG #tea :one 渊", ":al!al@HOST PRIVMSG #tea :thr", ":al!al@HOST PRIVMSG #tea :ee"]);
    bob.expect_nothing();
    let said = std::iter::repeat_with(|| jo.said()).find(|said| said["type"] == "message").unwrap();
    assert_eq!(said["text"], "one 渊\n\nthree");
    jo.say(&format!(r#"{{"type":"send_room","id":3,"room":"tea","text":"{}"}}"#, "渊 ".repeat(200)));
    let mut whole = al.line();
    assert_eq!(whole, ":jo!web@chatctl BATCH +whole draft/multiline #tea");
    let mut text = String::new();
    loop {
        whole = al.line();
        let Some((tags, piece)) = whole.split_once(" :jo!web@chatctl PRIVMSG #tea :") else { break };
        assert_eq!(tags, if text.is_empty() { "@batch=whole" } else { "@batch=whole;draft/multiline-concat" });
        text.push_str(piece);
    }
    assert_eq!(whole, ":chatctl.local BATCH -whole");
    assert_eq!(text, "渊 ".repeat(200), "no blank is lost");
}

#[test]
fn what_is_no_message_fails_once_at_its_end() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", CAPS);
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let long = format!("@batch=x PRIVMSG bob :{}", "y".repeat(400));
    for (lines, told) in [
        (vec![], "MULTILINE_INVALID :A message has a line that is not blank"),
        (vec!["@batch=x PRIVMSG bob :"], "MULTILINE_INVALID :A message has a line that is not blank"),
        (vec!["@batch=x PRIVMSG al :hi"], "MULTILINE_INVALID_TARGET bob al :All lines have one target"),
        (vec!["@batch=x PRIVMSG bob :a", "@batch=x NOTICE bob :b"], "MULTILINE_INVALID :All lines are of one kind"),
        (vec!["@batch=x PRIVMSG bob :a"; 101], "MULTILINE_MAX_LINES 100 :A message has at most 100 lines"),
        (vec![&*long; 21], "MULTILINE_MAX_BYTES 8192 :A message has at most 8192 bytes"),
        (vec!["BATCH +y draft/multiline al", "@batch=x PRIVMSG bob :"], "MULTILINE_INVALID :Another batch is open"),
    ] {
        al.say("BATCH +x draft/multiline bob");
        lines.iter().for_each(|line| al.say(line));
        let answers = al.answers("BATCH -x");
        assert_eq!(answers[0], format!(":chatctl.local FAIL BATCH {told}"));
    }
    al.ask("@batch=x PRIVMSG bob :late", &[":chatctl.local FAIL BATCH MULTILINE_INVALID :No batch is open"]);
    al.say("BATCH +x draft/multiline bob");
    al.ask("@batch=y PRIVMSG bob :elsewhere", &[":chatctl.local FAIL BATCH MULTILINE_INVALID :No such batch is open"]);
    al.answers("BATCH -x");
    let shape = ":chatctl.local FAIL BATCH MULTILINE_INVALID :A batch is '+REFERENCE draft/multiline TARGET'";
    al.ask("BATCH +x netsplit bob", &[shape]);
    al.ask("BATCH -x", &[shape]);
    bob.ask("BATCH +x draft/multiline al", &[":chatctl.local 421 bob BATCH :Unknown command"]);
    bob.expect_nothing();
}

#[test]
fn what_holds_for_a_whole_message_stands_before_its_batch_alone() {
    let server = Server::with_irc(Config::embedded());
    let tagged = "batch draft/multiline message-tags server-time account-tag";
    let mut al = IrcUser::with_caps(server.irc(), "al", "draft/multiline batch message-tags");
    let mut bob = IrcUser::with_caps(server.irc(), "bob", tagged);
    let mut eve = IrcUser::with_caps(server.irc(), "eve", "message-tags");
    for user in [&mut al, &mut bob, &mut eve] {
        user.join("#tea");
    }
    for user in [&mut al, &mut bob] {
        user.pending();
    }
    al.say("@+draft/reply=1 BATCH +x draft/multiline #tea");
    al.say("@batch=x PRIVMSG #tea :one");
    al.say("@batch=x PRIVMSG #tea :two");
    al.say("BATCH -x");
    let line = bob.line();
    assert!(
        line.starts_with("@time=TIME;msgid=")
            && line.ends_with(";+draft/reply=1 :al!al@HOST BATCH +whole draft/multiline #tea"),
        "{line}"
    );
    bob.expect(&[
        "@batch=whole :al!al@HOST PRIVMSG #tea :one",
        "@batch=whole :al!al@HOST PRIVMSG #tea :two",
        ":chatctl.local BATCH -whole",
    ]);
    let line = eve.line();
    assert!(line.starts_with("@msgid=") && line.ends_with(";+draft/reply=1 :al!al@HOST PRIVMSG #tea :one"), "{line}");
    eve.expect(&["@+draft/reply=1 :al!al@HOST PRIVMSG #tea :two"]);
}
