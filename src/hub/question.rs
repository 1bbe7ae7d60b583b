//! What the hub cannot answer from its own state, and what was found out about it.

use std::sync::Arc;

use super::record::{Line, PlaceId};
use crate::protocol::command::HistoryRange;
use crate::protocol::event::{Event, PastLine};
use crate::protocol::name::RoomName;

/// Something to find out for a session, whose next command waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Lines of a place.
    Page(PageQuestion),
}

/// Which lines of a place are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuestion {
    /// Where they were said.
    pub place: PlaceId,
    /// What the place is called.
    pub room: RoomName,
    /// Where in the place's lines to start.
    pub range: HistoryRange,
    /// How many at most.
    pub most: usize,
    /// The number of the place's last line when it was asked. Later ones are told as they happen.
    pub last: u64,
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Lines of a place.
    Page(Page),
}

/// Lines of a place, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What was asked for.
    pub of: PageQuestion,
    /// What was found of it.
    pub lines: Vec<Arc<Line>>,
    /// The number of the oldest line that is kept, if any is.
    pub first: Option<u64>,
}

impl Found {
    /// What is told to the session that asked.
    #[must_use]
    pub fn told(self) -> Event {
        match self {
            Self::Page(Page { of, lines, first }) => {
                let past =
                    |line: &Arc<Line>| PastLine { number: line.number, at: line.mark.at, what: line.what.clone() };
                let kept = first.map(|first| (first, of.last));
                Event::History { room: of.room, lines: lines.iter().map(past).collect(), kept }
            }
        }
    }
}
