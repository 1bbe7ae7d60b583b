//! What was said earlier, as it is told again.

use std::time::SystemTime;

use super::RoomEvent;
use crate::protocol::name::{RoomName, UserName};

/// Lines of the past, or where there are some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastEvent {
    /// What was said in a room, oldest first.
    History {
        /// The room it belongs to.
        room: RoomName,
        /// The lines that were asked for.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
    },
    /// What was said in a room while the receiver did not hear it, oldest first.
    Resumed {
        /// Where.
        room: RoomName,
        /// The last of it.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line of what came before that, if there was anything.
        left_out: Option<(u64, u64)>,
    },
    /// What the receiver and another wrote to each other, oldest first.
    Messages {
        /// The other.
        with: UserName,
        /// What they wrote.
        lines: Vec<PastLine>,
        /// Which part of all it is.
        end: PastEnd,
    },
    /// Something happened in one of the receiver's rooms while he was away.
    NewIn {
        /// The room.
        room: RoomName,
        /// The numbers of the first and the last line of it.
        lines: (u64, u64),
    },
    /// What was found, oldest first, and in which room.
    Found {
        /// The last of it.
        lines: Vec<(RoomName, PastLine)>,
        /// Whether older lines would have been found as well.
        more: bool,
    },
}

/// Which part of all lines some are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastEnd {
    /// They were asked for, and these are the numbers of the first and the last line that can be, if there are any.
    Kept(Option<(u64, u64)>),
    /// They were missed, and these are the numbers of the first and the last line of what came before that, if there was
    /// anything.
    LeftOut(Option<(u64, u64)>),
}

/// A line of a room, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLine {
    /// Its place in the room's one order: 1, 2, 3, ...
    pub number: u64,
    /// When it was said.
    pub at: SystemTime,
    /// What was said or happened.
    pub what: RoomEvent,
}
