//! What the specifications of modern.ircdocs.horse and ircv3.net say of single commands, where no other test says it.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::serve::control::Keeper;
use crate::support::{Process, Server};

/// A room of al, who is its operator, and bob.
fn room(caps: &str) -> (Server, IrcUser, IrcUser) {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", caps);
    let mut bob = IrcUser::with_caps(server.irc(), "bob", caps);
    al.join("#tea");
    bob.join("#tea");
    al.pending();
    (server, al, bob)
}

/// Each line has exactly this one answer, behind the name of the server.
#[track_caller]
fn each(user: &mut IrcUser, lines: &[(&str, &str)]) {
    for (line, answer) in lines {
        assert_eq!(user.answers(line), [format!(":chatctl.local {answer}")], "{line}");
    }
}

#[test]
fn members_invite_unless_operators_alone_may() {
    let (server, mut al, mut bob) = room("");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    each(&mut bob, &[("INVITE eve #tea", "341 bob eve #tea")]);
    eve.expect(&[":bob!bob@HOST INVITE eve #tea"]);
    // Nobody else hears of it.
    al.expect_nothing();
    al.ask("MODE #tea +i", &[":al!al@HOST MODE #tea +i"]);
    bob.expect(&[":al!al@HOST MODE #tea +i"]);
    each(
        &mut bob,
        &[
            ("INVITE eve #tea", "482 bob #tea :You're not channel operator"),
            ("INVITE eve #none", "403 bob #none :No such channel"),
            ("INVITE eve", "461 bob INVITE :Not enough parameters"),
        ],
    );
    each(
        &mut al,
        &[
            ("INVITE bob #tea", "443 al bob #tea :is already on channel"),
            ("INVITE nobody #tea", "401 al nobody :No such nick/channel"),
        ],
    );
    each(&mut eve, &[("INVITE al #tea", "442 eve #tea :You're not on that channel")]);
}

#[test]
fn a_message_for_ranks_reaches_those_alone() {
    let (server, mut al, mut bob) = room("");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.join("#tea");
    al.answers("MODE #tea +v eve");
    for user in [&mut bob, &mut eve] {
        user.pending();
    }
    eve.say("PRIVMSG @#tea :to operators");
    al.expect(&[":eve!eve@HOST PRIVMSG @#tea :to operators"]);
    al.say("PRIVMSG +#tea :to voices");
    eve.expect(&[":al!al@HOST PRIVMSG +#tea :to voices"]);
    for user in [&mut al, &mut bob, &mut eve] {
        user.expect_nothing();
    }
}

#[test]
fn fields_of_who_come_in_the_order_of_their_own() {
    let (_server, mut al, mut bob) = room("");
    bob.answers("MODE bob +B");
    bob.answers("AWAY :out");
    al.answers("MODE #tea +v bob");
    for (asked, told) in [
        ("WHO bob", "352 al * bob HOST chatctl.local bob GB :0 Real bob"),
        ("WHO #tea %n", ""),
        ("WHO bob %tcuihsnfdlaor,42", "354 al 42 * bob 255.255.255.255 HOST chatctl.local bob GB 0 0 0 n/a :Real bob"),
        ("WHO bob %raonfhut,7", "354 al 7 bob HOST bob GB 0 n/a :Real bob"),
        ("WHO bob %an", "354 al bob 0"),
        ("WHO bob %t", "354 al 0"),
        ("WHO b?b %n", "354 al bob"),
        ("WHO nobody", ""),
        ("WHO *.nowhere", ""),
    ] {
        let answers = al.answers(asked);
        let (last, found) = answers.split_last().unwrap();
        let mask = asked.split(' ').nth(1).unwrap();
        assert_eq!(*last, format!(":chatctl.local 315 al {mask} :End of /WHO list"));
        if mask == "#tea" {
            assert_eq!(found, [":chatctl.local 354 al al", ":chatctl.local 354 al bob"]);
        } else {
            let told: Vec<String> =
                [told].iter().filter(|told| !told.is_empty()).map(|told| format!(":chatctl.local {told}")).collect();
            assert_eq!(found, told, "{asked}");
        }
    }
}

#[test]
fn who_is_invisible_is_found_by_the_name_and_in_shared_rooms() {
    let (server, mut al, mut bob) = room("");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    bob.ask("MODE bob +i", &[":bob!bob@HOST MODE bob +i"]);
    assert_eq!(al.answers("WHO b*").len(), 2, "who shares a room finds him by a mask");
    each(&mut eve, &[("WHO b*", "315 eve b* :End of /WHO list")]);
    assert_eq!(eve.answers("WHO bob").len(), 2);
    assert!(eve.answers("WHOIS bob").iter().all(|line| !line.contains(" 319 ")), "his rooms are hidden");
    assert!(eve.answers("NAMES #tea").contains(&":chatctl.local 353 eve = #tea @al".to_owned()));
    assert_eq!(eve.answers("LUSERS")[0], ":chatctl.local 251 eve :There are 2 users and 1 invisible on 1 servers");
}

#[test]
fn a_list_of_rooms_is_narrowed_by_masks_and_sizes() {
    let (server, _al, mut bob) = room("");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.join("#den");
    for (asked, rooms) in [
        ("LIST", vec!["#den 1 :", "#tea 2 :"]),
        ("LIST #TEA", vec!["#tea 2 :"]),
        ("LIST #tea,#den", vec!["#den 1 :", "#tea 2 :"]),
        ("LIST #t*", vec!["#tea 2 :"]),
        ("LIST !#t*", vec!["#den 1 :"]),
        ("LIST >1", vec!["#tea 2 :"]),
        ("LIST <2", vec!["#den 1 :"]),
        ("LIST >0,<2", vec!["#den 1 :"]),
        ("LIST #none", vec![]),
    ] {
        let answers = bob.answers(asked);
        assert_eq!(answers[0], ":chatctl.local 321 bob Channel :Users  Name");
        assert_eq!(answers[answers.len() - 1], ":chatctl.local 323 bob :End of /LIST");
        let rooms: Vec<String> = rooms.iter().map(|room| format!(":chatctl.local 322 bob {room}")).collect();
        assert_eq!(answers[1..answers.len() - 1], rooms, "{asked}");
    }
}

#[test]
fn who_was_here_is_told_the_latest_first() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    for real in ["first", "second", "third"] {
        let mut bob = IrcUser::log_in(server.irc(), "bob");
        bob.answers(&format!("SETNAME {real}"));
        bob.ask("QUIT", &["ERROR :Closing link: (Quit)"]);
        bob.expect_end();
    }
    let mut names = |asked: &str| -> Vec<String> {
        let answers = al.answers(asked);
        assert_eq!(answers[answers.len() - 1], ":chatctl.local 369 al BOB :End of WHOWAS");
        let found = answers.iter().filter_map(|line| line.strip_prefix(":chatctl.local 314 al bob bob HOST * "));
        found.map(str::to_owned).collect()
    };
    assert_eq!(names("WHOWAS BOB"), ["third", "second", "first"]);
    assert_eq!(names("WHOWAS BOB 2"), ["third", "second"]);
    assert_eq!(names("WHOWAS BOB -1"), ["third", "second", "first"]);
    al.ask(
        "WHOWAS eve",
        &[":chatctl.local 406 al eve :There was no such nickname", ":chatctl.local 369 al eve :End of WHOWAS"],
    );
}

#[test]
fn a_name_in_another_spelling_is_told_and_the_same_is_not() {
    let (_server, mut al, mut bob) = room("");
    al.ask("MONITOR + bob", &[":chatctl.local 730 al bob!bob@HOST"]);
    bob.ask("NICK Bob", &[":bob!bob@HOST NICK Bob"]);
    al.expect(&[":bob!bob@HOST NICK Bob"]);
    bob.say("NICK Bob");
    for user in [&mut al, &mut bob] {
        user.expect_nothing();
    }
    bob.ask("NICK BERT", &[":Bob!bob@HOST NICK BERT"]);
    al.expect(&[":chatctl.local 731 al Bob", ":Bob!bob@HOST NICK BERT"]);
    // A mask is no name, and nobody is found by it.
    al.say("MONITOR + *!bob@*,x!y@z");
    al.ask("MONITOR L", &[":chatctl.local 732 al bob", ":chatctl.local 733 al :End of MONITOR list"]);
}

#[test]
fn events_have_ids_by_which_history_tells_them_again() {
    let caps = "batch draft/chathistory draft/event-playback echo-message message-tags server-time";
    let (_server, mut al, mut bob) = room(caps);
    al.say("TOPIC #tea :green");
    let (topic, heard) = (al.raw_line(), bob.raw_line());
    assert_eq!(topic, heard);
    al.say("PRIVMSG #tea :hello");
    let said = al.raw_line();
    bob.say("CHATHISTORY LATEST #tea * 2");
    let told: Vec<String> = (0..5).map(|_| bob.raw_line()).collect();
    let tags = |line: &str| {
        line.split(' ').next().unwrap().trim_start_matches("@batch=past;").trim_start_matches('@').to_owned()
    };
    assert_eq!(told[0], said);
    assert_eq!([tags(&told[2]), tags(&told[3])], [tags(&topic), tags(&said)]);
    // Who has gone since has been there all the same.
    let untagged = |line: &str| line.split_once(' ').unwrap().1.to_owned();
    assert_eq!([untagged(&told[2]), untagged(&told[3])], [untagged(&topic), untagged(&said)]);
    al.say("QUIT");
    while !bob.line().contains(" QUIT ") {}
    bob.pending();
    bob.say("CHATHISTORY LATEST #tea * 10");
    let told: Vec<String> =
        std::iter::from_fn(|| Some(bob.raw_line()).filter(|line| !line.contains("BATCH -"))).collect();
    let source = untagged(&said).split(' ').next().unwrap().to_owned();
    for what in ["JOIN #tea", "TOPIC #tea :green", "PRIVMSG #tea :hello", "QUIT :Quit"] {
        let line = format!("{source} {what}");
        assert!(told.iter().any(|told| untagged(told) == line), "{line} in {told:?}");
    }
}

#[test]
fn a_line_that_is_not_utf8_fails_with_its_label() {
    let (_server, mut al, _bob) = room("labeled-response batch");
    al.send(b"@label=7 PRIVMSG #tea :\xff\r\n");
    al.expect(&["@label=7 :chatctl.local FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8"]);
}

#[test]
fn what_is_read_may_be_asked_of_any_place_and_set_where_one_is() {
    let (_server, mut al, _bob) = room("draft/read-marker");
    each(
        &mut al,
        &[
            ("MARKREAD #none", "MARKREAD #none *"),
            ("MARKREAD #tea", "MARKREAD #tea *"),
            ("MARKREAD #tea timestamp=2026-01-04T14:33:26.123Z", "MARKREAD #tea timestamp=TIME"),
            ("MARKREAD #tea timestamp=2025-01-04T14:33:26.123Z", "MARKREAD #tea timestamp=TIME"),
            ("MARKREAD #tea *", "FAIL MARKREAD INVALID_PARAMS #tea * :Invalid timestamp"),
            ("MARKREAD #tea timestamp=soon", "FAIL MARKREAD INVALID_PARAMS #tea timestamp=soon :Invalid timestamp"),
            ("MARKREAD", "FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters"),
            ("MARKREAD #none timestamp=2026-01-04T14:33:26.123Z", "403 al #none :No such channel"),
        ],
    );
    al.say("PART #tea");
    al.say("JOIN #tea");
    let told = al.pending();
    assert_eq!(told[3], ":chatctl.local MARKREAD #tea timestamp=TIME", "{told:?}");
}

#[test]
fn questions_about_the_server_go_to_it_by_any_of_its_names() {
    let (_server, mut al, _bob) = room("");
    for line in ["MOTD", "MOTD chatctl.local", "MOTD *.local", "MOTD bob"] {
        each(&mut al, &[(line, "422 al :No message of the day")]);
    }
    for command in ["MOTD", "VERSION", "TIME", "INFO", "ADMIN"] {
        each(&mut al, &[(&format!("{command} irc.example"), "402 al irc.example :No such server")]);
    }
    each(&mut al, &[("WHOIS irc.example bob", "402 al irc.example :No such server")]);
    for line in ["WHOIS bob", "WHOIS bob bob", "WHOIS chatctl.local bob"] {
        assert!(al.answers(line)[0].starts_with(":chatctl.local 311 al bob bob HOST * "), "{line}");
    }
    assert_eq!(al.answers("INFO").last().unwrap(), ":chatctl.local 374 al :End of /INFO list");
    assert_eq!(al.answers("LINKS").last().unwrap(), ":chatctl.local 365 al * :End of /LINKS list");
    assert_eq!(al.answers("HELP").last().unwrap(), ":chatctl.local 706 al * :End of /HELP");
    each(
        &mut al,
        &[
            ("HELP nonsense", "524 al nonsense :Help not found"),
            ("PING :two words", "PONG chatctl.local :two words"),
            ("ISON :bob nobody", "303 al bob"),
            ("USERHOST nobody", "302 al :"),
            ("NAMES", "366 al * :End of /NAMES list"),
            ("NAMES #none", "366 al #none :End of /NAMES list"),
        ],
    );
}

#[test]
fn operators_of_the_server_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap(), "--web", "none", "--irc", "127.0.0.1:0"]);
    let line = server.lines(1).remove(0);
    let irc = line.strip_prefix("chatctl: listening on ").unwrap().split(' ').next().unwrap().parse().unwrap();
    let mut al = IrcUser::log_in(irc, "al");
    assert_eq!(al.answers("LUSERS")[1], ":chatctl.local 252 al 0 :operator(s) online");
    let _keeper = Keeper::log_in(dir.path(), "keeper");
    assert_eq!(al.answers("LUSERS")[1], ":chatctl.local 252 al 1 :operator(s) online");
}
