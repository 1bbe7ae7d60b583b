//! The ways in which a statement can fail, each with what is known only at the place where it fails.

use std::io;
use std::time::Duration;

use super::{End, Received};
use crate::delivery::finding::Finding;
use crate::lang::ast::{Comparison, Name};
use crate::run::matching::{Contradiction, Matcher};

/// What an expectation was waiting for, and for whom.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The user.
    pub user: Name,
    /// The pattern, insertions made.
    pub pattern: Matcher,
}

/// One of several patterns that nothing has come for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its line in the script.
    pub line: usize,
    /// The pattern, insertions made.
    pub pattern: Matcher,
}

/// In which way a statement failed.
#[derive(Clone, Debug)]
pub enum Problem {
    /// No connection could be made.
    NoConnection {
        /// For whom.
        user: Name,
        /// The reason, as text.
        error: String,
    },
    /// The server did not let the user in: this line came, or none.
    LoginRefused {
        /// Who.
        user: Name,
        /// What should have come.
        expected: &'static str,
        /// What came instead.
        received: Option<Received>,
    },
    /// The next unread line is another one.
    Different {
        /// What was expected.
        expected: Expected,
        /// What came.
        received: Received,
    },
    /// The line matches, but a name would have two values in one statement.
    Contradiction {
        /// What was expected.
        expected: Expected,
        /// What came.
        received: Received,
        /// The two values.
        contradiction: Box<Contradiction>,
    },
    /// Nothing came that could be it.
    Missing {
        /// What was expected.
        expected: Expected,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It came after its own deadline.
    Late {
        /// What was expected.
        expected: Expected,
        /// What came.
        received: Received,
        /// How long it might have taken.
        allowed: Duration,
        /// How much longer it took.
        by: Duration,
    },
    /// The connection ended before it came.
    Ended {
        /// What was expected.
        expected: Expected,
        /// How.
        end: End,
    },
    /// A line came that must not come.
    Unwanted {
        /// What must not come.
        unwanted: Expected,
        /// What came.
        received: Received,
    },
    /// Lines are unread where there should be none.
    NotSilent {
        /// Whose.
        user: Name,
        /// Which.
        lines: Vec<Received>,
    },
    /// The server has not closed the connection.
    NotClosed {
        /// Whose.
        user: Name,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A line came that no order of the patterns can use.
    Unusable {
        /// Whose.
        user: Name,
        /// The line.
        received: Received,
        /// What the lines so far have left over.
        left: Vec<Wanted>,
    },
    /// Not all the lines that may come in any order have come.
    Incomplete {
        /// Whose.
        user: Name,
        /// What the lines so far have left over.
        left: Vec<Wanted>,
        /// How long it was waited for.
        waited: Duration,
        /// The connection ended, and how.
        end: Option<End>,
    },
    /// Lines are unread at the end of the test.
    Leftovers {
        /// Whose, and which.
        lines: Vec<(Name, Vec<Received>)>,
    },
    /// The server closed connections without being expected to.
    ClosedByServer {
        /// Whose, and how.
        users: Vec<(Name, End)>,
    },
    /// The fence's ping was not answered.
    NoPong {
        /// Whose.
        user: Name,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The user has received more than its inbox holds.
    InboxFull {
        /// Who.
        user: Name,
    },
    /// Writing failed, or took too long.
    NotWritten {
        /// Who wrote.
        user: Name,
        /// Why.
        error: io::ErrorKind,
    },
    /// An assertion does not hold.
    NotAsserted {
        /// The value at its left.
        left: String,
        /// How they should compare.
        comparison: Comparison,
        /// The value at its right.
        right: String,
    },
    /// The value of a name is not known yet: another lane captures it.
    NoValue {
        /// The name.
        name: Name,
    },
    /// With its values inserted, the pattern is too large to be compiled.
    PatternTooLarge,
    /// Stamped lines went astray.
    Stamps {
        /// The users, by their number in the findings.
        users: Vec<Name>,
        /// What went wrong.
        findings: Vec<Finding>,
    },
    /// The embedded server could not be started.
    NoServer {
        /// The reason, as text.
        error: String,
    },
}

impl Problem {
    /// Whether it is that no connection came about.
    #[must_use]
    pub fn is_no_connection(&self) -> bool {
        matches!(self, Self::NoConnection { .. } | Self::NoServer { .. })
    }
}
