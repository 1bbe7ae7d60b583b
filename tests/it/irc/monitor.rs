//! MONITOR: who is watched, and what is told of them.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

#[test]
fn who_is_watched_is_announced_whatever_door_he_takes() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    al.ask("MONITOR + tom,al", &[":chatctl.local 730 al al!al@HOST", ":chatctl.local 731 al tom"]);
    let mut tom = server.user("tom");
    al.expect(&[":chatctl.local 730 al tom!text@chatctl"]);
    tom.ask("rename tim", &["server: you are now tim"]);
    al.expect(&[":chatctl.local 731 al tom"]);
    tom.ask("rename tom", &["server: you are now tom"]);
    al.expect(&[":chatctl.local 730 al tom!text@chatctl"]);
    al.ask("MONITOR L", &[":chatctl.local 732 al al,tom", ":chatctl.local 733 al :End of MONITOR list"]);
    al.ask("MONITOR S", &[":chatctl.local 730 al al!al@HOST,tom!text@chatctl"]);
    tom.say("quit");
    al.expect(&[":chatctl.local 731 al tom"]);
    al.say("MONITOR - tom");
    let _tom = server.user("tom");
    al.ask("MONITOR L", &[":chatctl.local 732 al al", ":chatctl.local 733 al :End of MONITOR list"]);
    al.say("MONITOR C");
    al.ask("MONITOR L", &[":chatctl.local 733 al :End of MONITOR list"]);
}

#[test]
fn who_asks_for_it_hears_what_the_watched_do_without_a_common_room() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "extended-monitor away-notify setname");
    let mut eve = IrcUser::with_caps(server.irc(), "eve", "away-notify");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.ask("MONITOR + bob", &[":chatctl.local 730 al bob!bob@HOST"]);
    eve.ask("MONITOR + bob", &[":chatctl.local 730 eve bob!bob@HOST"]);
    bob.say("AWAY :out");
    bob.say("SETNAME :Robert");
    al.expect(&[":bob!bob@HOST AWAY :out", ":bob!bob@HOST SETNAME :Robert"]);
    eve.expect_nothing();
}

#[test]
fn a_hundred_names_are_watched_and_no_more() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
    for names in names.chunks(50) {
        al.answers(&format!("MONITOR + {}", names.join(",")));
    }
    al.ask("MONITOR + more", &[":chatctl.local 734 al 100 more :Monitor list is full."]);
}
