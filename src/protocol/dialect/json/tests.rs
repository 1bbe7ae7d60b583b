use proptest::prelude::*;

use super::SCHEMA;
use super::ask::{ClientMessage, Numbered};
use super::kind::{KINDS, kind_of, type_of};
use super::message::ServerMessage;
use super::render::message_of;
use crate::protocol::answer::RequestId;
use crate::protocol::charset::Charset;
use crate::protocol::command::{Command, SendForm};
use crate::protocol::dialect::{Asked, Dialect, Phase, Reading, Request, RequestLimits};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::read_mark::{ReadMark, ReadPlace};

const DOCUMENT: &str = include_str!("../../../../docs/json.md");

const LIMITS: RequestLimits = RequestLimits { is_control: false, max_line: 100, max_users: 8 };

fn asked(line: &str, phase: Phase) -> Asked {
    let line = format!("{line}\n");
    let mut input = line.as_bytes();
    Reading::new(Dialect::Json, LIMITS).next(&mut input, phase, Charset::UTF_8).unwrap()
}

fn refusal(line: &str) -> (Option<u64>, String) {
    let asked = asked(line, Phase::Chat);
    (asked.id.map(RequestId::get), asked.what.unwrap_err().to_string())
}

/// The cells of the rows of the table below a heading, without backticks around them.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let section = DOCUMENT.split_once(&format!("## {heading}\n")).unwrap().1;
    let table = section.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

#[test]
fn every_request_of_the_document_means_what_its_line_means() {
    let rows = rows("Requests");
    assert_eq!(rows.len(), KINDS.len(), "login and every command but set_encoding");
    for row in &rows[1..] {
        let Asked { id, what, .. } = asked(row[1], Phase::Chat);
        assert!(id.is_some(), "{row:?}");
        let line = Command::parse(row[0]).unwrap().unwrap();
        assert_eq!(what, Ok(Request::Command(line)), "{row:?}");
    }
    let alice = UserName::new("alice").unwrap();
    assert_eq!(asked(rows[0][1], Phase::Login).what, Ok(Request::Name(alice)));
}

#[test]
fn a_read_has_one_place_and_a_number() {
    let room = ReadMark { of: ReadPlace::Room(RoomName::new("lobby").unwrap()), number: 46 };
    let read = r#"{"type":"read","id":33,"room":"lobby","seq":46}"#;
    assert!(DOCUMENT.contains(read));
    assert_eq!(asked(read, Phase::Chat).what, Ok(Request::Read(room)));
    let with = ReadMark { of: ReadPlace::With(UserName::new("bob").unwrap()), number: 7 };
    assert_eq!(asked(r#"{"type":"read","with":"bob","seq":7}"#, Phase::Chat).what, Ok(Request::Read(with)));
    for wrong in [r#""room":"a""#, r#""seq":1"#, r#""room":"a","with":"b","seq":1"#, r#""with":["b"],"seq":1"#] {
        assert_eq!(
            refusal(&format!(r#"{{"type":"read",{wrong}}}"#)).1,
            "bad-json: a read has a room, or a user as with, and a seq"
        );
    }
}

#[test]
fn every_answer_of_the_document_is_written_as_it_is_read() {
    for row in rows("Requests").iter().filter(|row| row[2].starts_with('"')) {
        let answer = format!("{{\"type\":\"ok\",\"id\":1,{}}}", row[2]);
        let read: ServerMessage<'_> = serde_json::from_str(&answer).unwrap();
        let written: serde_json::Value = serde_json::to_value(&read).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(&answer).unwrap());
    }
}

#[test]
fn every_event_of_the_document_is_written_as_it_is_read() {
    for row in rows("Events") {
        let read: ServerMessage<'_> = serde_json::from_str(row[1]).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), row[1]);
    }
}

#[test]
fn the_schema_is_that_of_the_types() {
    #[derive(schemars::JsonSchema)]
    #[serde(untagged)]
    #[schemars(title = "Messages of the JSON dialect of chatctl, version 1")]
    #[expect(dead_code, reason = "only its schema is wanted")]
    enum Message<'a> {
        FromServer(ServerMessage<'a>),
        FromClient(Numbered<'a>),
    }
    let schema = schemars::schema_for!(Message<'_>);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    assert!(SCHEMA == text, "docs/json.schema.json is to be:\n{text}");
}

#[test]
fn every_field_of_a_request_is_in_the_schema() {
    for row in rows("Requests") {
        let request: serde_json::Value = serde_json::from_str(row[1]).unwrap();
        for field in request.as_object().unwrap().keys() {
            assert!(SCHEMA.contains(&format!("\"{field}\": {{")), "{field}");
        }
    }
}

#[test]
fn a_type_and_its_command_are_inverse() {
    for kind in KINDS {
        assert_eq!(kind_of(type_of(*kind)), Some(*kind));
    }
    assert_eq!(kind_of("dance"), None);
}

#[test]
fn what_is_no_json_is_refused_with_its_id_if_it_has_one() {
    assert_eq!(refusal("{").1, "bad-json: EOF while parsing an object at line 1 column 1");
    assert_eq!(refusal("[\"ping\",1]"), (None, "bad-json: a message is an object".to_owned()));
    let (id, detail) = refusal(r#"{"type":"send_room","id":7,"room":5,"text":"x"}"#);
    assert_eq!((id, detail.starts_with("bad-json: invalid type: integer, expected ")), (Some(7), true), "{detail}");
    let (id, detail) = refusal(r#"{"type":"ping","id":1,"id":2}"#);
    assert_eq!((id, detail.as_str()), (None, "bad-json: duplicate field `id` at line 1 column 26"));
    for id in ["1152921504606846976", "0", "-1", "1.5", "\"1\"", "9007199254740992"] {
        let (found, detail) = refusal(&format!(r#"{{"type":"ping","id":{id}}}"#));
        assert!(found.is_none() && detail.starts_with("bad-json: "), "{id}: {detail}");
    }
    let (_, detail) = refusal(r#"{"type":"send_room","id":1,"room":"a","text":"\ud800"}"#);
    assert!(detail.starts_with("bad-json: "), "{detail}");
}

#[test]
fn nesting_has_an_end_and_brackets_in_a_text_are_none() {
    let nested = |depth: usize| format!(r#"{{"type":"ping","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(asked(&nested(15), Phase::Chat).what, Ok(Request::Command(Command::Ping(None))));
    for line in
        [r#"{"type":"register","id":"hunter22"}"#, r#"{"type":"login","password":["hunter22, expected x"],"name":7}"#]
    {
        let (_, detail) = refusal(line);
        assert!(detail.starts_with("bad-json: ") && !detail.contains("hunter"), "{detail}");
    }
    let told = "bad-json: arrays and objects are nested more than 16 deep";
    assert_eq!(refusal(&nested(16)).1, told);
    assert_eq!(refusal(&nested(10_000)).1, told);
    let text = format!(r#"{{"type":"ping","x":"{}\"["}}"#, "[{".repeat(30));
    assert_eq!(asked(&text, Phase::Chat).what, Ok(Request::Command(Command::Ping(None))));
}

#[test]
fn a_text_has_lines_and_limits() {
    let send = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        format!(r#"{{"type":"send_room","id":1,"room":"a","text":{text}}}"#)
    };
    let Ok(Request::Command(Command::SendRoom { text, .. })) = asked(&send("a\n\tb"), Phase::Chat).what else {
        panic!("a text of two lines is one")
    };
    assert_eq!(text.lines().collect::<Vec<_>>(), ["a", "\tb"]);
    assert_eq!(refusal(&send(&"x".repeat(101))), (Some(1), "line-too-long: more than 100 bytes".to_owned()));
    assert_eq!(refusal(&send(&"\n".repeat(100))).1, "too-many: more than 100 lines");
    assert_eq!(refusal(&send("a\u{1b}")).1, "bad-text: control character U+001B");
    assert_eq!(refusal(&send("")).1, "bad-command: usage: send room ROOM TEXT");
    let nonce = format!(r#"{{"type":"send_room","id":1,"room":"a","text":"x","nonce":"{}"}}"#, "n".repeat(65));
    assert_eq!(refusal(&nonce).1, "bad-json: a nonce has at most 64 characters");
}

#[test]
fn an_unknown_type_is_told_of_the_nearest_one() {
    let told = "unknown-command: 'lsit users'; did you mean 'list users'?";
    assert_eq!(refusal(r#"{"type":"lsit_users","id":1}"#), (Some(1), told.to_owned()));
    assert_eq!(refusal(r#"{"type":"dance"}"#).1, "unknown-command: 'dance'; try 'help'");
    assert_eq!(refusal(r#"{"type":"set_encoding","name":"gbk"}"#).1, "bad-encoding: json is utf-8");
    assert_eq!(refusal(r#"{"type":"list users"}"#).1, "unknown-command: 'list users'; did you mean 'list users'?");
}

#[test]
fn before_the_login_only_a_login_is_one() {
    let refused = |line| asked(line, Phase::Login).what.unwrap_err().to_string();
    assert_eq!(refused(r#"{"type":"ping"}"#), "bad-command: usage: login NAME");
    assert_eq!(refused(r#"{"type":"login","token":"x"}"#), "wrong-token: no session has this token");
    assert_eq!(refused(r#"{"type":"login"}"#), "bad-command: usage: login NAME");
    assert_eq!(refused(r#"{"type":"login","name":"server"}"#), "bad-name: 'server' is reserved");
}

#[test]
fn what_is_known_of_more_than_one_place_may_be_asked_for() {
    let around = asked(r#"{"type":"history","room":"a","around":100,"limit":20}"#, Phase::Chat).what;
    let line = Command::parse("history room a before #111 20").unwrap().unwrap();
    assert_eq!(around, Ok(Request::Command(line)));
    let usual = asked(r#"{"type":"history","room":"a"}"#, Phase::Chat).what;
    assert_eq!(usual, Ok(Request::Command(Command::parse("history room a 50").unwrap().unwrap())));
    let both = refusal(r#"{"type":"history","room":"a","after":1,"before":9}"#).1;
    assert!(both.starts_with("bad-command: usage: history"), "{both}");
}

fn command() -> impl Strategy<Value = Command> {
    let name = "[a-z渊é]{1,8}x";
    let text = "[^\\p{Cc}]{1,30}";
    let line = prop_oneof![
        prop::sample::select(vec!["list users", "list rooms", "list stats", "ping", "help", "help send", "quit"])
            .prop_map(str::to_owned),
        name.prop_map(|room| format!("list members {room}")),
        name.prop_map(|room| format!("join room {room}")),
        name.prop_map(|room| format!("leave room {room}")),
        name.prop_map(|name| format!("rename {name}")),
        "[^\\p{Cc}\\p{Zs}]{1,9}".prop_map(|token| format!("ping {token}")),
        (name, name).prop_map(|(room, user)| format!("create room {room} {user},other")),
        name.prop_map(|room| format!("create room {room}")),
        (name, name, text).prop_map(|(a, b, text)| format!("send message {a},{b} {text}")),
        (name, text).prop_map(|(room, text)| format!("send room {room} {text}")),
        (name, 1_u64..99, 1_usize..200).prop_map(|(room, at, most)| format!("history room {room} after #{at} {most}")),
        (name, text).prop_map(|(room, topic)| format!("topic {room} {topic}")),
        (name, name, text).prop_map(|(room, user, reason)| format!("kick {room} {user} {reason}")),
        (prop::sample::select(vec!["ban", "unban", "give room", "kick", "invite"]), name, name)
            .prop_map(|(verb, room, user)| format!("{verb} {room} {user}")),
        (prop::sample::select(vec!["private", "open"]), name).prop_map(|(how, room)| format!("set room {room} {how}")),
        (prop::sample::select(vec!["show room", "topic"]), name).prop_map(|(verb, room)| format!("{verb} {room}")),
        prop::sample::select(vec!["ask", "join"]).prop_map(|how| format!("set invitations {how}")),
        (name, 1_usize..200).prop_map(|(room, most)| format!("history room {room} {most}")),
    ];
    line.prop_filter_map("a command", |line| Command::parse(&line).ok().flatten())
}

proptest! {
    #[test]
    fn what_a_client_asks_is_what_a_server_reads(command in command(), id in 1..RequestId::MAX) {
        let id = RequestId::new(id).unwrap();
        let line = ClientMessage::of(&command).unwrap().spelled(Some(id));
        let mut input = line.as_bytes().to_vec();
        input.push(b'\n');
        let read = Reading::new(Dialect::Json, LIMITS).next(&mut &*input, Phase::Chat, Charset::UTF_8).unwrap();
        // JSON has one form of sending.
        let meant = match command {
            Command::SendRoom { room, text, form: _ } => Command::SendRoom { room, text, form: SendForm::Long },
            other => other,
        };
        prop_assert_eq!(read, Asked { id: Some(id), nonce: None, had: None, what: Ok(Request::Command(meant)) });
    }

    #[test]
    fn what_a_server_says_is_what_a_client_reads(event in crate::protocol::dialect::text::read::tests::event()) {
        if let Some(message) = message_of(&event) {
            let mut line = Vec::new();
            super::render::event(&event, None, &mut line);
            let line = String::from_utf8(line).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(&serde_json::from_str::<ServerMessage<'_>>(&line).unwrap(), &message);
        }
    }

    #[test]
    fn no_line_can_make_the_reader_fail(line in "\\PC{0,60}|\\{\"type\":\"(send_room|login|history)\",\\PC{0,40}\\}") {
        for phase in [Phase::Login, Phase::Chat] {
            let _ = asked(&line, phase);
        }
    }
}
