//! The failures inside casts, counted by kind, with an example of each.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use super::failure_kind::FailureKind;
use crate::client::transfer::TransferError;
use crate::lock::Locked;

use crate::run::outcome::{Failure, Problem, StreamEnd};

impl FailureKind {
    /// The kind of this problem.
    #[must_use]
    pub(super) fn of(problem: &Problem) -> Self {
        match problem {
            Problem::NoConnection { .. } | Problem::NoServer { .. } => Self::NoConnection,
            Problem::LoginRefused { received: Some(_), .. } => Self::Refused,
            Problem::Ended { end, .. }
            | Problem::Incomplete { end: Some(end), .. }
            | Problem::MissingBytes { end: Some(end), .. } => Self::of_end(*end),
            Problem::ClosedByServer { users } => users.first().map_or(Self::Closed, |(_, end)| Self::of_end(*end)),
            Problem::NotWritten { error, .. } => Self::of_error(*error),
            Problem::LoginRefused { received: None, .. }
            | Problem::Missing { .. }
            | Problem::Late { .. }
            | Problem::MissingBytes { end: None, .. }
            | Problem::LateBytes { .. }
            | Problem::NotClosed { .. }
            | Problem::NoPong { .. }
            | Problem::Incomplete { end: None, .. } => Self::TimeOut,
            Problem::Different { .. }
            | Problem::Contradiction { .. }
            | Problem::OtherBytes { .. }
            | Problem::Unwanted { .. }
            | Problem::NotSilent { .. }
            | Problem::Unusable { .. }
            | Problem::Leftovers { .. }
            | Problem::NotAsserted { .. }
            | Problem::NoValue { .. }
            | Problem::PatternTooLarge
            | Problem::Unfinished { .. }
            | Problem::LineBreak { .. }
            | Problem::OtherContent { .. }
            | Problem::NoFiles { .. }
            | Problem::NoFile { .. }
            | Problem::NotAFileId { .. }
            | Problem::NotAName { .. }
            | Problem::NotInCharset { .. }
            | Problem::Stamps { .. } => Self::Mismatch,
            Problem::InboxFull { .. } => Self::InboxFull,
            Problem::NotTransferred { error, .. } => Self::of_transfer(error),
        }
    }

    fn of_end(end: StreamEnd) -> Self {
        match end {
            StreamEnd::Closed | StreamEnd::Left => Self::Closed,
            StreamEnd::Broken(_) => Self::Reset,
        }
    }

    fn of_transfer(error: &TransferError) -> Self {
        match error {
            TransferError::Connect(_) => Self::NoConnection,
            TransferError::Lost(cause) => Self::of_error(cause.kind()),
            TransferError::Refused { .. } | TransferError::NameRefused(_) => Self::FileRefused,
            TransferError::Unexpected(_) | TransferError::Source(_) => Self::Mismatch,
        }
    }

    fn of_error(error: io::ErrorKind) -> Self {
        match error {
            io::ErrorKind::TimedOut => Self::TimeOut,
            io::ErrorKind::NotConnected | io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Reset,
        }
    }
}

/// The failures of all casts, by kind.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<BTreeMap<FailureKind, FailureExample>>);

/// How many failures of one kind there were, with an example.
#[derive(Clone, Debug)]
pub(super) struct FailureExample {
    /// How many there were.
    pub(super) count: u64,
    /// The first of them.
    pub(super) example: Failure,
}

impl Failures {
    /// Counts a failure, and keeps the first of each kind as an example.
    pub(super) fn add(&self, failure: Failure) {
        let kind = FailureKind::of(&failure.problem);
        let mut kinds = self.0.locked();
        kinds
            .entry(kind)
            .and_modify(|failures| failures.count += 1)
            .or_insert(FailureExample { count: 1, example: failure });
    }

    /// All failures so far, by kind.
    #[must_use]
    pub(super) fn all(&self) -> BTreeMap<FailureKind, FailureExample> {
        self.0.locked().clone()
    }
}
