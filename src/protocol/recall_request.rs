//! What a client asks of what was said before, by moments as it names them. What is found is in `recall`.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::name::{RoomName, UserName};

/// A moment as a client names it, which may be one of another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedMoment {
    /// That of the message of this id in the numbering of this epoch.
    Message {
        /// The epoch.
        epoch: Box<str>,
        /// The id.
        id: u64,
    },
    /// This time of day.
    Time(SystemTime),
}

/// What a client asks of what was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecallRequest {
    /// What the client calls the way in which it asks.
    pub asked_as: &'static str,
    /// Where; everywhere, if only that is asked.
    pub place: Option<RecalledPlace>,
    /// Later than this.
    pub after: Option<NamedMoment>,
    /// Earlier than this.
    pub before: Option<NamedMoment>,
    /// Which of many.
    pub end: RequestedEnd,
    /// How many at most.
    pub most: usize,
    /// Whether what happened is wanted beside what was said.
    pub with_events: bool,
}

/// Where a client wants to know what was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecalledPlace {
    /// In a room.
    Room(RoomName),
    /// Between oneself and this user.
    With(UserName),
}

/// Which of many messages a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedEnd {
    /// The latest.
    Latest,
    /// The earliest.
    Earliest,
    /// Those around this moment.
    Around(NamedMoment),
}
