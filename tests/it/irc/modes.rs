//! What operators decide about rooms: modes, masks, topics, invitations, and who is removed.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

/// An operator and a member of `#tea`.
fn two(server: &Server) -> (IrcUser, IrcUser) {
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.join("#tea");
    bob.join("#tea");
    al.pending();
    (al, bob)
}

/// One says a line, and both hear this.
#[track_caller]
fn both(al: &mut IrcUser, bob: &mut IrcUser, line: &str, heard: &str) {
    al.ask(line, &[heard]);
    bob.expect(&[heard]);
}

#[test]
fn a_topic_is_set_by_operators_unless_everybody_may() {
    let server = Server::with_irc(Config::embedded());
    let (mut al, mut bob) = two(&server);
    al.ask("TOPIC #tea", &[":chatctl.local 331 al #tea :No topic is set"]);
    bob.ask("TOPIC #tea :mine", &[":chatctl.local 482 bob #tea :You're not channel operator"]);
    both(&mut al, &mut bob, "TOPIC #tea :green tea", ":al!al@HOST TOPIC #tea :green tea");
    both(&mut al, &mut bob, "MODE #tea -t", ":al!al@HOST MODE #tea -t");
    both(&mut bob, &mut al, "TOPIC #tea :black tea", ":bob!bob@HOST TOPIC #tea :black tea");
    let told = al.answers("TOPIC #tea");
    assert_eq!(told[0], ":chatctl.local 332 al #tea :black tea");
    assert!(told[1].starts_with(":chatctl.local 333 al #tea bob "), "{told:?}");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    assert_eq!(eve.answers("JOIN #tea")[1], ":chatctl.local 332 eve #tea :black tea");
    al.expect(&[":eve!eve@HOST JOIN #tea"]);
    both(&mut al, &mut eve, "TOPIC #tea :", ":al!al@HOST TOPIC #tea :");
}

#[test]
fn members_are_removed_and_may_come_back() {
    let server = Server::with_irc(Config::embedded());
    let (mut al, mut bob) = two(&server);
    bob.ask("KICK #tea al", &[":chatctl.local 482 bob #tea :You're not channel operator"]);
    al.ask("KICK #tea eve", &[":chatctl.local 401 al eve :No such nick/channel"]);
    both(&mut al, &mut bob, "KICK #tea bob :bye", ":al!al@HOST KICK #tea bob :bye");
    al.ask("KICK #tea bob", &[":chatctl.local 441 al bob #tea :They aren't on that channel"]);
    bob.ask("PRIVMSG #tea :hi", &[":chatctl.local 404 bob #tea :Cannot send to channel"]);
    bob.join("#tea");
    al.expect(&[":bob!bob@HOST JOIN #tea"]);
    both(&mut al, &mut bob, "KICK #tea bob", ":al!al@HOST KICK #tea bob :al");
}

#[test]
fn modes_decide_who_enters() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    al.join("#tea");
    for (on, off, refusal) in [
        ("+k secret", "-k *", "475 eve #tea :Cannot join channel (+k)"),
        ("+l 1", "-l", "471 eve #tea :Cannot join channel (+l)"),
        ("+i", "-i", "473 eve #tea :Cannot join channel (+i)"),
        ("+b eve!*@*", "-b eve!*@*", "474 eve #tea :Cannot join channel (+b)"),
    ] {
        al.ask(&format!("MODE #tea {on}"), &[&format!(":al!al@HOST MODE #tea {on}")]);
        eve.ask("JOIN #tea", &[&format!(":chatctl.local {refusal}")]);
        al.ask("INVITE eve #tea", &[":chatctl.local 341 al eve #tea"]);
        eve.expect(&[":al!al@HOST INVITE eve #tea"]);
        eve.ask("INVITE", &[":chatctl.local 336 eve #tea", ":chatctl.local 337 eve :End of /INVITE list"]);
        eve.join("#tea");
        al.expect(&[":eve!eve@HOST JOIN #tea"]);
        eve.ask("PART #tea", &[":eve!eve@HOST PART #tea"]);
        al.expect(&[":eve!eve@HOST PART #tea"]);
        al.ask(&format!("MODE #tea {off}"), &[&format!(":al!al@HOST MODE #tea {off}")]);
    }
    al.ask("MODE #tea +k secret", &[":al!al@HOST MODE #tea +k secret"]);
    assert_eq!(eve.answers("JOIN #tea secret")[0], ":eve!eve@HOST JOIN #tea");
}

#[test]
fn who_is_banned_or_has_no_voice_is_silent() {
    let server = Server::with_irc(Config::embedded());
    let (mut al, mut bob) = two(&server);
    let refused = ":chatctl.local 404 bob #tea :Cannot send to channel";
    both(&mut al, &mut bob, "MODE #tea +m", ":al!al@HOST MODE #tea +m");
    bob.ask("PRIVMSG #tea :hi", &[refused]);
    both(&mut al, &mut bob, "MODE #tea +v bob", ":al!al@HOST MODE #tea +v bob");
    bob.say("PRIVMSG #tea :hi");
    al.expect(&[":bob!bob@HOST PRIVMSG #tea :hi"]);
    both(&mut al, &mut bob, "MODE #tea -mv bob", ":al!al@HOST MODE #tea -mv bob");
    both(&mut al, &mut bob, "MODE #tea +b BOB", ":al!al@HOST MODE #tea +b BOB!*@*");
    bob.ask("PRIVMSG #tea :hi", &[refused]);
    both(&mut al, &mut bob, "MODE #tea +e *!bob@*", ":al!al@HOST MODE #tea +e *!bob@*");
    bob.say("PRIVMSG #tea :hi");
    al.expect(&[":bob!bob@HOST PRIVMSG #tea :hi"]);
    both(&mut al, &mut bob, "MODE #tea +C", ":al!al@HOST MODE #tea +C");
    bob.ask("PRIVMSG #tea :\u{1}VERSION\u{1}", &[refused]);
    bob.say("PRIVMSG #tea :\u{1}ACTION waves\u{1}");
    al.expect(&[":bob!bob@HOST PRIVMSG #tea :\u{1}ACTION waves\u{1}"]);
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.ask("PRIVMSG #tea :hi", &[":chatctl.local 404 eve #tea :Cannot send to channel"]);
    both(&mut al, &mut bob, "MODE #tea -n", ":al!al@HOST MODE #tea -n");
    eve.say("PRIVMSG #tea :hi");
    al.expect(&[":eve!eve@HOST PRIVMSG #tea :hi"]);
}

#[test]
fn lists_and_settings_are_shown_and_what_is_wrong_has_its_number() {
    let server = Server::with_irc(Config::embedded());
    let (mut al, mut bob) = two(&server);
    assert_eq!(bob.answers("MODE #tea")[0], ":chatctl.local 324 bob #tea +nt");
    bob.ask("MODE #tea +i", &[":chatctl.local 482 bob #tea :You're not channel operator"]);
    both(&mut al, &mut bob, "MODE #tea +sok-t bob key", ":al!al@HOST MODE #tea +sok-t bob key");
    assert_eq!(bob.answers("MODE #tea")[0], ":chatctl.local 324 bob #tea +nsk key");
    al.ask("NAMES #tea", &[":chatctl.local 353 al @ #tea :@al @bob", ":chatctl.local 366 al #tea :End of /NAMES list"]);
    al.answers("MODE #tea +b a!b@c");
    let listed = al.answers("MODE #tea b");
    assert!(listed[0].starts_with(":chatctl.local 367 al #tea a!b@c al "), "{listed:?}");
    assert_eq!(listed[1], ":chatctl.local 368 al #tea :End of channel ban list");
    al.ask("MODE #tea e", &[":chatctl.local 349 al #tea :End of channel exception list"]);
    al.ask("MODE #tea I", &[":chatctl.local 347 al #tea :End of channel invite exception list"]);
    for (line, answer) in [
        ("MODE #none", "403 al #none :No such channel"),
        ("MODE #tea +x", "472 al x :is unknown mode char to me"),
        ("MODE #tea +l many", "696 al #tea l many :A limit is a number"),
        ("MODE #tea +k a,b", "696 al #tea k * :A key has 1 to 32 bytes, and no blank, comma or colon"),
        ("MODE #tea +o nobody", "401 al nobody :No such nick/channel"),
    ] {
        assert_eq!(al.answers(line), [format!(":chatctl.local {answer}")], "{line}");
    }
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.ask("LIST", &[":chatctl.local 321 eve Channel :Users  Name", ":chatctl.local 323 eve :End of /LIST"]);
    assert!(al.answers("LIST").contains(&":chatctl.local 322 al #tea 2 :".to_owned()));
    let many: String = "-m+m".chars().cycle().take(400).collect();
    let answers = al.answers(&format!("MODE #tea {many}"));
    assert_eq!(answers, [":al!al@HOST MODE #tea +m"]);
}

#[test]
fn the_last_operator_leaves_the_room_to_another() {
    let server = Server::with_irc(Config::embedded());
    let (mut al, mut bob) = two(&server);
    al.ask("PART #tea", &[":al!al@HOST PART #tea"]);
    bob.expect(&[":al!al@HOST PART #tea", ":chatctl.local MODE #tea +o bob"]);
    bob.ask("MODE #tea +m", &[":bob!bob@HOST MODE #tea +m"]);
}
