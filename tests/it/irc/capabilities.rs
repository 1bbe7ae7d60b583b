//! What clients ask for by capabilities: tags, labels, echoes, and lines that say more.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

#[test]
fn a_label_stands_on_the_answer_and_on_nothing_else() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "labeled-response batch echo-message message-tags");
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "message-tags");
    al.ask("@label=1 PONG", &["@label=1 :chatctl.local ACK"]);
    al.ask("@label=2 PRIVMSG nobody :x", &["@label=2 :chatctl.local 401 al nobody :No such nick/channel"]);
    al.say("@label=3;+x=y TAGMSG bob");
    let (echo, delivery) = (al.line(), bob.line());
    assert_eq!(echo, delivery.replacen('@', "@label=3;", 1));
    assert!(delivery.ends_with(";+x=y :al!al@HOST TAGMSG bob"), "{delivery}");
    al.say("@label=4 PRIVMSG al :me");
    let (echo, delivery) = (al.line(), al.line());
    assert_eq!(echo, delivery.replacen('@', "@label=4;", 1));
    let joined = al.answers("@label=5 JOIN #tea");
    assert_eq!(joined[0], "@label=5 :chatctl.local BATCH +label labeled-response");
    assert!(joined[1..4].iter().all(|line| line.starts_with("@batch=label")), "{joined:?}");
    assert_eq!(joined[4], ":chatctl.local BATCH -label");
}

#[test]
fn each_capability_changes_one_line() {
    let server = Server::with_irc(Config::embedded());
    let caps = "extended-join away-notify setname invite-notify multi-prefix userhost-in-names";
    let mut al = IrcUser::with_caps(server.irc(), "al", caps);
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    let _eve = IrcUser::log_in(server.irc(), "eve");
    al.join("#tea");
    bob.say("AWAY :out");
    bob.say("JOIN #tea");
    al.expect(&[":bob!bob@HOST JOIN #tea * :Real bob", ":bob!bob@HOST AWAY :out"]);
    bob.say("AWAY");
    bob.say("SETNAME :Robert");
    bob.say("INVITE eve #tea");
    al.expect(&[":bob!bob@HOST AWAY", ":bob!bob@HOST SETNAME :Robert", ":bob!bob@HOST INVITE eve #tea"]);
    al.ask("MODE #tea +v al", &[":al!al@HOST MODE #tea +v al"]);
    al.ask(
        "NAMES #tea",
        &[":chatctl.local 353 al = #tea :@+al!al@HOST bob!bob@HOST", ":chatctl.local 366 al #tea :End of /NAMES list"],
    );
    let heard = bob.pending();
    assert!(heard.iter().all(|line| !line.contains("SETNAME")), "who did not ask hears none of it: {heard:?}");
}

#[test]
fn messages_have_a_time_and_an_id_for_who_asks() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "server-time message-tags");
    let mut tom = server.user("tom");
    tom.say("send message al hi");
    let line = al.line();
    assert!(line.starts_with("@time=TIME;msgid="), "{line}");
    assert!(line.ends_with(" :tom!text@chatctl PRIVMSG al :hi"), "{line}");
}
