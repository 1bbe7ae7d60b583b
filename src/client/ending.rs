//! Where an event ends that has no newline: with its read, or after a silence. For a dialect without lines.

use std::time::Instant;

use crate::protocol::dialect::{EventEnd, Spelling};

/// Watches the reads of one connection.
#[derive(Debug)]
pub(super) struct Ending {
    spelling: Spelling,
    received: u64,
    begun: Option<Begun>,
}

/// An event that may go on.
#[derive(Debug, Clone, Copy)]
struct Begun {
    /// When its last bytes came.
    since: Instant,
    /// When it ends, if nothing comes before.
    due: Instant,
}

impl Ending {
    pub(super) fn new(spelling: Spelling) -> Self {
        Self { spelling, received: 0, begun: None }
    }

    /// When to stop waiting for bytes and to look again, if ever.
    pub(super) fn due(&self) -> Option<Instant> {
        self.begun.map(|begun| begun.due)
    }

    /// Records a read of `length` bytes that left `begun` of an event; true if the event is complete.
    pub(super) fn ends_after(&mut self, length: usize, begun: &[u8], at: Instant) -> bool {
        self.received += length as u64;
        self.begun = match self.spelling.event_end(begun, self.received) {
            // Nothing breaks the silence at the end of the stream.
            EventEnd::Silence(wait) if !begun.is_empty() && length > 0 => Some(Begun { since: at, due: at + wait }),
            EventEnd::Silence(_) | EventEnd::Read | EventEnd::Newline => None,
        };
        self.begun.is_none()
    }

    /// If the silence has lasted until now, when the last bytes of the event came that it ends.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Instant> {
        self.begun.take_if(|begun| begun.due <= now).map(|begun| begun.since)
    }
}
