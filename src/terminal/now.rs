//! The time, as the screen is given it.

use std::time::Duration;

use chrono::{FixedOffset, NaiveDateTime};

/// One moment on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the program began, for whatever is decided by time.
    pub since_start: Duration,
    /// By the clock on the wall, for showing.
    pub clock: NaiveDateTime,
    /// How far that clock is from UTC, in which a server tells the times of the past.
    pub offset: FixedOffset,
}
