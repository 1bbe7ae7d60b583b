//! What a server says in JSON, as the event that it is: the inverse of `render`, for a client that shows lines.

use crate::protocol::command::Text;
use crate::protocol::dialect::json::message::{ServerMessage, Str, Time};
use crate::protocol::dialect::json::render::why;
use crate::protocol::event::{Departure, Event, Mark, PastLine, RoomEvent};
use crate::protocol::name::{RoomName, UserName};

/// The event; `None` for what is no event of its own, or names what this program would not.
pub(super) fn event_of(message: ServerMessage<'_>) -> Option<Event> {
    match message {
        ServerMessage::Hello { .. } => Some(Event::NamePrompt),
        ServerMessage::Shutdown => Some(Event::ShuttingDown),
        ServerMessage::Message { room: None, with: Some(_), seq: _, time, from, text } => {
            let (from, text) = (user(&from)?, Text::new(&text).ok()?);
            Some(Event::Message { from, text, mark: mark(time) })
        }
        other => {
            let (room, PastLine { number, at, what }) = line_of(other)?;
            Some(Event::InRoom { room, sequence: number, what, mark: mark(Time(at)) })
        }
    }
}

/// What happened in a room, and in which.
pub(super) fn line_of(message: ServerMessage<'_>) -> Option<(RoomName, PastLine)> {
    let (room, number, Time(at), what) = match message {
        ServerMessage::Message { room: Some(room), with: _, seq: Some(seq), time, from, text } => {
            (room, seq, time, RoomEvent::Said { from: user(&from)?, text: Text::new(&text).ok()? })
        }
        ServerMessage::Created { room, seq, time, by, members } => {
            let with = members.iter().skip(1).map(|member| user(member)).collect::<Option<_>>()?;
            (room, seq, time, RoomEvent::Created { by: user(&by)?, with })
        }
        ServerMessage::Joined { room, seq, time, user: who } => (room, seq, time, RoomEvent::Joined(user(&who)?)),
        ServerMessage::Left { room, seq, time, user: who, why: word } => {
            let departure = Departure::ALL.into_iter().find(|departure| why(*departure) == word)?;
            (room, seq, time, RoomEvent::Left(user(&who)?, departure))
        }
        ServerMessage::Renamed { room, seq, time, from, to } => {
            (room, seq, time, RoomEvent::Renamed { from: user(&from)?, to: user(&to)? })
        }
        ServerMessage::Hello { .. }
        | ServerMessage::Ok(_)
        | ServerMessage::Error { .. }
        | ServerMessage::Message { .. }
        | ServerMessage::Gap { .. }
        | ServerMessage::Shutdown => return None,
    };
    Some((RoomName::new(&room).ok()?, PastLine { number, at, what }))
}

/// All names that are some.
pub(super) fn users(names: Option<Vec<Str<'_>>>) -> Vec<UserName> {
    names.unwrap_or_default().iter().filter_map(|name| user(name)).collect()
}

fn user(name: &Str<'_>) -> Option<UserName> {
    UserName::new(name).ok()
}

/// No client is told which message of the server it is.
fn mark(time: Time) -> Mark {
    Mark { id: 0, at: time.0 }
}
