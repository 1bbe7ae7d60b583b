//! How rooms are set: each letter, each list, and what other doors see of it.

use std::net::SocketAddr;

use chatctl::server::Config;
use serde_json::json;

use super::user::IrcUser;
use crate::support::socket::Socket;
use crate::support::{Process, Server};

/// A room of al, who is its operator, and bob.
fn room() -> (Server, IrcUser, IrcUser) {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    al.join("#tea");
    bob.join("#tea");
    al.pending();
    (server, al, bob)
}

/// All answers to a line, without the name of the server.
#[track_caller]
fn asked(user: &mut IrcUser, line: &str) -> Vec<String> {
    let answers = user.answers(line);
    answers.iter().map(|line| line.strip_prefix(":chatctl.local ").unwrap_or(line).to_owned()).collect()
}

#[test]
fn a_rank_is_given_and_taken_away() {
    let (_server, mut al, mut bob) = room();
    assert_eq!(asked(&mut al, "MODE #tea +ov bob BOB"), [":al!al@HOST MODE #tea +ov bob bob"]);
    assert_eq!(asked(&mut al, "MODE #tea +o bob"), Vec::<String>::new(), "he is one already");
    bob.expect(&[":al!al@HOST MODE #tea +ov bob bob"]);
    assert_eq!(asked(&mut bob, "MODE #tea -o al"), [":bob!bob@HOST MODE #tea -o al"]);
    al.expect(&[":bob!bob@HOST MODE #tea -o al"]);
    assert_eq!(asked(&mut al, "MODE #tea +o al"), ["482 al #tea :You're not channel operator"]);
    assert_eq!(asked(&mut bob, "MODE #tea -v+v bob bob"), [":bob!bob@HOST MODE #tea -v+v bob bob"]);
    assert_eq!(asked(&mut bob, "NAMES #tea")[0], "353 bob = #tea :al @bob");
}

#[test]
fn a_room_shows_since_when_it_is_and_its_key_to_members_alone() {
    let (server, mut al, mut bob) = room();
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    al.answers("MODE #tea +kl secret 9");
    bob.pending();
    let shown = asked(&mut bob, "MODE #tea");
    assert_eq!(shown[0], "324 bob #tea +ntkl secret 9");
    let since: u64 = shown[1].strip_prefix("329 bob #tea ").unwrap().parse().unwrap();
    assert!(since > 1_700_000_000 && shown.len() == 2, "{shown:?}");
    assert_eq!(asked(&mut eve, "MODE #tea")[0], "324 eve #tea +ntkl * 9");
}

#[test]
fn lists_are_shown_to_everybody() {
    let (server, mut al, _bob) = room();
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    let told = ":al!al@HOST MODE #tea +bbeI mal!*@* *!*@spam.guest jo!*@* cy!*@*";
    assert_eq!(asked(&mut al, "MODE #tea +bbeI mal spam.guest jo cy"), [told]);
    for (letter, number, masks, end) in [
        ("b", 367, vec!["mal!*@*", "*!*@spam.guest"], "368 eve #tea :End of channel ban list"),
        ("e", 348, vec!["jo!*@*"], "349 eve #tea :End of channel exception list"),
        ("I", 346, vec!["cy!*@*"], "347 eve #tea :End of channel invite exception list"),
    ] {
        let (asked_for, with_sign) = (asked(&mut eve, &format!("MODE #tea {letter}")), format!("MODE #tea +{letter}"));
        assert_eq!(asked(&mut eve, &with_sign), asked_for);
        let (last, listed) = asked_for.split_last().unwrap();
        assert_eq!(last, end);
        let listed: Vec<&str> = listed
            .iter()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                assert_eq!([words[0], words[1], words[2], words[4]], [&*number.to_string(), "eve", "#tea", "al"]);
                assert!(words[5].parse::<u64>().is_ok_and(|at| at > 1_700_000_000), "{line}");
                words[3]
            })
            .collect();
        assert_eq!(listed, masks);
    }
    assert_eq!(asked(&mut al, "MODE #tea -b+b MAL jo"), [":al!al@HOST MODE #tea -b+b MAL!*@* jo!*@*"]);
    assert_eq!(asked(&mut al, "MODE #tea -b nobody"), Vec::<String>::new(), "there is none");
}

#[test]
fn who_is_excepted_enters_and_who_needs_no_invitation_does() {
    let (server, mut al, mut bob) = room();
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    let mut jo = IrcUser::log_in(server.irc(), "jo");
    al.answers("MODE #tea +bbe *!*@* eve eve");
    bob.pending();
    assert_eq!(asked(&mut jo, "JOIN #tea"), ["474 jo #tea :Cannot join channel (+b)"]);
    eve.join("#tea");
    for user in [&mut al, &mut bob] {
        user.expect(&[":eve!eve@HOST JOIN #tea"]);
    }
    // A mask that meets everybody meets its author as well, who is an operator and speaks all the same.
    assert_eq!(asked(&mut bob, "PRIVMSG #tea :hi"), ["404 bob #tea :Cannot send to channel"]);
    al.say("PRIVMSG #tea :hi");
    bob.expect(&[":al!al@HOST PRIVMSG #tea :hi"]);
    al.answers("MODE #tea -bb+iI *!*@* eve jo!*@*");
    eve.answers("PART #tea");
    assert_eq!(asked(&mut eve, "JOIN #tea"), ["473 eve #tea :Cannot join channel (+i)"]);
    jo.join("#tea");
}

#[test]
fn an_invitation_is_good_for_once() {
    let (_server, mut al, mut bob) = room();
    al.answers("MODE #tea +i");
    bob.answers("PART #tea");
    assert_eq!(asked(&mut bob, "JOIN #tea"), ["473 bob #tea :Cannot join channel (+i)"]);
    al.answers("INVITE bob #tea");
    bob.pending();
    bob.join("#tea");
    bob.answers("PART #tea");
    assert_eq!(asked(&mut bob, "JOIN #tea"), ["473 bob #tea :Cannot join channel (+i)"]);
    assert_eq!(asked(&mut bob, "INVITE"), ["337 bob :End of /INVITE list"]);
}

#[test]
fn what_is_wrong_in_a_line_leaves_the_rest_of_it_alone() {
    let (_server, mut al, mut bob) = room();
    assert_eq!(
        asked(&mut al, "MODE #tea +mzlkov many a,b nobody bob"),
        [
            ":al!al@HOST MODE #tea +mv bob",
            "401 al nobody :No such nick/channel",
            "472 al z :is unknown mode char to me",
            "696 al #tea l many :A limit is a number",
            "696 al #tea k * :A key has 1 to 32 bytes, and no blank, comma or colon",
        ]
    );
    bob.expect(&[":al!al@HOST MODE #tea +mv bob"]);
    // Room, operator, then each target.
    assert_eq!(asked(&mut bob, "MODE #none +o nobody"), ["403 bob #none :No such channel"]);
    assert_eq!(asked(&mut bob, "MODE #tea +o nobody"), ["482 bob #tea :You're not channel operator"]);
    for (line, told) in [
        ("MODE #tea +l 0", "696 al #tea l 0 :A limit is a number"),
        ("MODE #tea +l -1", "696 al #tea l -1 :A limit is a number"),
        ("MODE #tea +l :1 2", "696 al #tea l * :A limit is a number"),
        ("MODE #tea +l", "696 al #tea l * :A limit is a number"),
        ("MODE #tea +k :a b", "696 al #tea k * :A key has 1 to 32 bytes, and no blank, comma or colon"),
        ("MODE #tea +k :a:b", "696 al #tea k * :A key has 1 to 32 bytes, and no blank, comma or colon"),
        ("MODE #tea +o", "696 al #tea o * :You must say whom"),
        ("MODE #tea +o a|b", "401 al a|b :No such nick/channel"),
    ] {
        assert_eq!(asked(&mut al, line), [told], "{line}");
    }
    let long = "k".repeat(33);
    assert_eq!(asked(&mut al, &format!("MODE #tea +k {long}")).len(), 1);
    assert_eq!(asked(&mut al, "MODE #tea")[0], "324 al #tea +mnt", "none of it holds");
}

#[test]
fn a_room_has_sixty_masks_of_a_kind() {
    let (_server, mut al, mut bob) = room();
    for first in [0, 20, 40] {
        let masks: Vec<String> = (first..first + 20).map(|number| format!("m{number}")).collect();
        al.answers(&format!("MODE #tea +{} {}", "b".repeat(20), masks.join(" ")));
    }
    bob.pending();
    assert_eq!(asked(&mut al, "MODE #tea +b more"), ["478 al #tea b :Channel list is full"]);
    assert_eq!(asked(&mut al, "MODE #tea +b m59"), Vec::<String>::new(), "this one is there");
    assert_eq!(asked(&mut al, "MODE #tea +e more"), [":al!al@HOST MODE #tea +e more!*@*"], "another kind has room");
    assert_eq!(asked(&mut al, "MODE #tea -b+b m59 more"), [":al!al@HOST MODE #tea -b+b m59!*@* more!*@*"]);
}

#[test]
fn ranks_and_settings_end_with_the_room() {
    let (_server, mut al, mut bob) = room();
    al.answers("MODE #tea +mv bob");
    al.answers("PART #tea");
    bob.answers("PART #tea");
    bob.join("#tea");
    assert_eq!(asked(&mut bob, "MODE #tea")[0], "324 bob #tea +nt");
    assert_eq!(asked(&mut bob, "NAMES #tea")[0], "353 bob = #tea @bob", "who opens it again is its operator");
    al.join("#tea");
    assert_eq!(asked(&mut al, "NAMES #tea")[0], "353 al = #tea :@bob al");
}

#[test]
fn a_room_of_another_door_is_one_like_any_other() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut tom = server.user("tom");
    tom.ask("create room tea al", &["tea/server: tom created the room with al"]);
    // It is to him as if he had entered it himself.
    al.expect(&[
        ":tom!text@chatctl JOIN #tea",
        ":al!al@HOST JOIN #tea",
        ":chatctl.local 353 al = #tea :@tom al",
        ":chatctl.local 366 al #tea :End of /NAMES list",
    ]);
    assert_eq!(asked(&mut al, "MODE #tea")[0], "324 al #tea +nt");
    // What is set there holds for who comes from elsewhere.
    tom.ask("give room tea al", &["tea/server: tom gave the room to al"]);
    al.expect(&[":tom!text@chatctl MODE #tea +o-o al tom"]);
    al.answers("MODE #tea +k sesame");
    tom.expect_line("tea/server: al set mode +k *");
    let mut ann = server.user("ann");
    ann.say("join room tea");
    assert!(ann.line().starts_with("error: "), "she has no key");
    al.answers("MODE #tea -k+i *");
    tom.expect_line("tea/server: al set mode -k+i *");
    tom.ask("invite tea ann", &["error: not-the-owner: tea"]);
}

#[test]
fn what_is_set_is_told_at_every_door_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap(), "--web", "127.0.0.1:0", "--irc", "127.0.0.1:0"];
    let server = Process::serve(&flags);
    let said = server.lines(2);
    let door = |words: &str| -> SocketAddr {
        let line = said.iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words} in {said:?}"));
        line.split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("an address in {line:?}"))
    };
    let mut al = IrcUser::with_caps(door("IRC"), "al", "batch draft/chathistory draft/event-playback server-time");
    al.join("#tea");
    let mut tom = server.user("tom");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    let mut jo = Socket::log_in(door("browsers"), "jo");
    jo.say(r#"{"type":"join_room","id":2,"room":"tea"}"#);
    while jo.said()["type"] != "joined" {}
    tom.expect_line("tea/server: jo joined");
    al.pending();
    let masks: Vec<String> = (0..20).map(|number| format!("mask{number:02}{}", "x".repeat(14))).collect();
    let many = format!("MODE #tea +{} {}", "b".repeat(20), masks.join(" "));
    for line in
        ["MODE #tea +mv-t tom", "MODE #tea +k sesame", "MODE #tea +m", "TOPIC #tea :green", "TOPIC #tea :", &many]
    {
        al.answers(line);
    }
    let told = ["set mode +mv-t tom", "set mode +k *", "set the topic: green", "cleared the topic"];
    for told in told {
        tom.expect_line(&format!("tea/server: al {told}"));
    }
    // Longer than a line of IRC may be, with the name of the room and of who did it.
    let whole: Vec<String> = masks.iter().map(|mask| format!("{mask}!*@*")).collect();
    tom.expect_line(&format!("tea/server: al set mode +{} {}", "b".repeat(20), whole.join(" ")));
    tom.expect_nothing();
    for (kind, field, value) in [
        ("mode", "modes", json!("+mv-t tom")),
        ("mode", "modes", json!("+k *")),
        ("topic", "topic", json!("green")),
        ("topic", "topic", json!(null)),
    ] {
        let event = jo.said();
        assert_eq!((&event["type"], &event["by"], &event[field]), (&json!(kind), &json!("al"), &value), "{event}");
    }
    al.answers("PART #tea :so long");
    tom.expect_line("tea/server: al left");
    let left = std::iter::repeat_with(|| jo.said()).find(|event| event["type"] == "left").unwrap();
    assert_eq!((&left["why"], &left["reason"]), (&json!("left"), &json!("so long")));
    server.signal("KILL");
    server.wait();

    let server = Process::serve(&flags);
    let mut tom = server.user("tom");
    tom.say("resume tea #3");
    let lines = tom.lines_until("tea/server: tom joined").join("\n");
    for what in told.iter().chain(&["left"]) {
        assert!(lines.contains(&format!(" tea/server: al {what}")), "{what}: {lines}");
    }
    let irc = server.lines(2);
    let irc = irc.iter().find(|line| line.contains("IRC")).unwrap();
    let irc = irc.split(' ').find_map(|word| word.parse().ok()).unwrap();
    let mut al = IrcUser::with_caps(irc, "al", "batch draft/chathistory draft/event-playback server-time");
    al.join("#tea");
    let told = al.answers("CHATHISTORY LATEST #tea * 100");
    for line in ["MODE #tea +mv-t tom", "MODE #tea +k *", "TOPIC #tea :", "PART #tea :so long"] {
        let line = format!(" :al!user@chatctl {line}");
        assert!(told.iter().any(|told| told.ends_with(&line)), "{line} in {told:?}");
    }
    let banned: Vec<&String> = told.iter().filter(|line| line.contains(" MODE #tea +bb")).collect();
    assert!(banned.len() > 1, "{told:?}");
    for mask in whole {
        assert_eq!(banned.iter().filter(|line| line.contains(&mask)).count(), 1, "{mask} in {banned:?}");
    }
}
