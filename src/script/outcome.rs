//! What came of running a script: passes, and failures as values with all that is known about them.
//!
//! Nothing here is text yet: `explain` makes the diagnostic of a failure, `report` the reports.

use std::io;
use std::time::{Duration, Instant};

use super::ast::{Comparison, Name};
use super::inbox::{End, Received};
use super::matching::{Contradiction, Matcher};
use super::source::{Source, Span};
use super::stamp::Finding;

/// What came of one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// The file.
    pub source: Source,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// What its generators began with.
    pub seed: u64,
    /// Its tests, in order; more than once each if the run is repeated.
    pub tests: Vec<TestOutcome>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of one test.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
    /// How many statements were carried out.
    pub steps: usize,
    /// The statement that took longest.
    pub slowest: Option<Slowest>,
}

/// How a test ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Exactly this conversation happened.
    Passed,
    /// It did not; the failures in the order in which they happened, at least one.
    Failed(Vec<Failure>),
    /// It was left out by a filter, or because an earlier one failed.
    Skipped,
    /// The run was interrupted before its end.
    Interrupted,
}

/// A statement and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowest {
    /// Its line.
    pub line: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// One failure.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The statement's line.
    pub line: usize,
    /// What in it failed.
    pub span: Span,
    /// In which way.
    pub problem: Problem,
    /// What was known when it failed.
    pub scene: Scene,
}

/// What was known when something failed.
#[derive(Clone, Debug)]
pub struct Scene {
    /// When the test began.
    pub start: Instant,
    /// When it failed.
    pub at: Instant,
    /// What was done last before it, from which latencies count.
    pub action: Option<Action>,
    /// What each user had received by then, in the order in which they were declared.
    pub inboxes: Vec<(Name, Vec<Received>)>,
}

/// Something done that can have an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The statement's line.
    pub line: usize,
    /// When its first byte was written.
    pub at: Instant,
    /// What it was.
    pub kind: ActionKind,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// A line or bytes were sent.
    Sent,
    /// Somebody connected.
    Connected,
    /// Somebody disconnected or reset the connection.
    Left,
}

/// What an expectation was waiting for, and for whom.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The user.
    pub user: Name,
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
        left: Vec<Matcher>,
    },
    /// Not all the lines that may come in any order have come.
    Incomplete {
        /// Whose.
        user: Name,
        /// What the lines so far have left over.
        left: Vec<Matcher>,
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
    /// Whether it is that no connection came about, which has an exit code of its own.
    #[must_use]
    pub fn is_no_connection(&self) -> bool {
        matches!(self, Self::NoConnection { .. } | Self::NoServer { .. })
    }
}

impl FileOutcome {
    /// The failures of all its tests.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.tests.iter().flat_map(TestOutcome::failures)
    }

    /// Whether it has no failure, and something of it ran.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures().next().is_none() && self.tests.iter().any(|test| matches!(test.verdict, Verdict::Passed))
    }
}

impl TestOutcome {
    /// Its failures, if it failed.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.verdict {
            Verdict::Failed(failures) => failures,
            Verdict::Passed | Verdict::Skipped | Verdict::Interrupted => &[],
        }
    }
}
