//! Commands, as the table of the door has them, where no other test has the row.

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;

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

/// All answers to a line, without the name of the server.
#[track_caller]
fn asked(user: &mut IrcUser, line: &str) -> Vec<String> {
    let answers = user.answers(line);
    answers.iter().map(|line| line.strip_prefix(":chatctl.local ").unwrap_or(line).to_owned()).collect()
}

#[test]
fn each_room_has_its_key_and_who_is_a_member_hears_nothing() {
    let (_server, mut al, mut bob) = room("");
    for (room, key) in [("#a", "one"), ("#b", "two"), ("#c", "three")] {
        al.join(room);
        al.answers(&format!("MODE {room} +k {key}"));
    }
    let answers = asked(&mut bob, "JOIN #tea,#a,#b,#c,#d x,one,wrong,three");
    let entered: Vec<&String> = answers.iter().filter(|line| line.contains(" JOIN ")).collect();
    assert_eq!(entered, [":bob!bob@HOST JOIN #a", ":bob!bob@HOST JOIN #c", ":bob!bob@HOST JOIN #d"]);
    assert!(answers.contains(&"475 bob #b :Cannot join channel (+k)".to_owned()), "{answers:?}");
    assert_eq!(answers.iter().filter(|line| line.contains(" 366 ") || line.starts_with("366 ")).count(), 3);
    al.pending();
    assert_eq!(asked(&mut bob, "JOIN #TEA"), Vec::<String>::new());
    al.expect_nothing();
}

#[test]
fn join_0_leaves_all_rooms_and_part_leaves_those_it_names() {
    let (_server, mut al, mut bob) = room("");
    for room in ["#a", "#b"] {
        bob.join(room);
    }
    al.join("#a");
    bob.pending();
    assert_eq!(
        asked(&mut bob, "PART #a,#none,#b,#A :tired"),
        [
            ":bob!bob@HOST PART #a :tired",
            "403 bob #none :No such channel",
            ":bob!bob@HOST PART #b :tired",
            "442 bob #a :You're not on that channel",
        ]
    );
    al.expect(&[":bob!bob@HOST PART #a :tired", ":chatctl.local MODE #a +o al"]);
    bob.join("#b");
    assert_eq!(asked(&mut bob, "JOIN 0"), [":bob!bob@HOST PART #b", ":bob!bob@HOST PART #tea"]);
    al.expect(&[":bob!bob@HOST PART #tea"]);
    assert_eq!(asked(&mut bob, "JOIN 0"), Vec::<String>::new());
    al.expect_nothing();
}

#[test]
fn whoever_writes_to_who_is_away_is_told_so_once_a_line_and_a_notice_tells_nothing() {
    let (_server, mut al, mut bob) = room("");
    assert_eq!(asked(&mut bob, "AWAY :out for tea"), ["306 bob :You have been marked as being away"]);
    assert_eq!(asked(&mut al, "PRIVMSG bob,#tea :hi"), ["301 al bob :out for tea"]);
    bob.expect(&[":al!al@HOST PRIVMSG bob :hi", ":al!al@HOST PRIVMSG #tea :hi"]);
    assert_eq!(asked(&mut al, "NOTICE bob :hi"), Vec::<String>::new());
    bob.expect(&[":al!al@HOST NOTICE bob :hi"]);
    for line in ["AWAY", "AWAY :"] {
        assert_eq!(asked(&mut bob, line), ["305 bob :You are no longer marked as being away"]);
    }
    assert_eq!(asked(&mut al, "PRIVMSG bob :hi"), Vec::<String>::new());
}

#[test]
fn a_line_of_tags_alone_is_for_those_who_take_tags() {
    let (server, mut al, mut bob) = room("message-tags");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.join("#tea");
    for user in [&mut al, &mut bob] {
        user.pending();
    }
    al.say("@+typing=active;time=1;msgid=x;draft/own=1 TAGMSG #tea");
    let line = bob.line();
    assert!(line.starts_with("@msgid=") && line.ends_with(";+typing=active :al!al@HOST TAGMSG #tea"), "{line}");
    assert!(!line.contains("draft/own") && !line.contains("msgid=x"), "{line}");
    eve.expect_nothing();
    // Nothing to say, nobody to say it to, nothing that may be said.
    assert_eq!(asked(&mut al, "TAGMSG #tea"), Vec::<String>::new());
    assert_eq!(asked(&mut al, "@+a TAGMSG"), ["461 al TAGMSG :Not enough parameters"]);
    assert_eq!(asked(&mut al, "@+a TAGMSG nobody"), ["401 al nobody :No such nick/channel"]);
    assert_eq!(asked(&mut eve, "@+a TAGMSG bob"), ["421 eve TAGMSG :Unknown command"]);
    bob.expect_nothing();
}

#[test]
fn a_topic_is_told_with_who_set_it_until_it_is_cleared() {
    let (server, mut al, mut bob) = room("");
    al.answers("TOPIC #tea :green tea");
    bob.pending();
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    assert_eq!(asked(&mut eve, "TOPIC #tea :mine"), ["442 eve #tea :You're not on that channel"]);
    assert_eq!(asked(&mut eve, "TOPIC #none"), ["403 eve #none :No such channel"]);
    let told = asked(&mut eve, "TOPIC #tea");
    assert_eq!(told[0], "332 eve #tea :green tea", "who is outside may ask");
    let joined = asked(&mut eve, "JOIN #tea");
    assert_eq!(joined[..2], [":eve!eve@HOST JOIN #tea".to_owned(), told[0].clone()]);
    let since: u64 = joined[2].strip_prefix("333 eve #tea al ").unwrap().parse().unwrap();
    assert!(since > 1_700_000_000, "{joined:?}");
    al.answers("TOPIC #tea :");
    eve.answers("PART #tea");
    let joined = asked(&mut eve, "JOIN #tea");
    bob.pending();
    assert!(joined[1].starts_with("353 eve = #tea :"), "{joined:?}");
    assert_eq!(asked(&mut bob, "TOPIC #tea"), ["331 bob #tea :No topic is set"]);
}

#[test]
fn names_are_told_of_each_room_with_one_end() {
    let (_server, mut al, mut bob) = room("");
    bob.join("#den");
    al.join("#cup");
    al.answers("MODE #cup +s");
    assert_eq!(
        asked(&mut bob, "NAMES #tea,#none,#DEN,#cup,c++"),
        ["353 bob = #den @bob", "353 bob = #tea :@al bob", "366 bob #tea,#none,#DEN,#cup,c++ :End of /NAMES list"]
    );
    assert_eq!(asked(&mut al, "NAMES #cup"), ["353 al @ #cup @al", "366 al #cup :End of /NAMES list"]);
}

#[test]
fn several_are_removed_by_one_line_each() {
    let (server, mut al, mut bob) = room("");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    eve.join("#tea");
    for user in [&mut al, &mut bob] {
        user.pending();
    }
    assert_eq!(
        asked(&mut al, "KICK #tea bob,nobody,a|b,eve :enough"),
        [
            ":al!al@HOST KICK #tea bob :enough",
            "401 al nobody :No such nick/channel",
            "401 al a|b :No such nick/channel",
            ":al!al@HOST KICK #tea eve :enough",
        ]
    );
    bob.expect(&[":al!al@HOST KICK #tea bob :enough"]);
    eve.expect(&[":al!al@HOST KICK #tea bob :enough", ":al!al@HOST KICK #tea eve :enough"]);
    bob.join("#tea");
    al.join("#den");
    eve.join("#den");
    for user in [&mut al, &mut bob, &mut eve] {
        user.pending();
    }
    let told = asked(&mut al, "KICK #tea,#den bob,eve");
    assert_eq!(told, [":al!al@HOST KICK #tea bob :al", ":al!al@HOST KICK #den eve :al"]);
    assert_eq!(asked(&mut al, "KICK #none bob"), ["403 al #none :No such channel"]);
    bob.expect(&[":al!al@HOST KICK #tea bob :al"]);
    eve.expect(&[":al!al@HOST KICK #den eve :al"]);
}

#[test]
fn what_one_is_oneself_is_shown_and_set() {
    let (_server, mut al, mut bob) = room("");
    assert_eq!(asked(&mut al, "MODE al"), ["221 al +"]);
    assert_eq!(asked(&mut al, "MODE al +Bi"), [":al!al@HOST MODE al +Bi"]);
    assert_eq!(asked(&mut al, "MODE AL"), ["221 al +Bi"]);
    assert_eq!(asked(&mut al, "MODE al +i"), Vec::<String>::new(), "it is so already");
    assert_eq!(asked(&mut al, "MODE al -i+B-B"), [":al!al@HOST MODE al -Bi"]);
    assert_eq!(asked(&mut al, "MODE al"), ["221 al +"]);
    assert_eq!(asked(&mut al, "MODE bob"), ["502 al :Cant view mode for other users"]);
    assert_eq!(asked(&mut al, "MODE bob +i"), ["502 al :Cant change mode for other users"]);
    bob.expect_nothing();
}

#[test]
fn who_is_here_is_told_with_ranks_and_without_what_is_secret() {
    let (server, mut al, mut bob) = room("");
    let mut eve = IrcUser::with_caps(server.irc(), "eve", "multi-prefix");
    al.answers("MODE #tea +v al");
    al.answers("MODE #tea +v bob");
    bob.pending();
    let flags = |user: &mut IrcUser, line: &str| -> Vec<String> {
        let told = asked(user, line);
        let told = told.iter().filter(|line| line.starts_with("352 "));
        told.map(|line| line.split(' ').skip(6).take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(flags(&mut bob, "WHO #tea"), ["al H@", "bob H+"]);
    assert_eq!(flags(&mut eve, "WHO #tea"), ["al H@+", "bob H+"]);
    assert_eq!(flags(&mut eve, "WHO *"), ["al H", "bob H", "eve H"]);
    assert_eq!(flags(&mut eve, "WHO 0"), ["al H", "bob H", "eve H"]);
    assert_eq!(flags(&mut eve, "WHO #tea o"), Vec::<String>::new(), "none of them runs the server");
    al.answers("MODE #tea +s");
    for (line, told) in [
        ("WHO #tea", "315 eve #tea :End of /WHO list"),
        ("TOPIC #tea", "403 eve #tea :No such channel"),
        ("MODE #tea", "403 eve #tea :No such channel"),
        ("MODE #tea b", "403 eve #tea :No such channel"),
        ("NAMES #tea", "366 eve #tea :End of /NAMES list"),
    ] {
        assert_eq!(asked(&mut eve, line), [told], "{line}");
    }
    assert!(asked(&mut eve, "WHOIS al").iter().all(|line| !line.starts_with("319 ")));
    assert!(asked(&mut bob, "WHOIS al").contains(&"319 bob al @#tea".to_owned()));
    assert_eq!(flags(&mut bob, "WHO #tea"), ["al H@", "bob H+"]);
}

#[test]
fn a_program_is_said_to_be_one_and_nobody_is_nobody() {
    let (_server, mut al, mut bob) = room("");
    bob.answers("MODE bob +B");
    assert!(asked(&mut al, "WHOIS bob").contains(&"335 al bob :is a Bot on chatctl".to_owned()));
    let nobody = ["401 al nobody :No such nick/channel", "318 al nobody :End of /WHOIS list"];
    assert_eq!(asked(&mut al, "WHOIS nobody"), nobody);
    assert_eq!(asked(&mut al, "WHOIS nobody,bob"), nobody, "one is told of one");
    bob.ask("QUIT", &["ERROR :Closing link: (Quit)"]);
    bob.expect_end();
    al.pending();
    let told = asked(&mut al, "WHOWAS bob");
    assert_eq!(told[1], "312 al bob chatctl.local TIME", "when he went");
    assert_eq!(told[2..], ["369 al bob :End of WHOWAS"]);
}

#[test]
fn the_last_hundred_who_left_are_known() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::log_in(server.irc(), "al");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    // Whoever is called otherwise has left a name.
    for number in 0..101 {
        bob.say(&format!("NICK bob{number}"));
    }
    bob.pending();
    assert_eq!(asked(&mut al, "WHOWAS bob")[0], "406 al bob :There was no such nickname");
    assert!(asked(&mut al, "WHOWAS bob0")[0].starts_with("314 al bob0 bob HOST * "));
    assert!(asked(&mut al, "WHOWAS bob99")[0].starts_with("314 al bob99 bob HOST * "));
}

#[test]
fn the_list_of_rooms_has_their_topics() {
    let (server, mut al, _bob) = room("");
    al.answers("TOPIC #tea :green and black");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    assert_eq!(
        asked(&mut eve, "LIST"),
        ["321 eve Channel :Users  Name", "322 eve #tea 2 :green and black", "323 eve :End of /LIST"]
    );
}

#[test]
fn questions_about_the_server_are_answered_in_full() {
    let (_server, mut al, _bob) = room("");
    let version = asked(&mut al, "VERSION");
    assert_eq!(version[0], format!("351 al chatctl-{} chatctl.local chatctl", env!("CARGO_PKG_VERSION")));
    assert!(version[1..].iter().all(|line| line.starts_with("005 al ")) && version.len() == 4, "{version:?}");
    let time = asked(&mut al, "TIME");
    let words: Vec<&str> = time[0].split(' ').collect();
    assert_eq!([&words[..3], &words[4..]].concat(), ["391", "al", "chatctl.local", "0", "TIME"]);
    assert!(words[3].parse::<u64>().is_ok_and(|seconds| seconds > 1_700_000_000), "{time:?}");
    let info = asked(&mut al, "INFO");
    assert_eq!(info[0], format!("371 al chatctl-{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(info[1..], ["371 al :Started at TIME", "374 al :End of /INFO list"]);
    for command in ["HELP", "HELPOP"] {
        let told = asked(&mut al, &format!("{command} join"));
        assert_eq!(
            told,
            [
                "704 al join Help",
                "705 al join :JOIN #room[,#room]: enters rooms, or opens them",
                "706 al join :End of /HELP"
            ]
        );
    }
    assert_eq!(asked(&mut al, "USERHOST al nobody bob"), ["302 al :al=+al@HOST bob=+bob@HOST"]);
    assert_eq!(asked(&mut al, "ISON :nobody bob"), ["303 al bob"]);
    for command in ["USERHOST", "ISON"] {
        assert_eq!(asked(&mut al, command), [format!("461 al {command} :Not enough parameters")]);
    }
}

#[test]
fn who_is_away_or_described_otherwise_is_told_of_once() {
    let server = Server::with_irc(Config::embedded());
    let mut al = IrcUser::with_caps(server.irc(), "al", "away-notify setname");
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "away-notify setname");
    for room in ["#a", "#b", "#c"] {
        al.join(room);
        bob.join(room);
    }
    for user in [&mut al, &mut bob] {
        user.pending();
    }
    bob.say("AWAY :out");
    bob.say("SETNAME :Robert");
    bob.say("AWAY");
    al.expect(&[":bob!bob@HOST AWAY :out", ":bob!bob@HOST SETNAME :Robert", ":bob!bob@HOST AWAY"]);
    al.expect_nothing();
    bob.expect(&[
        ":chatctl.local 306 bob :You have been marked as being away",
        ":bob!bob@HOST SETNAME :Robert",
        ":chatctl.local 305 bob :You are no longer marked as being away",
    ]);
    bob.expect_nothing();
    assert!(asked(&mut al, "WHOIS bob")[0].ends_with(" * Robert"));
    assert_eq!(
        asked(&mut bob, &format!("SETNAME :{}", "x".repeat(129))),
        ["FAIL SETNAME INVALID_REALNAME :Realname is not valid"]
    );
}

/// To the letter, as they were seen on the wire.
#[test]
fn what_clients_ask_after_a_join_is_answered_with_what_they_asked_for() {
    let (_server, mut al, _bob) = room("");
    al.answers("TOPIC #tea :green");
    for (line, told) in [
        // weechat
        (
            "WHO #tea %cuhsnfdar",
            ["354 al #tea al HOST chatctl.local al H@ 0 0 :Real al", "315 al #tea :End of /WHO list"],
        ),
        // irssi
        ("WHO #tea %tcuhnfdar,743", ["354 al 743 #tea al HOST al H@ 0 0 :Real al", "315 al #tea :End of /WHO list"]),
        // The Lounge
        (
            "WHO #tea %tcuhsnfdaor,1",
            ["354 al 1 #tea al HOST chatctl.local al H@ 0 0 n/a :Real al", "315 al #tea :End of /WHO list"],
        ),
        // gamja
        ("WHO #tea", ["352 al #tea al HOST chatctl.local al H@ :0 Real al", "315 al #tea :End of /WHO list"]),
    ] {
        let answers = asked(&mut al, line);
        assert_eq!([&answers[0], &answers[answers.len() - 1]], told, "{line}");
        assert_eq!(answers.len(), 3, "{line}");
    }
    assert_eq!(asked(&mut al, "MODE #tea")[0], "324 al #tea +nt");
    assert_eq!(asked(&mut al, "MODE #tea b"), ["368 al #tea :End of channel ban list"]);
    assert_eq!(asked(&mut al, "MODE al +i"), [":al!al@HOST MODE al +i"]);
}
