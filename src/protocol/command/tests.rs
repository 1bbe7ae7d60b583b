use super::*;
use proptest::prelude::*;

fn told(line: &str) -> String {
    let wrong = Command::parse(line).unwrap_err();
    format!("{}: {wrong}", wrong.code())
}

fn canonical(line: &str) -> String {
    Command::parse(line).unwrap().unwrap().to_string()
}

#[test]
fn keywords_come_in_any_case_with_any_number_of_blanks() {
    assert_eq!(canonical("LIST  users "), "list users");
    assert_eq!(canonical(" \tcreate\troom   lobby   bob,BOB,carol  "), "create room lobby bob,carol");
    assert_eq!(canonical("Send Message bob,dave psst"), "send message bob,dave psst");
    assert_eq!(canonical("HELP  Send   ROOM"), "help send room");
    assert_eq!(canonical("set encoding GB2312"), "set encoding gbk");
    assert_eq!(canonical("ping"), "ping");
}

#[test]
fn a_text_is_the_rest_of_the_line_after_one_blank() {
    let text = |line: &str| match Command::parse(line) {
        Ok(Some(Command::SendRoom { text, .. } | Command::SendMessage { text, .. })) => text.as_str().to_owned(),
        other => panic!("{line:?} gave {other:?}"),
    };
    assert_eq!(text("send room lobby  two blanks  "), " two blanks  ");
    assert_eq!(text("send lobby hi"), "hi");
    assert_eq!(text("send room lobby   "), "  ");
    assert_eq!(text("send room lobby\ttab\tstays"), "tab\tstays");
    assert_eq!(text("send message bob,渊渊  hi"), " hi");
}

#[test]
fn a_history_is_asked_for_in_a_long_form_and_a_short_one() {
    assert_eq!(canonical("history lobby"), "history room lobby");
    assert_eq!(canonical("History ROOM lobby 5"), "history room lobby 5");
    assert_eq!(canonical("history lobby before 42"), "history room lobby before #42");
    assert_eq!(canonical("history room lobby  AFTER  #0 1000 "), "history room lobby after #0 1000");
    assert_eq!(canonical("history before before #1"), "history room before before #1");
    assert_eq!(
        canonical("history lobby after 99999999999999999999"),
        format!("history room lobby after #{}", u64::MAX)
    );
    let usage = "bad-command: usage: history room ROOM [before/after #N] [COUNT]";
    for line in [
        "history",
        "history room",
        "history lobby 0",
        "history lobby before",
        "history lobby x",
        "history lobby 1 before 2",
    ] {
        assert_eq!(told(line), usage, "{line}");
    }
    assert_eq!(told("history a+b"), "bad-name: 'a+b': 1 to 32 letters, digits, _ or -");
}

#[test]
fn a_search_is_for_words_in_a_room_or_in_all() {
    assert_eq!(canonical("search  hello,  world "), "search hello,  world");
    assert_eq!(canonical("SEARCH In lobby BEFORE 5 聊天"), "search in lobby before #5 聊天");
    assert_eq!(canonical("search in lobby before tomorrow"), "search in lobby before tomorrow");
    assert_eq!(canonical("search inside"), "search inside");
    for line in ["search", "search in", "search in lobby", "search !?", "search in lobby before #5"] {
        assert_eq!(told(line), "bad-command: usage: search [in ROOM [before #N]] WORDS", "{line}");
    }
    assert_eq!(told("search in a+b hello"), "bad-name: 'a+b': 1 to 32 letters, digits, _ or -");
}

#[test]
fn what_a_client_comes_back_with_has_its_shapes() {
    assert_eq!(canonical("Resume lobby 42"), "resume lobby #42");
    assert_eq!(canonical("set  NUMBERS on"), "set numbers on");
    assert_eq!(canonical("set numbers OFF "), "set numbers off");
    assert_eq!(canonical("token"), "token");
    assert_eq!(told("resume lobby"), "bad-command: usage: resume ROOM #N");
    assert_eq!(told("set numbers maybe"), "bad-command: usage: set numbers on/off");
    assert_eq!(
        told("set"),
        "bad-command: usage: set room ROOM private/open; set invitations ask/join; set encoding NAME; \
         set numbers on/off; set password OLD NEW"
    );
    assert_eq!(told("token x"), "bad-command: usage: token");
}

#[test]
fn a_password_is_read_and_never_shown() {
    let hunter = || Password::new("hunter22").unwrap();
    let new = Password::new("hunter33").unwrap();
    for (line, command, shown) in [
        (" Register hunter22 ", Command::Register(hunter()), "register ***"),
        ("set PASSWORD hunter22  hunter33", Command::SetPassword { old: hunter(), new }, "set password ***"),
        ("unregister hunter22", Command::Unregister(hunter()), "unregister ***"),
    ] {
        assert_eq!(Command::parse(line), Ok(Some(command.clone())));
        assert_eq!(command.to_string(), shown);
        assert!(!format!("{command:?}").contains("hunter"), "{command:?}");
    }
    let bad = "bad-password: 8 to 128 characters without blanks";
    for line in ["register short", "register two words", "unregister x", "set password hunter22 x"] {
        assert_eq!(told(line), bad, "{line}");
    }
    assert_eq!(told("register"), "bad-command: usage: register PASSWORD");
    assert_eq!(told("set password hunter22"), "bad-command: usage: set password OLD NEW");
    assert_eq!(told("set password a b c"), "bad-command: usage: set password OLD NEW");
    assert_eq!(told("regsiter hunter22"), "unknown-command: 'regsiter'; did you mean 'register'?");
    assert_eq!(
        told("set pasword hunter22 hunter33"),
        "bad-command: usage: set room ROOM private/open; set invitations ask/join; set encoding NAME; \
         set numbers on/off; set password OLD NEW"
    );
}

#[test]
fn what_is_decided_about_a_room_has_its_shapes() {
    assert_eq!(canonical("TOPIC lobby  tea and cake "), "topic lobby  tea and cake ");
    assert_eq!(canonical("topic lobby "), "topic lobby");
    assert_eq!(canonical("kick  lobby bob too loud"), "kick lobby bob too loud");
    assert_eq!(canonical("kick lobby bob"), "kick lobby bob");
    assert_eq!(canonical("Set Room lobby PRIVATE"), "set room lobby private");
    assert_eq!(canonical("invite lobby bob,BOB,carol"), "invite lobby bob,carol");
    assert_eq!(canonical("set invitations ASK"), "set invitations ask");
    assert_eq!(told("set room lobby closed"), "bad-command: usage: set room ROOM private/open");
    assert_eq!(told("kick lobby"), "bad-command: usage: kick ROOM USER [REASON]");
    assert_eq!(told("ban lobby *"), "bad-name: '*': 1 to 32 letters, digits, _ or -");
    assert_eq!(told("ban lobby bob too"), "bad-command: usage: ban ROOM USER");
    assert_eq!(told(&format!("topic lobby {}", "x".repeat(391))), "line-too-long: more than 390 bytes");
    assert_eq!(told(&format!("search in lobby {}", "x".repeat(1025))), "line-too-long: more than 1024 bytes");
    assert_eq!(told("give lobby bob"), "bad-command: usage: give room ROOM USER");
    assert_eq!(Command::listed_users("invite lobby a,b,c"), Some((CommandKind::Invite, 3)));
}

#[test]
fn a_known_verb_in_a_wrong_shape_gets_its_usage() {
    assert_eq!(told("send room lobby"), "bad-command: usage: send room ROOM TEXT");
    assert_eq!(told("send message bob"), "bad-command: usage: send message USER[,USER...] TEXT");
    assert_eq!(told("send message bob, dave hi"), "bad-command: usage: send message USER[,USER...] TEXT");
    assert_eq!(told("list"), "bad-command: usage: list users; list rooms; list members ROOM");
    assert_eq!(told("list everything"), "bad-command: usage: list users; list rooms; list members ROOM");
    assert_eq!(told("create"), "bad-command: usage: create room ROOM [USER[,USER...]]");
    assert_eq!(told("rename a b"), "bad-command: usage: rename NAME");
    assert_eq!(told("quit now"), "bad-command: usage: quit");
    assert_eq!(told("ping a b"), "bad-command: usage: ping [TOKEN]");
    assert_eq!(
        told("send"),
        "bad-command: usage: send message USER[,USER...] TEXT; send room ROOM TEXT; send ROOM TEXT; \
         send file room/user TO SIZE NAME"
    );
    assert_eq!(told("send file lobby 5 x"), "bad-command: usage: send file room/user TO SIZE NAME");
    assert_eq!(told("send file room lobby 5 .."), "bad-name: '..' is no name of a file");
    assert_eq!(canonical("Send FILE  user bob,carol 05  ../x y"), "send file user bob,carol 5 _x y");
    assert_eq!(told("remove file x"), "bad-command: usage: remove file ID");
}

#[test]
fn an_unknown_line_is_echoed_with_what_may_have_been_meant() {
    assert_eq!(told("lsit users"), "unknown-command: 'lsit users'; did you mean 'list users'?");
    assert_eq!(told("hello all"), "unknown-command: 'hello all'; try 'help'");
    assert_eq!(told("help hello"), "unknown-command: 'hello'; try 'help'");
    assert_eq!(told(&"x".repeat(9000)), format!("unknown-command: '{}...'; try 'help'", "x".repeat(64)));
}

#[test]
fn names_and_charsets_are_checked_once_and_here() {
    assert_eq!(told("join room a+b"), "bad-name: 'a+b': 1 to 32 letters, digits, _ or -");
    assert_eq!(told("rename SERVER"), "bad-name: 'SERVER' is reserved");
    assert_eq!(told("send rooms hi"), "bad-name: 'rooms' is reserved");
    assert_eq!(told("set encoding klingon"), "bad-encoding: unknown encoding 'klingon'");
    assert_eq!(told("set encoding utf-16le"), "bad-encoding: utf-16le is not usable line by line");
}

#[test]
fn control_characters_come_first_whatever_the_command() {
    assert_eq!(told("send room lobby \u{1b}[2J"), "bad-text: control character U+001B");
    assert_eq!(told("nonsense \u{0}"), "bad-text: control character U+0000");
    assert_eq!(told("send lobby \u{85}"), "bad-text: control character U+0085");
    assert_eq!(told("send lobby \r"), "bad-text: control character U+000D");
    assert_eq!(canonical("send lobby £ é"), "send lobby £ é");
}

fn user_name() -> impl Strategy<Value = UserName> {
    "[a-zA-Z0-9_渊éЖﬁ]{1,10}".prop_filter_map("reserved", |text| UserName::new(&text).ok())
}

fn room_name() -> impl Strategy<Value = RoomName> {
    user_name().prop_filter_map("a name of users is one of rooms", |name| RoomName::new(name.as_str()).ok())
}

fn text() -> impl Strategy<Value = Text> {
    "[^\\p{Cc}]{1,40}".prop_map(|text| Text::new(&text).unwrap())
}

fn phrase() -> impl Strategy<Value = Phrase> {
    text().prop_map(|text| Phrase::new(text.as_str(), "").unwrap())
}

fn user_list() -> impl Strategy<Value = UserList> {
    prop::collection::vec(user_name(), 1..5).prop_map(|users| UserList::new(users).unwrap())
}

fn history_range() -> impl Strategy<Value = HistoryRange> {
    prop_oneof![
        Just(HistoryRange::Latest),
        any::<u64>().prop_map(HistoryRange::Before),
        any::<u64>().prop_map(HistoryRange::After),
    ]
}

/// The keywords `in` and `before` are no first words.
fn words() -> impl Strategy<Value = Words> {
    "[a-hé渊聊0-9 ,.]{1,20}".prop_filter_map("there are no words", |text| Words::new(&text))
}

fn command() -> impl Strategy<Value = Command> {
    let form = prop_oneof![Just(SendForm::Long), Just(SendForm::Short)];
    prop_oneof![
        Just(Command::ListUsers),
        Just(Command::ListRooms),
        Just(Command::ListStats),
        room_name().prop_map(Command::ListMembers),
        (user_list(), text()).prop_map(|(to, text)| Command::SendMessage { to, text }),
        (room_name(), prop::option::of(user_list())).prop_map(|(room, with)| Command::CreateRoom { room, with }),
        room_name().prop_map(Command::JoinRoom),
        room_name().prop_map(Command::LeaveRoom),
        (room_name(), text(), form).prop_map(|(room, text, form)| Command::SendRoom { room, text, form }),
        (room_name(), prop::option::of(phrase())).prop_map(|(room, topic)| Command::Topic { room, topic }),
        (room_name(), user_list()).prop_map(|(room, users)| Command::Invite { room, users }),
        (room_name(), user_name(), prop::option::of(phrase())).prop_map(|(room, user, reason)| Command::Kick {
            room,
            user,
            reason
        }),
        (room_name(), user_name()).prop_map(|(room, user)| Command::Ban { room, user }),
        (room_name(), user_name()).prop_map(|(room, user)| Command::Unban { room, user }),
        (room_name(), user_name()).prop_map(|(room, user)| Command::GiveRoom { room, user }),
        room_name().prop_map(Command::ShowRoom),
        (room_name(), any::<bool>()).prop_map(|(room, private)| Command::SetRoom { room, private }),
        any::<bool>().prop_map(|ask| Command::SetInvitations { ask }),
        (room_name(), history_range(), prop::option::of(any::<NonZeroUsize>()))
            .prop_map(|(room, range, most)| Command::History { room, range, most }),
        (prop::option::of((room_name(), prop::option::of(any::<u64>()))), words()).prop_map(|(within, words)| {
            let within = within.map(|(room, before)| SearchedRoom { room, before });
            Command::Search { within, words, options: SearchOptions::default() }
        }),
        (room_name(), any::<u64>()).prop_map(|(room, after)| Command::Resume { room, after }),
        (user_name(), history_range(), prop::option::of(any::<NonZeroUsize>()))
            .prop_map(|(with, range, most)| Command::MessageHistory { with, range, most }),
        (user_name(), any::<u64>()).prop_map(|(with, after)| Command::ResumeMessages { with, after }),
        any::<bool>().prop_map(Command::SetNumbers),
        Just(Command::Token),
        user_name().prop_map(Command::Rename),
        prop::sample::select(vec!["gbk", "utf-8", "big5"])
            .prop_map(|label| Command::SetEncoding(Charset::for_label(label).unwrap())),
        prop::option::of("[^\\p{Cc} ]{1,12}").prop_map(|token| Command::Ping(token.map(|t| Token(t.into())))),
        prop::option::of(prop::sample::select(vec!["list", "send room", "quit"]))
            .prop_map(|topic| Command::Help(topic.and_then(HelpTopic::new))),
        Just(Command::Quit),
    ]
}

#[test]
fn the_short_cut_takes_what_programs_write_and_leaves_the_rest_to_the_grammar() {
    for line in ["send room lobby hi", "send room 渊  two\tblanks ", "send room lobby ,"] {
        assert!(grammar::canonical(line).is_some(), "{line:?}");
    }
    for line in
        ["Send room lobby hi", "send  room lobby hi", "send room  lobby hi", "send room a,b hi", "send room lobby "]
    {
        assert_eq!(grammar::canonical(line), None, "{line:?}");
    }
}

proptest! {
    #[test]
    fn a_command_is_read_back_as_it_was_written(command in command()) {
        prop_assert_eq!(Command::parse(&command.to_string()), Ok(Some(command)));
    }

    #[test]
    fn the_short_cut_finds_nothing_that_the_grammar_would_not(
        line in "(send room |send room|Send room |send  room |send )[ré,_]{0,3}[ \t]{0,3}[t é\t,]{0,4}"
    ) {
        if let Some(command) = grammar::canonical(&line) {
            prop_assert_eq!(grammar::parse(&line), Ok(Some(command)));
        }
    }

    #[test]
    fn no_line_can_make_the_parser_fail(line in "\\PC{0,60}") {
        let _ = Command::parse(&line);
    }

    #[test]
    fn no_line_of_keywords_can_make_the_parser_fail(
        words in prop::collection::vec(prop::sample::select(vec!["send", "room", "message", " ", "  ", ",", "bob", "list", "users", "é", "\t"]), 0..12)
    ) {
        let _ = Command::parse(&words.concat());
    }
}
