//! Everything the server can say, as data. How it is spelled, framed and encoded is for a dialect to say.

use std::time::SystemTime;

use crate::protocol::charset::Charset;
use crate::protocol::command::{CommandKind, Text, Token};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::Refusal;

/// One thing that the server says to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A name is wanted.
    NamePrompt,
    /// The name was accepted.
    Welcome,
    /// Who is here, sorted.
    Users(Vec<UserName>),
    /// Which rooms there are, sorted.
    Rooms(Vec<RoomName>),
    /// Who is in a room, sorted.
    Members {
        /// The room.
        room: RoomName,
        /// Its members.
        users: Vec<UserName>,
    },
    /// The counters of the server.
    Stats(Vec<Stat>),
    /// Somebody wrote to the receiver.
    Message {
        /// Who.
        from: UserName,
        /// What.
        text: Text,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// Something was said or happened in a room.
    InRoom {
        /// Where.
        room: RoomName,
        /// Its place in the room's one order: 1, 2, 3, ...
        sequence: u64,
        /// What.
        what: RoomEvent,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// What was said in a room, oldest first.
    History {
        /// Where.
        room: RoomName,
        /// What of it was asked for.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
    },
    /// The receiver has another name now.
    Renamed(UserName),
    /// The receiver's charset, already in use.
    EncodingSet(Charset),
    /// The answer to a `ping`.
    Pong(Option<Token>),
    /// What these commands do.
    Help(Vec<CommandKind>),
    /// The receiver's `quit` was heard.
    Bye,
    /// The server stops.
    ShuttingDown,
    /// The receiver is not served.
    Refused(Refusal),
}

/// A line of a room, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLine {
    /// Its place in the room's one order: 1, 2, 3, ...
    pub number: u64,
    /// When it was said.
    pub at: SystemTime,
    /// What.
    pub what: RoomEvent,
}

/// One counter of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What is counted, in words joined by `_`, the unit last.
    pub name: &'static str,
    /// How many.
    pub value: u64,
}

/// What can happen in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// A member wrote.
    Said {
        /// Who.
        from: UserName,
        /// What.
        text: Text,
    },
    /// The room was opened.
    Created {
        /// By whom.
        by: UserName,
        /// Who else is in it, in the order listed.
        with: Vec<UserName>,
    },
    /// Somebody entered.
    Joined(UserName),
    /// Somebody is gone.
    Left(UserName, Departure),
    /// A member has another name.
    Renamed {
        /// The name until now.
        from: UserName,
        /// The name from now on.
        to: UserName,
    },
}

/// Why somebody is no longer in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Asked to leave the room.
    LeftRoom,
    /// Said `quit`.
    Quit,
    /// The connection ended or was reset.
    ConnectionClosed,
    /// The connection was dead.
    TimedOut,
    /// Left too much unread.
    SlowConsumer,
}

impl Departure {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::LeftRoom, Self::Quit, Self::ConnectionClosed, Self::TimedOut, Self::SlowConsumer];

    /// The reason that the others are told, if the user did not just leave the room.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::LeftRoom => None,
            Self::Quit => Some("quit"),
            Self::ConnectionClosed => Some("connection closed"),
            Self::TimedOut => Some("timeout"),
            Self::SlowConsumer => Some("slow consumer"),
        }
    }
}

/// What tells a message from all others of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Counts every message and room event of this server: 1, 2, 3, ...
    pub id: u64,
    /// The server's wall clock.
    pub at: SystemTime,
}
