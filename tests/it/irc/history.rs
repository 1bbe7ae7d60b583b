//! What was said before: asked for by moments, or told to who comes in.

use std::net::SocketAddr;

use chatctl::hub::Limits;
use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::{Client, Process, Server};

/// The text of each message among these lines.
fn texts(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split_once(" PRIVMSG ")?.1.split_once(" :")).map(|(_, text)| text).collect()
}

/// What stands behind `key=` in the tags of a line.
fn tag<'a>(line: &'a str, key: &str) -> &'a str {
    let tags = line.strip_prefix('@').and_then(|line| line.split(' ').next()).unwrap_or_default();
    tags.split(';').find_map(|tag| tag.strip_prefix(key)?.strip_prefix('=')).unwrap_or_else(|| panic!("{key}: {line}"))
}

/// Everything that comes for this line, with its times.
fn raw_answers(user: &mut IrcUser, line: &str) -> Vec<String> {
    user.say(line);
    user.say("PING settled");
    std::iter::from_fn(|| Some(user.raw_line()).filter(|line| !line.ends_with(" PONG chatctl.local settled"))).collect()
}

const CAPS: &str = "batch draft/chathistory server-time message-tags labeled-response";

/// A room in which tom has said the numbers up to 10, and others have come and gone.
fn stage(config: Config) -> (Server, Client, IrcUser) {
    let server = Server::with_irc(config);
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    let mut al = IrcUser::with_caps(server.irc(), "al", CAPS);
    al.join("#tea");
    tom.expect_line("tea/server: al joined");
    for number in 1..=10 {
        tom.ask(&format!("send tea {number}"), &[&format!("tea/tom: {number}")]);
    }
    assert_eq!(texts(&al.pending()).len(), 10);
    (server, tom, al)
}

#[test]
fn messages_are_asked_for_by_their_ids_and_times() {
    let (_server, _tom, mut al) = stage(Config::embedded());
    let all = raw_answers(&mut al, "CHATHISTORY LATEST #tea * 50");
    assert_eq!(all[0], ":chatctl.local BATCH +past chathistory #tea");
    assert_eq!(all.last().unwrap(), ":chatctl.local BATCH -past");
    assert_eq!(texts(&all), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert!(
        all[1].starts_with("@batch=past;time=2") && all[1].ends_with(" :tom!text@chatctl PRIVMSG #tea :1"),
        "{}",
        all[1]
    );
    let ids: Vec<String> = all[1..11].iter().map(|line| format!("msgid={}", tag(line, "msgid"))).collect();
    let times: Vec<String> = all[1..11].iter().map(|line| format!("timestamp={}", tag(line, "time"))).collect();
    let mut asked =
        |line: String| texts(&raw_answers(&mut al, &line)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(asked("CHATHISTORY LATEST #tea * 2".into()), ["9", "10"]);
    assert_eq!(asked(format!("CHATHISTORY LATEST #tea {} 5", ids[7])), ["9", "10"]);
    assert_eq!(asked(format!("CHATHISTORY BEFORE #tea {} 2", ids[4])), ["3", "4"]);
    assert_eq!(asked(format!("CHATHISTORY AFTER #tea {} 2", ids[4])), ["6", "7"]);
    assert_eq!(asked(format!("CHATHISTORY AROUND #tea {} 4", ids[4])), ["3", "4", "5", "6"]);
    assert_eq!(asked(format!("CHATHISTORY BETWEEN #tea {} {} 2", ids[1], ids[6])), ["3", "4"]);
    assert_eq!(asked(format!("CHATHISTORY BETWEEN #tea {} {} 2", ids[6], ids[1])), ["5", "6"]);
    assert_eq!(asked("CHATHISTORY AFTER #tea timestamp=2000-01-01T00:00:00.000Z 3".into()), ["1", "2", "3"]);
    assert_eq!(asked("CHATHISTORY BEFORE #tea timestamp=2000-01-01T00:00:00.000Z 3".into()), Vec::<String>::new());
    assert!(!asked(format!("CHATHISTORY BEFORE #tea {} 50", times[9])).contains(&"10".to_owned()));
}

#[test]
fn what_cannot_be_asked_for_fails_and_the_label_is_on_the_answer() {
    let (_server, _tom, mut al) = stage(Config::embedded());
    let failed = |what: &str| format!(":chatctl.local FAIL CHATHISTORY {what}");
    al.ask("CHATHISTORY", &[&failed("NEED_MORE_PARAMS * :Missing parameters")]);
    al.ask("CHATHISTORY LATEST #tea *", &[&failed("NEED_MORE_PARAMS LATEST :Missing parameters")]);
    al.ask("CHATHISTORY LATEST #tea * x", &[&failed("INVALID_PARAMS LATEST x :Invalid parameters")]);
    let elsewhere = failed("INVALID_TARGET LATEST #other :Messages could not be retrieved");
    al.ask("CHATHISTORY LATEST #other * 5", &[&elsewhere]);
    al.ask("@label=1 CHATHISTORY LATEST #other * 5", &[&format!("@label=1 {elsewhere}")]);
    al.ask("CHATHISTORY LATEST tom * 5", &[&failed("INVALID_TARGET LATEST tom :Messages could not be retrieved")]);
    let strange = failed("INVALID_TARGET BEFORE #tea :Messages could not be retrieved");
    al.ask("CHATHISTORY BEFORE #tea msgid=another-5 5", &[&strange]);
    let labeled = al.answers("@label=2 CHATHISTORY LATEST #tea * 1");
    assert_eq!(labeled[0], "@label=2 :chatctl.local BATCH +past chathistory #tea");
    assert!(labeled[1].ends_with(" PRIVMSG #tea :10"), "{labeled:?}");
    assert_eq!(labeled[2..], [":chatctl.local BATCH -past"]);
}

#[test]
fn who_cannot_ask_is_told_the_last_messages_behind_the_names() {
    let config = Config::embedded();
    let limits = Limits { replay: 3, ..config.limits.clone() };
    let (server, _tom, _al) = stage(Config { limits, ..config });
    let mut bob = IrcUser::with_caps(server.irc(), "bob", "server-time labeled-response batch");
    let joined = bob.answers("JOIN #tea");
    let end = joined.iter().position(|line| line.contains(" 366 ")).unwrap();
    assert_eq!(texts(&joined[end..]), ["8", "9", "10"]);
    assert_eq!(joined[end + 1], "@time=TIME :tom!text@chatctl PRIVMSG #tea :8");
    bob.answers("PART #tea");
    let labeled = bob.answers("@label=1 JOIN #tea,#den,#tea");
    let end = labeled.iter().position(|line| line == ":chatctl.local BATCH -label").unwrap();
    assert_eq!(texts(&labeled[end..]), ["8", "9", "10"], "{labeled:?}");
    let mut eve = IrcUser::log_in(server.irc(), "eve");
    assert!(texts(&eve.answers("JOIN #tea")).is_empty(), "without times it would be taken for new");
    let mut dan = IrcUser::with_caps(server.irc(), "dan", CAPS);
    assert!(texts(&dan.answers("JOIN #tea")).is_empty(), "this client asks for what it wants");
}

#[test]
fn an_account_is_told_what_it_missed_and_where_others_wrote() {
    let server = Server::with_irc(Config::embedded());
    let mut alice = server.user("alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    alice.ask("create room tea", &["tea/server: alice created the room"]);
    alice.ask("quit", &["server: bye"]);
    let mut tom = server.user("tom");
    tom.ask("join room tea", &["tea/server: tom joined"]);
    tom.ask("send tea hello", &["tea/tom: hello"]);
    tom.ask("send message alice psst", &["server: kept for alice"]);
    let mut al = super::accounts::authenticated(&server, "alice", "hunter22");
    al.ask(
        "CAP REQ :batch draft/chathistory server-time",
        &[":chatctl.local CAP * ACK :batch draft/chathistory server-time"],
    );
    super::accounts::greeted(&mut al, "alice");
    let told = al.pending();
    assert_eq!(told.last().unwrap(), "@time=TIME :tom!text@chatctl PRIVMSG alice :psst", "{told:?}");
    let (from, to) = ("timestamp=2000-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z");
    let mut places = al.answers(&format!("CHATHISTORY TARGETS {from} {to} 10"));
    places[1..3].sort();
    assert_eq!(
        places,
        [
            ":chatctl.local BATCH +past draft/chathistory-targets",
            "@batch=past :chatctl.local CHATHISTORY TARGETS #tea TIME",
            "@batch=past :chatctl.local CHATHISTORY TARGETS tom TIME",
            ":chatctl.local BATCH -past",
        ]
    );
    al.say("PRIVMSG tom :what?");
    tom.expect_line("alice: what?");
    let pair = al.answers("CHATHISTORY LATEST tom * 10");
    assert_eq!(
        pair[1..3],
        [
            "@batch=past;time=TIME :tom!text@chatctl PRIVMSG alice :psst",
            "@batch=past;time=TIME :alice!u@alice.account PRIVMSG tom :what?"
        ]
    );
}

#[test]
fn what_is_read_is_known_to_all_clients_of_an_account() {
    let server = Server::with_irc(Config::embedded());
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut clients = [(), ()].map(|()| {
        let mut al = super::accounts::authenticated(&server, "alice", "hunter22");
        al.ask("CAP REQ draft/read-marker", &[":chatctl.local CAP * ACK draft/read-marker"]);
        super::accounts::greeted(&mut al, "alice");
        al
    });
    let joined = clients[0].answers("JOIN #tea");
    assert_eq!(joined[2..], [":chatctl.local MARKREAD #tea *", ":chatctl.local 366 alice #tea :End of /NAMES list"]);
    clients[1].pending();
    let marked = |seconds: &str| format!("MARKREAD #tea timestamp=2026-11-25T22:31:{seconds}.000Z");
    let read = |user: &mut IrcUser, line: &str| raw_answers(user, line);
    let told = vec![format!(":chatctl.local {}", marked("46"))];
    assert_eq!(read(&mut clients[0], &marked("46")), told);
    assert_eq!(read(&mut clients[1], "PING x")[..1], told[..], "the other client hears it too");
    assert_eq!(read(&mut clients[1], &marked("45")), told, "it never goes back");
    assert_eq!(read(&mut clients[0], "MARKREAD #tea"), told);
    assert_eq!(read(&mut clients[0], "MARKREAD bob"), [":chatctl.local MARKREAD bob *"]);
    let failed = |what: &str| vec![format!(":chatctl.local FAIL MARKREAD {what}")];
    assert_eq!(read(&mut clients[0], "MARKREAD"), failed("NEED_MORE_PARAMS :Missing parameters"));
    assert_eq!(read(&mut clients[0], "MARKREAD #tea now"), failed("INVALID_PARAMS #tea now :Invalid timestamp"));
    assert_eq!(read(&mut clients[0], "MARKREAD #c++"), failed("INVALID_PARAMS #c++ :Invalid target"));
    assert_eq!(read(&mut clients[0], "MARKREAD #den"), [":chatctl.local MARKREAD #den *"]);
}

#[test]
fn after_a_restart_who_comes_back_is_told_what_was_said() {
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap(), "--irc", "127.0.0.1:0", "--web", "none", "--irc-replay", "2"];
    let address = |server: &Process| {
        let line = server.lines(1)[0].clone();
        line.strip_prefix("chatctl: listening on ").unwrap().split(' ').next().unwrap().parse().unwrap()
    };
    let server = Process::serve(&flags);
    let mut tom = server.user("tom");
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    for number in 1..=3 {
        tom.ask(&format!("send tea {number}"), &[&format!("tea/tom: {number}")]);
    }
    let mut al = IrcUser::with_caps(address(&server), "al", CAPS);
    al.join("#tea");
    let before = raw_answers(&mut al, "CHATHISTORY LATEST #tea * 1");
    assert!(before[1].contains(" :tom!text@chatctl PRIVMSG "), "{before:?}");
    server.signal("KILL");
    server.wait();
    let server = Process::serve(&flags);
    let addr = address(&server);
    let mut eve = IrcUser::with_caps(addr, "eve", "server-time");
    assert_eq!(texts(&eve.answers("JOIN #tea")), ["2", "3"], "also the first who opens the room again");
    let mut al = IrcUser::with_caps(addr, "al", CAPS);
    al.join("#tea");
    // Where somebody was is not kept.
    let before: Vec<_> = before.iter().map(|line| line.replace("!text@", "!user@")).collect();
    assert_eq!(raw_answers(&mut al, "CHATHISTORY LATEST #tea * 1"), before, "also the ids are the same");
    let mut bob = IrcUser::with_caps(addr, "bob", "server-time");
    assert_eq!(texts(&bob.answers("JOIN #tea")), ["2", "3"]);
}

/// Has tom do this and that in a room, and asks what happened there.
fn playback(irc: SocketAddr, mut tom: Client) {
    tom.ask("create room tea", &["tea/server: tom created the room"]);
    let mut al = IrcUser::with_caps(irc, "al", CAPS);
    al.join("#tea");
    al.say("PRIVMSG #tea :milk?");
    al.say("PART #tea");
    al.join("#tea");
    al.say("NICK alec");
    al.pending();
    tom.say("topic tea lemon");
    tom.say("kick tea alec no milk");
    let mut jo = IrcUser::log_in(irc, "jo");
    jo.join("#tea");
    jo.ask("QUIT", &["ERROR :Closing link: (Quit)"]);
    jo.expect_end();
    al.answers("JOIN #tea");
    let told = |lines: Vec<String>| -> Vec<String> {
        let without_source = |line: &String| {
            let (source, rest) = line.split_once(" :")?.1.split_once(' ')?;
            source.contains('!').then(|| rest.to_owned())
        };
        lines.iter().filter_map(without_source).collect()
    };
    let messages = told(al.answers("CHATHISTORY LATEST #tea * 100"));
    assert_eq!(messages, ["PRIVMSG #tea :milk?"]);
    al.answers("CAP REQ draft/event-playback");
    let all = told(al.answers("CHATHISTORY LATEST #tea * 100"));
    assert_eq!(
        all,
        [
            "JOIN #tea",
            "JOIN #tea",
            "PRIVMSG #tea :milk?",
            "PART #tea",
            "JOIN #tea",
            "NICK alec",
            "TOPIC #tea :lemon",
            "KICK #tea alec :no milk",
            "JOIN #tea",
            "QUIT :Quit",
            "JOIN #tea",
        ]
    );
    let last = told(al.answers("CHATHISTORY LATEST #tea * 3"));
    assert_eq!(last, ["JOIN #tea", "QUIT :Quit", "JOIN #tea"]);
}

#[test]
fn who_takes_events_is_told_who_came_and_went() {
    let server = Server::with_irc(Config::embedded());
    playback(server.irc(), server.user("tom"));
}

#[test]
fn the_store_on_disk_tells_of_events_as_that_in_memory_does() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap(), "--irc", "127.0.0.1:0"]);
    let said = server.lines(2);
    let addr = said[1].split(' ').find_map(|word| word.parse().ok());
    playback(addr.unwrap_or_else(|| panic!("an address in {said:?}")), server.user("tom"));
}

#[test]
fn who_takes_more_of_who_enters_is_told_it_of_the_past_too() {
    let server = Server::with_irc(Config::embedded());
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let caps = "batch draft/chathistory draft/event-playback extended-join message-tags server-time";
    let mut al = IrcUser::with_caps(server.irc(), "al", caps);
    al.join("#tea");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    bob.answers("SETNAME :Robert of the tea");
    bob.join("#tea");
    let mut alice = super::accounts::authenticated(&server, "alice", "hunter22");
    super::accounts::greeted(&mut alice, "alice");
    alice.join("#tea");
    server.user("tom").ask("join room tea", &["tea/server: tom joined"]);
    let live: Vec<String> = al.pending().into_iter().filter(|line| line.contains(" JOIN ")).collect();
    let told = al.answers("CHATHISTORY LATEST #tea * 100");
    let joins: Vec<String> = told
        .iter()
        .filter(|line| line.contains(" JOIN "))
        .map(|line| line.replacen("@batch=past;", "@", 1).replacen("@batch=past ", "", 1))
        .collect();
    assert!(joins[0].ends_with(" :al!al@HOST JOIN #tea * :Real al"), "{joins:?}");
    assert_eq!(joins[1..], live, "as they were when they were new");
    assert!(joins[1].ends_with(" :bob!bob@HOST JOIN #tea * :Robert of the tea"));
    assert!(joins[2].ends_with(" :alice!u@alice.account JOIN #tea alice :Real"));
    assert!(joins[3].ends_with(" :tom!text@chatctl JOIN #tea * :tom"));
    al.answers("CAP REQ -extended-join");
    let told = al.answers("CHATHISTORY LATEST #tea * 100");
    assert!(told[1].ends_with(" :al!al@HOST JOIN #tea"), "{told:?}");
}

#[test]
fn lines_of_the_past_are_as_short_as_those_of_the_present() {
    let server = Server::with_irc(Config::embedded());
    let long = |letter: &str| letter.repeat(32);
    let caps = "batch draft/chathistory draft/event-playback extended-join server-time";
    let mut al = IrcUser::with_caps(server.irc(), &long("渊"), caps);
    let room = format!("#{}", long("水"));
    al.join(&room);
    let mut bob = IrcUser::log_in(server.irc(), &long("𠀀"));
    bob.answers(&format!("SETNAME :{}", "r".repeat(128)));
    bob.join(&room);
    al.answers(&format!("KICK {room} {} :{}", long("𠀀"), "w".repeat(150)));
    al.answers(&format!("TOPIC {room} :{}", "t".repeat(300)));
    // `IrcUser` looks at the length of each line.
    let told = al.answers(&format!("CHATHISTORY LATEST {room} * 100"));
    assert!(told.iter().any(|line| line.contains(" KICK ")) && told.iter().any(|line| line.contains(" TOPIC ")));
}
