//! What a server says in JSON, a client shows as the text door would have said it.

use proptest::prelude::*;

use super::JsonTalk;
use super::render;
use crate::protocol::answer::{Answer, RequestId, RoomState};
use crate::protocol::dialect::text;
use crate::protocol::dialect::text::read::tests::event;
use crate::protocol::event::{Event, FileEvent, PastEnd, PastEvent};
use crate::protocol::refusal::{DisconnectReason, Refusal};

const WELCOME: &str = "server: let's start chatting!\n";

/// A client that has logged in, with or without the numbers of lines.
fn logged_in(numbered: bool) -> JsonTalk {
    let mut talk = JsonTalk::default();
    talk.say(b"alice").unwrap();
    assert_eq!(heard(&mut talk, br#"{"type":"ok","id":1,"epoch":"b1c2"}"#), WELCOME);
    if numbered {
        assert_eq!(talk.say(b"set numbers on").unwrap(), r#"{"id":2,"type":"ping"}"#);
        assert_eq!(heard(&mut talk, br#"{"type":"ok","id":2}"#), "server: numbers are on, epoch b1c2\n");
    }
    talk
}

fn heard(talk: &mut JsonTalk, message: &[u8]) -> String {
    let mut out = String::new();
    talk.hear(message, &mut out);
    out
}

fn spelled(event: &Event, numbered: bool) -> String {
    let mut out = String::new();
    text::spell::spell(event, numbered, &mut out).unwrap();
    out
}

/// The line that asks for it, and the answer; `None` for what is not asked for.
fn asked_for(event: Event) -> Option<(&'static str, Answer)> {
    Some(match event {
        Event::Users(users) => ("list users", Answer::Users(users)),
        Event::Rooms(rooms) => ("list rooms", Answer::Rooms(rooms.into_iter().map(|room| (room, 2)).collect())),
        Event::Members { room, users } => ("list members lobby", Answer::Members { room, users }),
        Event::Past(PastEvent::History { room, lines, kept }) => {
            ("history lobby", Answer::History { room, lines, kept, more: false })
        }
        Event::Past(PastEvent::Messages { with, lines, end: PastEnd::Kept(kept) }) => {
            ("history message bob", Answer::PastMessages { with, lines, kept, more: false, left_out: None })
        }
        Event::Past(PastEvent::Resumed { room, lines, left_out }) => {
            let state = RoomState { room, number: 9, first: None, read: None, members: Vec::new() };
            ("resume lobby #3", Answer::Resumed { state, lines, left_out })
        }
        Event::Past(PastEvent::Found { lines, more }) => ("search hi", Answer::Found { lines, more, cursor: None }),
        Event::Topic { room, topic } => ("topic lobby", Answer::Topic { room, topic }),
        Event::RoomShown(summary) => ("show room lobby", Answer::Shown(summary)),
        Event::Invited { room, users } => ("invite lobby bob", Answer::Invited { room, users, failed: Vec::new() }),
        Event::InvitationsSet { ask: true } => ("set invitations ask", Answer::Done),
        Event::InvitationsSet { ask: false } => ("set invitations join", Answer::Done),
        Event::File(FileEvent::Wanted { token, name, until }) => {
            ("send file room lobby 9 x", Answer::FileWanted { token, name, until })
        }
        Event::Token(token) => ("token", Answer::Token(token)),
        Event::Renamed(name) => ("rename al", Answer::Renamed(name)),
        Event::Pong(token) => ("ping", Answer::Pong(token)),
        Event::Bye => ("quit", Answer::Done),
        Event::Refused(refusal) => ("join room lobby", Answer::Refused { refusal, failed: Vec::new() }),
        _ => return None,
    })
}

proptest! {
    #[test]
    fn an_event_is_shown_as_the_text_door_says_it(event in event(), numbered: bool) {
        let mut message = Vec::new();
        render::event(&event, None, &mut message);
        if !message.is_empty() {
            prop_assert_eq!(heard(&mut logged_in(numbered), &message), spelled(&event, numbered));
        }
    }

    #[test]
    fn an_answer_is_shown_as_the_text_door_says_it(event in event()) {
        let expected = spelled(&event, false);
        if let Some((line, answer)) = asked_for(event) {
            let mut talk = logged_in(false);
            talk.say(line.as_bytes()).unwrap();
            let mut message = Vec::new();
            render::answer(RequestId::new(2), &answer, &mut message);
            prop_assert_eq!(heard(&mut talk, &message), expected);
        }
    }

    #[test]
    fn no_message_can_make_a_client_fail(message in "\\PC{0,60}|\\{\"type\":\"(ok|error|message)\",\\PC{0,40}\\}") {
        heard(&mut logged_in(true), message.as_bytes());
    }
}

#[test]
fn a_line_that_json_has_no_request_for_is_answered_behind_those_before_it() {
    let mut talk = logged_in(false);
    for (line, told) in [
        ("lsit users", "error: unknown-command: 'lsit users'; did you mean 'list users'?\n"),
        ("list_users", "error: unknown-command: 'list_users'; did you mean 'list users'?\n"),
        ("send room lobby", "error: bad-command: usage: send room ROOM TEXT\n"),
        ("set encoding gbk", "error: bad-encoding: json is utf-8\n"),
    ] {
        let ping = talk.say(line.as_bytes()).unwrap();
        let answer = ping.replace(r#""type":"ping""#, r#""type":"ok""#);
        assert_ne!(answer, ping);
        assert_eq!(heard(&mut talk, answer.as_bytes()), told);
    }
    assert!(talk.say(b"send message bob \xff").is_some_and(|request| request.contains("ping")));
    assert_eq!(talk.say(b" "), None);
}

#[test]
fn the_third_refused_name_is_the_last() {
    let mut talk = JsonTalk::default();
    let prompt = "server: set your name please:\n";
    for (id, prompt) in [(1, prompt), (2, prompt), (3, "")] {
        talk.say(b"a b").unwrap();
        let refusal = format!(r#"{{"type":"error","id":{id},"code":"bad-name","detail":"a b"}}"#);
        assert_eq!(heard(&mut talk, refusal.as_bytes()), format!("error: bad-name: a b\n{prompt}"));
    }
    let last = br#"{"type":"error","code":"login-failed","detail":"three names refused"}"#;
    assert_eq!(
        heard(&mut talk, last),
        format!("error: {}\n", Refusal::Disconnected(DisconnectReason::NamesRefused(3)))
    );
}

#[test]
fn whoever_comes_back_with_a_token_hears_numbers() {
    let mut talk = JsonTalk::default();
    let request = talk.say(b"token q4zjaaaaaaaaaaaaaaaaaaaaaa").unwrap();
    assert_eq!(request, r#"{"id":1,"type":"login","token":"q4zjaaaaaaaaaaaaaaaaaaaaaa"}"#);
    assert_eq!(heard(&mut talk, br#"{"type":"ok","id":1}"#), WELCOME);
    let said = br#"{"type":"joined","room":"lobby","seq":4,"time":"2026-11-25T22:13:47.123Z","user":"dave"}"#;
    assert_eq!(heard(&mut talk, said), "#4 lobby/server: dave joined\n");
}

#[test]
fn what_a_later_version_says_is_no_line() {
    let mut talk = logged_in(false);
    assert_eq!(heard(&mut talk, br#"{"type":"presence","here":["bob"]}"#), "");
    assert_eq!(heard(&mut talk, br#"{"type":"ok","id":99}"#), "");
    assert_eq!(heard(&mut talk, b"HTTP/1.1 400 Bad Request"), "HTTP/1.1 400 Bad Request\n");
}

#[test]
fn an_account_is_asked_for_its_password_as_at_the_text_door() {
    let mut talk = JsonTalk::default();
    talk.say(b"alice").unwrap();
    let wrong = |id: u32| format!(r#"{{"type":"error","id":{id},"code":"wrong-password","detail":"alice"}}"#);
    assert_eq!(heard(&mut talk, wrong(1).as_bytes()), "server: password please:\n");
    assert_eq!(talk.say(b"hunter22").unwrap(), r#"{"id":2,"type":"login","name":"alice","password":"hunter22"}"#);
    let told = "error: wrong-password: alice\nserver: set your name please:\n";
    assert_eq!(heard(&mut talk, wrong(2).as_bytes()), told);
}
