//! The time, as the screen is given it.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDateTime};

/// One moment on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalTime {
    /// Since the program began, for whatever is decided by time.
    pub since_start: Duration,
    /// By the clock on the wall, for showing.
    pub clock: NaiveDateTime,
    /// How far that clock is from UTC, in which a server tells the times of the past.
    pub offset: FixedOffset,
}

impl TerminalTime {
    /// The same with another time on the wall, which a server has told; unless it is none.
    pub(super) fn at(self, told: &str) -> Self {
        let at = DateTime::parse_from_rfc3339(told);
        Self { clock: at.map_or(self.clock, |at| at.with_timezone(&self.offset).naive_local()), ..self }
    }
}
