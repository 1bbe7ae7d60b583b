//! What one request came to, for dialects in which each request has one answer. It is told before the events that the
//! request causes.
//!
//! Other dialects have no such answer: what the caller alone is told are events there like any other.

use std::time::SystemTime;

use crate::protocol::command::{CommandKind, Phrase, Token};
use crate::protocol::event::{PastLine, RoomSummary, Stat};
use crate::protocol::file::{FileName, FileToken};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;

/// Ties an answer to its request: chosen by the client, from 1 to 2^53 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

/// What one request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The name was accepted.
    LoggedIn(Box<LoginAnswer>),
    /// Who is here, sorted.
    Users(Vec<UserName>),
    /// Which rooms there are, sorted, each with the number of its members.
    Rooms(Vec<(RoomName, usize)>),
    /// Who is in a room, sorted.
    Members {
        /// The room.
        room: RoomName,
        /// Its members.
        users: Vec<UserName>,
    },
    /// The counters of the server.
    Stats(Vec<Stat>),
    /// A message was delivered to some users, and perhaps not to others.
    Sent {
        /// When.
        at: SystemTime,
        /// To whom, in the order listed, and the number of the message among what the two wrote, if that is kept.
        to: Vec<(UserName, Option<u64>)>,
        /// Why not to the others.
        failed: Vec<Refusal>,
    },
    /// The caller has created or joined a room.
    Entered {
        /// The room.
        state: RoomState,
        /// Who was asked to enter it, instead of being put into it.
        invited: Vec<UserName>,
    },
    /// The caller has left a room.
    Left(RoomName),
    /// What a room is about.
    Topic {
        /// The room.
        room: RoomName,
        /// What it is about, if that is said.
        topic: Option<Phrase>,
    },
    /// A room as others may know it.
    Shown(RoomSummary),
    /// Users were asked to enter a room, and perhaps others were not.
    Invited {
        /// The room.
        room: RoomName,
        /// Whom.
        users: Vec<UserName>,
        /// Why not the others.
        failed: Vec<Refusal>,
    },
    /// What the caller said or did has its place in a room.
    Said {
        /// The room.
        room: RoomName,
        /// Its place in the room's one order.
        number: u64,
        /// When.
        at: SystemTime,
    },
    /// What was said in a room, oldest first.
    History {
        /// The room.
        room: RoomName,
        /// What of it was asked for.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
        /// Whether there are further lines in the direction that was asked for.
        more: bool,
    },
    /// What the caller and another wrote to each other, oldest first.
    PastMessages {
        /// The other.
        with: UserName,
        /// What of it was asked for.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
        /// Whether there are further lines in the direction that was asked for.
        more: bool,
        /// The numbers of the first and the last line that were too many for an answer of what was missed.
        left_out: Option<(u64, u64)>,
    },
    /// What was said in a room while the caller did not hear it, oldest first. The caller is in it now.
    Resumed {
        /// The room.
        state: RoomState,
        /// The last of what was said.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line of what came before that, if there was anything.
        left_out: Option<(u64, u64)>,
    },
    /// What was found, oldest first, and in which room.
    Found {
        /// The last of it.
        lines: Vec<(RoomName, PastLine)>,
        /// Whether older lines would have been found as well.
        more: bool,
        /// What asks for them: the number of the oldest line if one room was searched, else the id of its message.
        cursor: Option<u64>,
    },
    /// The server waits for the bytes of a file.
    FileWanted {
        /// What they are brought with.
        token: FileToken,
        /// The file's name as it is kept.
        name: FileName,
        /// Until when the first of them has to come.
        until: SystemTime,
    },
    /// What the caller can come back with.
    Token(SessionToken),
    /// The caller has another name now.
    Renamed(UserName),
    /// The answer to a `ping`.
    Pong(Option<Token>),
    /// What these commands do.
    Help(Vec<CommandKind>),
    /// What an operator of the server wanted was done.
    Operated(Operated),
    /// It was done, and there is nothing to say about it.
    Done,
    /// It was not done.
    Refused {
        /// Why.
        refusal: Refusal,
        /// All reasons, if there may be one for each of several users.
        failed: Vec<Refusal>,
    },
}

/// What somebody who has logged in has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginAnswer {
    /// The caller's name.
    pub name: UserName,
    /// What the caller can come back with.
    pub token: Option<SessionToken>,
    /// Names the numbering of this server's lines.
    pub epoch: String,
    /// What the server takes.
    pub limits: TextLimits,
    /// Who is here, sorted.
    pub users: Vec<UserName>,
    /// The rooms that the caller is in, sorted.
    pub rooms: Vec<RoomState>,
    /// Those with whom the caller has messages that are kept.
    pub people: Vec<Correspondent>,
    /// Whether it is kept how far the caller has read.
    pub is_account: bool,
}

/// Somebody with whom the caller has messages that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondent {
    /// Who.
    pub with: UserName,
    /// The number of the last message between the two.
    pub number: u64,
    /// The number of the last that the caller has read.
    pub read: u64,
}

/// How large a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Bytes of a text.
    pub text: usize,
    /// Lines of a text.
    pub lines: usize,
    /// Users that one message is addressed to.
    pub recipients: usize,
    /// Bytes of a file.
    pub file: u64,
}

/// A room as a member finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomState {
    /// Its name.
    pub room: RoomName,
    /// The number of its last line.
    pub number: u64,
    /// The number of the first line that can be asked for, if any can.
    pub first: Option<u64>,
    /// The number of the last line that the member is known to have read, if that is kept.
    pub read: Option<u64>,
    /// Who is in it, sorted.
    pub members: Vec<UserName>,
}

impl RequestId {
    /// The largest: the largest integer that every reader of JSON keeps exact.
    pub const MAX: u64 = (1 << 53) - 1;

    /// An id of this number; `None` if it is out of range.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}
