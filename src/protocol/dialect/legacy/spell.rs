//! Events as the old server spelled them, in characters that the old clients can read.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::python;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::listing::write_lines;
use crate::protocol::dialect::text;
use crate::protocol::event::{Event, FileEvent, PastEnd, PastEvent, PastLine, RoomEvent};
use crate::protocol::file::FileInfo;
use crate::protocol::name::RoomName;

/// Appends the event's lines to `out`, each with its newline.
pub(in crate::protocol::dialect) fn spell(event: &Event, out: &mut impl Write) -> fmt::Result {
    match event {
        Event::Users(users) => write_lines(out, "server: ", users),
        Event::Rooms(rooms) => write_lines(out, "server: ", rooms),
        Event::InRoom { room, sequence: _, what, mark: _ } => in_room(out, room, what),
        Event::Past(event) => of_past(out, event),
        Event::File(FileEvent::Given { from, file, mark: _ }) => {
            write!(out, "server: {from} sent you the file ")?;
            sent(out, file)
        }
        Event::Refused(refusal) => writeln!(out, "server: error: {refusal}"),
        Event::NamePrompt
        | Event::PasswordPrompt
        | Event::Welcome
        | Event::Members { .. }
        | Event::Stats(_)
        | Event::Message { .. }
        | Event::KeptFor(_)
        | Event::Topic { .. }
        | Event::RoomShown(_)
        | Event::Invited { .. }
        | Event::Invitation { .. }
        | Event::InvitationsSet { .. }
        | Event::NumbersSet(_)
        | Event::File(_)
        | Event::Account(_)
        | Event::Token(_)
        | Event::Renamed(_)
        | Event::EncodingSet(_)
        | Event::Pong(_)
        | Event::Help(_)
        | Event::Bye
        | Event::Operated(_)
        | Event::Server(_)
        | Event::RoomClosed { .. }
        | Event::Deed(_)
        | Event::Signal(_)
        | Event::Note(_) => text::spell::spell(event, false, out),
    }
}

fn of_past(out: &mut impl Write, event: &PastEvent) -> fmt::Result {
    match event {
        PastEvent::History { room, lines, kept: _ } => history(out, room, lines),
        PastEvent::Resumed { room, lines, left_out: _ } => {
            lines.iter().try_for_each(|line| past(out, room, line))?;
            writeln!(out, "server: resumed {room} ({})", lines.len())
        }
        PastEvent::Messages { with, lines, end } => {
            let head = |line: &PastLine| format!("history: {} ", text::spell::time(line.at));
            lines.iter().try_for_each(|line| text::spell::past_message(out, &head(line), line))?;
            let what = match end {
                PastEnd::Kept(_) => "history",
                PastEnd::LeftOut(_) => "resumed",
            };
            writeln!(out, "server: {what} with {with} ({})", lines.len())
        }
        PastEvent::NewIn { room, lines: (from, to) } => {
            writeln!(out, "server: new in {room} ({})", (to + 1).saturating_sub(*from))
        }
        PastEvent::Found { lines, more } => {
            lines.iter().try_for_each(|(room, line)| past(out, room, line))?;
            writeln!(out, "server: {}", text::spell::count_of_found(lines.len(), *more))
        }
    }
}

fn in_room(out: &mut impl Write, room: &RoomName, what: &RoomEvent) -> fmt::Result {
    match what {
        RoomEvent::Said { from: _, text } => text.lines().try_for_each(|line| writeln!(out, "{room}: {line}")),
        RoomEvent::File { from, file } => {
            write!(out, "server: {room}: {from} sent the file ")?;
            sent(out, file)
        }
        happening => {
            write!(out, "server: {room}: ")?;
            text::spell::happened(out, happening)
        }
    }
}

/// `report.pdf (123456 bytes)`, and where a browser has it: an old client can do nothing else with a file.
fn sent(out: &mut impl Write, file: &FileInfo) -> fmt::Result {
    write!(out, "{} ({} bytes)", file.name, file.size)?;
    match &file.door {
        Some(door) => writeln!(out, ": {door}{}", file.path()),
        None => out.write_char('\n'),
    }
}

/// Without the numbers, which an old client does not know; each line shows that it is not said now.
fn history(out: &mut impl Write, room: &RoomName, lines: &[PastLine]) -> fmt::Result {
    lines.iter().try_for_each(|line| past(out, room, line))?;
    writeln!(out, "server: history of {room} ({})", lines.len())
}

fn past(out: &mut impl Write, room: &RoomName, line: &PastLine) -> fmt::Result {
    text::spell::in_room(out, &format!("history: {} ", text::spell::time(line.at)), room, &line.what)
}

/// Appends the text to `out` in this charset, with `?` for each character that it lacks or an old client cannot read.
pub(in crate::protocol::dialect) fn encode_into(text: &str, charset: Charset, out: &mut Vec<u8>) {
    charset.encode_into(&readable(text, charset), out);
}

/// One character that Python cannot decode ends the receiving thread of an old client.
fn readable(text: &str, charset: Charset) -> Cow<'_, str> {
    if charset == Charset::GBK && text.contains(python::lacks) {
        text.replace(python::lacks, "?").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::protocol::command::Text;
    use crate::protocol::event::{Departure, Mark};
    use crate::protocol::name::UserName;
    use crate::protocol::refusal::Refusal;

    fn rendered(event: &Event) -> String {
        let mut out = String::new();
        spell(event, &mut out).unwrap();
        out
    }

    fn user(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    fn in_lobby(what: RoomEvent) -> String {
        let mark = Mark { id: 1, at: SystemTime::UNIX_EPOCH };
        rendered(&Event::InRoom { room: RoomName::new("lobby").unwrap(), sequence: 1, what, mark })
    }

    #[test]
    fn events_are_spelled_as_the_old_server_did() {
        assert_eq!(rendered(&Event::NamePrompt), "server: set your name please:\n");
        assert_eq!(rendered(&Event::Welcome), "server: let's start chatting!\n");
        assert_eq!(rendered(&Event::Users(vec![user("alice"), user("渊渊")])), "server: alice, 渊渊\n");
        assert_eq!(rendered(&Event::Rooms(vec![])), "server: \n");
        assert_eq!(in_lobby(RoomEvent::Said { from: user("bob"), text: Text::new("hi").unwrap() }), "lobby: hi\n");
    }

    #[test]
    fn what_the_old_server_did_not_have_comes_from_the_server() {
        let room = RoomName::new("lobby").unwrap();
        let members = Event::Members { room, users: vec![user("alice"), user("bob")] };
        assert_eq!(rendered(&members), "server: members of lobby (2): alice, bob\n");
        assert_eq!(rendered(&Event::Refused(Refusal::NoSuchUser(user("x")))), "server: error: no-such-user: x\n");
        assert_eq!(in_lobby(RoomEvent::Joined(user("alice"))), "server: lobby: alice joined\n");
        assert_eq!(
            in_lobby(RoomEvent::Left { user: user("bob"), why: Departure::Quit, said: None }),
            "server: lobby: bob left (quit)\n"
        );
        assert_eq!(
            in_lobby(RoomEvent::Created { by: user("alice"), with: vec![user("bob")] }),
            "server: lobby: alice created the room with bob\n"
        );
    }

    #[test]
    fn what_an_old_client_cannot_read_becomes_a_question_mark() {
        let encoded = |text: &str, charset| {
            let mut out = Vec::new();
            encode_into(text, charset, &mut out);
            out
        };
        assert_eq!(encoded("5 € 🦊 \u{e000}!", Charset::GBK), b"5 ? ? ?!");
        assert_eq!(encoded("渊", Charset::GBK), [0xd4, 0xa8]);
        assert_eq!(encoded("5 €", Charset::UTF_8), "5 €".as_bytes());
    }
}
