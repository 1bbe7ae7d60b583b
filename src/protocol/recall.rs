//! What was said before, for clients that know messages by their ids and times and not by the numbers of lines.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::protocol::event::RoomEvent;
use crate::protocol::mark::Mark;
use crate::protocol::name::{RoomName, UserName};

/// A moment in what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageMoment {
    /// That of the message of this id.
    Message(u64),
    /// This time of day.
    Time(SystemTime),
}

/// Which messages are wanted: none at one of the moments, if there are too many those at one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecallSpan {
    /// Later than this.
    pub after: Option<MessageMoment>,
    /// Earlier than this.
    pub before: Option<MessageMoment>,
    /// Which of them, if there are more than are wanted.
    pub end: SpanEnd,
    /// Whether somebody waits for them, so that it is said if there are none.
    pub why: RecallReason,
    /// Whether what else happened counts as well.
    pub with_events: bool,
}

/// Which of many messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanEnd {
    /// The latest.
    Latest,
    /// The earliest.
    Earliest,
    /// Half of them from before this moment, and half from it on.
    Around(MessageMoment),
}

/// Why messages are told again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecallReason {
    /// The client has asked for them.
    Asked,
    /// The client has asked where anything was said at all.
    Places,
    /// The client has come in where they were said.
    Entered,
    /// They were written while nobody of the account was here.
    Missed,
}

/// Where messages were said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecallPlace {
    /// In a room.
    Room(RoomName),
    /// Between the hearer and another.
    With {
        /// The other.
        other: UserName,
        /// The hearer.
        own: UserName,
    },
}

/// What was known of the author of an earlier line when it was new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAuthor {
    /// What stood behind the name, as `user@host`.
    pub address: Box<str>,
    /// The account.
    pub account: Option<UserName>,
    /// The line that said who it was.
    pub real_name: Box<str>,
}

/// Who the authors of earlier lines were when they wrote them.
pub trait Authors: fmt::Debug + Send + Sync {
    /// What was known of the author when the line of this id was new, if that is known still.
    fn author(&self, name: &UserName, id: u64) -> Option<Arc<PastAuthor>>;
}

/// Messages of one place that are told again, in the order in which they were said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// Where they were said.
    pub place: RecallPlace,
    /// The messages.
    pub lines: Vec<RecalledLine>,
}

/// A message that is told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecalledLine {
    /// Which one it is.
    pub id: u64,
    /// When it was said.
    pub at: SystemTime,
    /// What was said.
    pub what: RoomEvent,
}

/// What a store has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recollection {
    /// Messages, for this reason.
    Messages(RecallReason, Vec<Recalled>),
    /// The store cannot be read.
    Failed,
}

impl MessageMoment {
    /// Whether it is earlier than that of this message.
    #[must_use]
    pub fn is_before(self, mark: Mark) -> bool {
        match self {
            Self::Message(id) => id < mark.id,
            Self::Time(at) => at < mark.at,
        }
    }

    /// Whether it is later than that of this message.
    #[must_use]
    pub fn is_after(self, mark: Mark) -> bool {
        match self {
            Self::Message(id) => id > mark.id,
            Self::Time(at) => at > mark.at,
        }
    }
}
