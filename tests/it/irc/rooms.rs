//! Rooms on the IRC door: JOIN, messages, PART, QUIT, NICK, each told once and to whom it concerns.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

#[test]
fn members_hear_who_comes_speaks_and_goes() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let names = [":chatctl.local 353 al = #tea @al", ":chatctl.local 366 al #tea :End of /NAMES list"];
    al.ask("JOIN #tea", &[":al!al@HOST JOIN #tea", names[0], names[1]]);
    bob.ask(
        "JOIN #TEA",
        &[
            ":bob!bob@HOST JOIN #tea",
            ":chatctl.local 353 bob = #tea :@al bob",
            ":chatctl.local 366 bob #tea :End of /NAMES list",
        ],
    );
    al.expect(&[":bob!bob@HOST JOIN #tea"]);
    bob.say("PRIVMSG #tea,al :milk or lemon?");
    al.expect(&[":bob!bob@HOST PRIVMSG #tea :milk or lemon?", ":bob!bob@HOST PRIVMSG al :milk or lemon?"]);
    bob.expect_nothing();
    al.say("NOTICE #tea ::)");
    bob.expect(&[":al!al@HOST NOTICE #tea ::)"]);
    bob.ask("PART #tea :tired", &[":bob!bob@HOST PART #tea :tired"]);
    al.expect(&[":bob!bob@HOST PART #tea :tired"]);
    bob.ask("PRIVMSG #tea :hello?", &[":chatctl.local 404 bob #tea :Cannot send to channel"]);
    bob.say("NOTICE #tea,nobody,#none :hello?");
    bob.expect_nothing();
    al.expect_nothing();
}

#[test]
fn a_new_name_and_a_departure_are_told_once_however_many_rooms_are_shared() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    for room in ["#a", "#b", "#c"] {
        al.join(room);
        bob.join(room);
        al.pending();
    }
    bob.ask("NICK Bert", &[":bob!bob@HOST NICK Bert"]);
    al.expect(&[":bob!bob@HOST NICK Bert"]);
    bob.ask("QUIT :tea time", &["ERROR :Closing link: (Quit: tea time)"]);
    bob.expect_end();
    al.expect(&[":Bert!bob@HOST QUIT :Quit: tea time"]);
    al.expect_nothing();
    al.ask("WHOWAS bob", &[":chatctl.local 314 al bob bob HOST * :Real bob"]);
}

#[test]
fn a_message_that_does_not_fit_behind_its_source_is_refused_and_not_cut() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.join("#tea");
    bob.join("#tea");
    al.pending();
    let longest = 512 - ":bob!bob@12345678.guest PRIVMSG #tea :\r\n".len();
    let (fits, too_long) = ("x".repeat(longest), "x".repeat(longest + 1));
    bob.say(&format!("PRIVMSG #tea :{fits}"));
    al.expect(&[&format!(":bob!bob@HOST PRIVMSG #tea :{fits}")]);
    bob.ask(&format!("PRIVMSG #tea :{too_long}"), &[":chatctl.local 417 bob :Input line was too long"]);
    bob.say(&format!("PRIVMSG #tea,al :{too_long}x"));
    // Each target counts by itself.
    bob.expect(&[":chatctl.local 417 bob :Input line was too long"]);
    al.expect(&[&format!(":bob!bob@HOST PRIVMSG al :{too_long}x")]);
    bob.say(&format!("NOTICE #tea :{too_long}"));
    al.expect(&[&format!(":bob!bob@HOST NOTICE #tea :{too_long}")]);
    bob.say(&format!("NOTICE #tea :{too_long}x"));
    bob.expect_nothing();
    al.expect_nothing();
}

#[test]
fn what_is_wrong_has_its_number() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.join("#tea");
    for (line, answer) in [
        ("FOO bar", "421 al FOO :Unknown command"),
        ("JOIN", "461 al JOIN :Not enough parameters"),
        ("JOIN tea", "403 al tea :No such channel"),
        ("JOIN #c++", "403 al #c++ :No such channel"),
        ("PART #none", "403 al #none :No such channel"),
        ("PRIVMSG", "411 al :No recipient given (PRIVMSG)"),
        ("PRIVMSG #tea", "412 al :No text to send"),
        ("PRIVMSG #tea :", "412 al :No text to send"),
        ("PRIVMSG #tea :\u{2}\u{3}4", "412 al :No text to send"),
        ("PRIVMSG nobody :x", "401 al nobody :No such nick/channel"),
        ("PRIVMSG #none :x", "403 al #none :No such channel"),
        ("NICK", "431 al :No nickname given"),
        ("WHOIS", "431 al :No nickname given"),
        ("MODE nobody", "401 al nobody :No such nick/channel"),
        ("MODE al +Z", "501 al :Unknown MODE flag"),
        ("VERSION other.example", "402 al other.example :No such server"),
        ("CAP NONSENSE", "410 al NONSENSE :Invalid CAP command"),
        ("HELP nonsense", "524 al nonsense :Help not found"),
    ] {
        assert_eq!(al.answers(line), [format!(":chatctl.local {answer}")], "{line}");
    }
}

#[test]
fn what_can_be_asked_about_people_is_answered() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut tom = server.user("tom");
    tom.say("create room tea");
    tom.line();
    al.join("#tea");
    tom.line();
    al.ask("AWAY :out", &[":chatctl.local 306 al :You have been marked as being away"]);
    let asked = ["WHO #tea", "WHO #tea %cuhsnfdar,7", "WHOIS al", "WHOIS tom", "USERHOST al tom", "ISON al nobody TOM"];
    let answers: Vec<String> = asked.iter().flat_map(|line| al.answers(line)).collect();
    let signon =
        |line: &String| if line.contains(" 317 ") { ":chatctl.local 317 al al ...".to_owned() } else { line.clone() };
    insta::assert_snapshot!(answers.iter().map(signon).collect::<Vec<_>>().join("\n"), @r"
    :chatctl.local 352 al #tea text chatctl chatctl.local tom H@ :0 tom
    :chatctl.local 352 al #tea al HOST chatctl.local al G :0 Real al
    :chatctl.local 315 al #tea :End of /WHO list
    :chatctl.local 354 al #tea text chatctl chatctl.local tom H@ 0 0 tom
    :chatctl.local 354 al #tea al HOST chatctl.local al G 0 0 :Real al
    :chatctl.local 315 al #tea :End of /WHO list
    :chatctl.local 311 al al al HOST * :Real al
    :chatctl.local 319 al al #tea
    :chatctl.local 312 al al chatctl.local chatctl
    :chatctl.local 301 al al out
    :chatctl.local 317 al al ...
    :chatctl.local 318 al al :End of /WHOIS list
    :chatctl.local 311 al tom text chatctl * tom
    :chatctl.local 319 al tom @#tea
    :chatctl.local 312 al tom chatctl.local chatctl
    :chatctl.local 318 al tom :End of /WHOIS list
    :chatctl.local 302 al :al=-al@HOST tom=+text@chatctl
    :chatctl.local 303 al :al tom
    ");
}
