//! What a server says in JSON, as the event that it is: the inverse of `render`, for a client that shows lines.

use std::sync::Arc;

use crate::protocol::command::{Phrase, Text};
use crate::protocol::dialect::json::message::{FileEntry, ServerMessage, Str, Time};
use crate::protocol::dialect::json::render::why;
use crate::protocol::event::{Departure, Event, FileEvent, Mark, PastLine, RoomEvent, ServerNotice};
use crate::protocol::file::{ContentHash, FileId, FileInfo, FileKind, FileName, Pixels};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::mode_letters;
use crate::protocol::name::{RoomName, UserName};

/// The event; `None` for what is no event of its own, or names what this program would not.
pub(super) fn event_of(message: ServerMessage<'_>) -> Option<Event> {
    match message {
        ServerMessage::Hello { .. } => Some(Event::NamePrompt),
        ServerMessage::Operator { on } => Some(Event::Server(ServerNotice::OperatorSet(on))),
        ServerMessage::Announcement { by, text } => {
            Some(Event::Server(ServerNotice::Announcement { by: user(&by)?, text: phrase(&text)? }))
        }
        ServerMessage::Closed { room, by } => {
            Some(Event::RoomClosed { room: RoomName::new(&room).ok()?, by: user(&by)? })
        }
        ServerMessage::StopsIn { seconds } => Some(Event::Server(ServerNotice::StopsIn(seconds))),
        ServerMessage::Shutdown => Some(Event::Server(ServerNotice::ShuttingDown)),
        ServerMessage::NotTaken { detail } => {
            hindrance(&detail, Hindrance::text).map(ServerNotice::NotTaken).map(Event::Server)
        }
        ServerMessage::TakenAgain { detail } => {
            hindrance(&detail, Hindrance::over).map(ServerNotice::TakenAgain).map(Event::Server)
        }
        ServerMessage::Invitation { room, by } => {
            Some(Event::Invitation { room: RoomName::new(&room).ok()?, by: user(&by)? })
        }
        ServerMessage::Message { room: None, with: Some(_), seq, time, from, text } => {
            let (from, text) = (user(&from)?, Text::new(&text).ok()?);
            Some(Event::Message { from, text, number: seq, mark: mark(time) })
        }
        ServerMessage::File { room: None, with: Some(with), seq: _, time, from, file } => {
            let (with, from, file, mark) = (user(&with)?, user(&from)?, sent(&file)?, mark(time));
            Some(if with == from {
                Event::File(FileEvent::Given { from, file, mark })
            } else {
                Event::File(FileEvent::Sent { to: with, from, file, mark })
            })
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
        ServerMessage::File { room: Some(room), with: _, seq: Some(seq), time, from, file } => {
            (room, seq, time, RoomEvent::File { from: user(&from)?, file: sent(&file)? })
        }
        ServerMessage::Joined { room, seq, time, user: who } => (room, seq, time, RoomEvent::Joined(user(&who)?)),
        ServerMessage::Left { room, seq, time, user: who, why: word, reason } => {
            let said = reason.map(|reason| reason.as_ref().into());
            (room, seq, time, RoomEvent::Left { user: user(&who)?, why: departure(&word)?, said })
        }
        ServerMessage::Renamed { room, seq, time, from, to } => {
            (room, seq, time, RoomEvent::Renamed { from: user(&from)?, to: user(&to)? })
        }
        ServerMessage::Topic { room, seq, time, by, topic } => {
            (room, seq, time, RoomEvent::TopicSet { by: user(&by)?, topic: all_or_none(topic.as_ref(), phrase)? })
        }
        ServerMessage::Kicked { room, seq, time, by, user: who, reason } => {
            let reason = all_or_none(reason.as_ref(), phrase)?;
            (room, seq, time, RoomEvent::Removed { by: user(&by)?, user: user(&who)?, reason })
        }
        ServerMessage::Banned { room, seq, time, by, user: who } => {
            (room, seq, time, RoomEvent::Banned { by: user(&by)?, user: user(&who)? })
        }
        ServerMessage::Unbanned { room, seq, time, by, user: who } => {
            (room, seq, time, RoomEvent::Unbanned { by: user(&by)?, user: user(&who)? })
        }
        ServerMessage::Open { room, seq, time, by } => (room, seq, time, opened(&by, true)?),
        ServerMessage::Private { room, seq, time, by } => (room, seq, time, opened(&by, false)?),
        ServerMessage::Mode { room, seq, time, by, modes } => {
            (room, seq, time, RoomEvent::Moded { by: user(&by)?, changes: mode_letters::read(&modes)? })
        }
        ServerMessage::Owner { room, seq, time, by, user: who } => {
            (room, seq, time, RoomEvent::Owned { by: all_or_none(by.as_ref(), user)?, owner: user(&who)? })
        }
        ServerMessage::Hello { .. }
        | ServerMessage::Invitation { .. }
        | ServerMessage::Presence { .. }
        | ServerMessage::Read { .. }
        | ServerMessage::Ok(_)
        | ServerMessage::Error { .. }
        | ServerMessage::Message { .. }
        | ServerMessage::File { .. }
        | ServerMessage::Gap { .. }
        | ServerMessage::NotTaken { .. }
        | ServerMessage::TakenAgain { .. }
        | ServerMessage::Operator { .. }
        | ServerMessage::Announcement { .. }
        | ServerMessage::Closed { .. }
        | ServerMessage::StopsIn { .. }
        | ServerMessage::Shutdown => return None,
    };
    Some((RoomName::new(&room).ok()?, PastLine { number, at, what }))
}

fn opened(by: &Str<'_>, to_all: bool) -> Option<RoomEvent> {
    Some(RoomEvent::Opened { by: user(by)?, to_all })
}

fn departure(word: &str) -> Option<Departure> {
    Departure::ALL.into_iter().find(|departure| why(*departure) == word)
}

/// What is there has to be readable; what is not there is fine.
fn all_or_none<'a, T>(text: Option<&Str<'a>>, read: fn(&Str<'a>) -> Option<T>) -> Option<Option<T>> {
    match text {
        Some(text) => read(text).map(Some),
        None => Some(None),
    }
}

fn sent(file: &FileEntry<'_>) -> Option<Arc<FileInfo>> {
    let pixels = file.width.zip(file.height).map(|(width, height)| Pixels { width, height });
    Some(Arc::new(FileInfo {
        id: FileId::parse(&file.id)?,
        name: FileName::new(&file.name).ok()?,
        size: file.size,
        hash: ContentHash::parse(&file.sha256)?,
        kind: FileKind::of_media_type(&file.kind),
        pixels,
        door: None,
    }))
}

/// What is said in these words of it.
fn hindrance(words: &str, said: fn(Hindrance) -> &'static str) -> Option<Hindrance> {
    Hindrance::ALL.into_iter().find(|hindrance| said(*hindrance) == words)
}

/// What one of two wrote.
pub(super) fn message_of_pair(message: ServerMessage<'_>) -> Option<PastLine> {
    match message {
        ServerMessage::Message { room: None, with: Some(_), seq: Some(number), time: Time(at), from, text } => {
            let what = RoomEvent::Said { from: user(&from)?, text: Text::new(&text).ok()? };
            Some(PastLine { number, at, what })
        }
        _ => None,
    }
}

/// All names that are some.
pub(super) fn users(names: Option<Vec<Str<'_>>>) -> Vec<UserName> {
    names.unwrap_or_default().iter().filter_map(|name| user(name)).collect()
}

/// A text that can stand in a notice.
pub(super) fn phrase(text: &Str<'_>) -> Option<Phrase> {
    Phrase::new(text, "").ok()
}

pub(super) fn user(name: &Str<'_>) -> Option<UserName> {
    UserName::new(name).ok()
}

/// No client is told which message of the server it is.
fn mark(time: Time) -> Mark {
    Mark { id: 0, at: time.0 }
}
