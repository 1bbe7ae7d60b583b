//! The failures of casts, by kind, with an example of each.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Mutex;

use crate::lock::Locked;
use crate::run::outcome::{End, Failure, Problem};

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No connection came about.
    NoConnection,
    /// The server refused the login.
    Refused,
    /// The connection was reset, or broke.
    Reset,
    /// The server closed the connection.
    Closed,
    /// What was waited for did not come in time.
    TimeOut,
    /// Something else came than was expected.
    Mismatch,
    /// More came than an inbox holds.
    InboxFull,
}

impl Kind {
    /// Of a problem.
    #[must_use]
    pub fn of(problem: &Problem) -> Self {
        match problem {
            Problem::NoConnection { .. } | Problem::NoServer { .. } => Self::NoConnection,
            Problem::LoginRefused { received: Some(_), .. } => Self::Refused,
            Problem::Ended { end, .. } | Problem::Incomplete { end: Some(end), .. } => Self::of_end(*end),
            Problem::ClosedByServer { users } => users.first().map_or(Self::Closed, |(_, end)| Self::of_end(*end)),
            Problem::NotWritten { error, .. } => Self::of_error(*error),
            Problem::LoginRefused { received: None, .. }
            | Problem::Missing { .. }
            | Problem::Late { .. }
            | Problem::NotClosed { .. }
            | Problem::NoPong { .. }
            | Problem::Incomplete { end: None, .. } => Self::TimeOut,
            Problem::Different { .. }
            | Problem::Contradiction { .. }
            | Problem::Unwanted { .. }
            | Problem::NotSilent { .. }
            | Problem::Unusable { .. }
            | Problem::Leftovers { .. }
            | Problem::NotAsserted { .. }
            | Problem::NoValue { .. }
            | Problem::PatternTooLarge
            | Problem::Stamps { .. } => Self::Mismatch,
            Problem::InboxFull { .. } => Self::InboxFull,
        }
    }

    fn of_end(end: End) -> Self {
        match end {
            End::Closed | End::Left => Self::Closed,
            End::Broken(_) => Self::Reset,
        }
    }

    fn of_error(error: ErrorKind) -> Self {
        match error {
            ErrorKind::TimedOut => Self::TimeOut,
            ErrorKind::NotConnected | ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Reset,
        }
    }

    /// As reports call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoConnection => "no connection",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Closed => "closed by the server",
            Self::TimeOut => "time-out",
            Self::Mismatch => "mismatch",
            Self::InboxFull => "inbox full",
        }
    }

    /// Whether it means that there was, or is no longer, a connection.
    #[must_use]
    pub fn is_of_connection(self) -> bool {
        match self {
            Self::NoConnection | Self::Refused | Self::Reset | Self::Closed => true,
            Self::TimeOut | Self::Mismatch | Self::InboxFull => false,
        }
    }
}

/// Counts failures.
#[derive(Debug, Default)]
pub struct Failures(Mutex<BTreeMap<Kind, Failing>>);

/// The failures of one kind.
#[derive(Clone, Debug)]
pub struct Failing {
    /// How many.
    pub count: u64,
    /// The first one.
    pub example: Failure,
}

impl Failures {
    /// Adds one.
    pub fn add(&self, failure: Failure) {
        let kind = Kind::of(&failure.problem);
        let mut kinds = self.0.locked();
        kinds.entry(kind).and_modify(|failing| failing.count += 1).or_insert(Failing { count: 1, example: failure });
    }

    /// All, by kind.
    #[must_use]
    pub fn all(&self) -> BTreeMap<Kind, Failing> {
        self.0.locked().clone()
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.locked().values().map(|failing| failing.count).sum()
    }
}
