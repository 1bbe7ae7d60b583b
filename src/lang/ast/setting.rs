//! `set`: what holds for the rest of a test.

use std::time::Duration;

/// `set ...`: holds from here to the end of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `timeout 5s`: the deadline of expectations that have none of their own. Never zero.
    Timeout(Duration),
    /// `settle 150ms`: how long a quiet window is.
    Settle(Duration),
    /// `leftovers fail|allow`: what unread lines at the end of a test mean.
    Leftovers(Leftovers),
}

/// What unread lines at the end of a test mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leftovers {
    /// The test fails; the default.
    Fail,
    /// Unread lines are allowed.
    Allow,
}
