//! The result of running a script: what passed, and each failure as a value with all that is known about it.
//!
//! Nothing here is text yet: `explain` makes the diagnostic of a failure, `report` the reports.

mod problem;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::Name;

pub use problem::{DialectPlace, Expected, Problem, Wanted};

/// The result of one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// The file that was run.
    pub source: Source,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// The seed of its generated values.
    pub seed: u64,
    /// What kept it from being run: errors of the script, or that it cannot be read. Empty if it could be run.
    pub errors: Vec<Diagnostic>,
    /// Its tests, in order; more than once each if the run is repeated. None if the file has errors.
    pub tests: Vec<TestOutcome>,
    /// How long it took.
    pub elapsed: Duration,
    /// The last lines that its server said, if that is a program of its own.
    pub server_said: Vec<String>,
}

/// The result of one test.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The line of its `test`; 1 for the only test of a file without `test`.
    pub line: usize,
    /// How it ended.
    pub verdict: TestVerdict,
    /// The line of the statement during which it was interrupted.
    pub interrupted_in: Option<usize>,
    /// How long it took.
    pub elapsed: Duration,
    /// How many statements were carried out.
    pub steps: usize,
    /// Whether anything in it was generated, so that its seed matters.
    pub used_seed: bool,
    /// The statement that took longest.
    pub slowest: Option<Slowest>,
    /// How long the expectations took, by line and user.
    pub timings: Vec<ExpectationTiming>,
}

/// How a test ended.
#[derive(Clone, Debug)]
pub enum TestVerdict {
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
    /// The line of the statement.
    pub line: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// How long one user waited for the line of an expectation, over all times that it was carried out. The time counts from
/// the first byte of the last send, connect, disconnect or reset above it; it is zero for a line that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationTiming {
    /// The expectation's line.
    pub line: usize,
    /// The user who received it.
    pub user: Name,
    /// How often the expectation was carried out.
    pub count: u32,
    /// The shortest time.
    pub min: Duration,
    /// The longest time.
    pub max: Duration,
    /// The sum of all times.
    pub total: Duration,
}

/// One failure, and what was known at that moment.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The statement's line.
    pub line: usize,
    /// The part of the statement that failed.
    pub span: Span,
    /// The way in which it failed.
    pub problem: Problem,
    /// Everything that was known when it failed.
    pub snapshot: TestSnapshot,
}

/// Everything that is known about a test at one moment, kept when something fails.
#[derive(Clone, Debug)]
pub struct TestSnapshot {
    /// When the test began.
    pub start: Instant,
    /// The moment of the failure.
    pub at: Instant,
    /// The last action before it, from which latencies count.
    pub action: Option<UserAction>,
    /// The test, if it has a name.
    pub test: Option<String>,
    /// Whose turn of an `each` it was, and the turn of the innermost `repeat`.
    pub turn: LoopPosition,
    /// Whether the server is gone: all connections have ended and no new one can be made.
    pub server_is_gone: bool,
    /// What each user had received by then, in the order in which they were declared.
    pub inboxes: Vec<(Name, Vec<Received>)>,
    /// The bytes that waited for users without a newline.
    pub unfinished: Vec<(Name, Unfinished)>,
}

/// The position of a statement in the loops around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopPosition {
    /// The user whose turn of an `each` it was.
    pub me: Option<Name>,
    /// The turn of the innermost `repeat` or `every`.
    pub turn: Option<Turn>,
}

/// One of the turns of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The word that the loop begins with.
    pub of: &'static str,
    /// Which turn it is, from 1.
    pub number: u64,
}

/// An action of a user that can have an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAction {
    /// The statement's line.
    pub line: usize,
    /// When its first byte was written.
    pub at: Instant,
    /// The kind of action.
    pub kind: ActionKind,
}

/// The kinds of actions that can have an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// A line or bytes were sent.
    Sent,
    /// A user connected.
    Connected,
    /// Somebody disconnected or reset the connection.
    Left,
    /// A user sent or fetched a file.
    Transferred,
}

impl Failure {
    /// Whether it failed because there was no server, or none any more. That has an exit code of its own.
    #[must_use]
    pub fn means_no_server(&self) -> bool {
        self.snapshot.server_is_gone || self.problem.is_no_connection()
    }
}

impl FileOutcome {
    /// The outcome of a file that cannot be run, because of at least one error.
    #[must_use]
    pub fn with_errors(source: Source, errors: Vec<Diagnostic>) -> Self {
        Self {
            source,
            title: None,
            seed: 0,
            errors,
            tests: Vec::new(),
            elapsed: Duration::ZERO,
            server_said: Vec::new(),
        }
    }

    /// The failures of all its tests.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.tests.iter().flat_map(TestOutcome::failures)
    }

    /// Whether it has neither errors nor failures, and something of it ran.
    #[must_use]
    pub fn passed(&self) -> bool {
        let has_passed = |test: &TestOutcome| matches!(test.verdict, TestVerdict::Passed);
        self.errors.is_empty() && self.failures().next().is_none() && self.tests.iter().any(has_passed)
    }
}

impl TestOutcome {
    /// Its failures, if it failed.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.verdict {
            TestVerdict::Failed(failures) => failures,
            TestVerdict::Passed | TestVerdict::Skipped | TestVerdict::Interrupted => &[],
        }
    }
}

/// A line that was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its text; of a line that is no text, as much as can be shown.
    pub text: Arc<str>,
    /// Its bytes with the line end, if the script looks at bytes.
    pub bytes: Option<Arc<Vec<u8>>>,
    /// Why it is not text, if it is not. Such a line matches nothing.
    pub defect: Option<Defect>,
    /// When it was read from the socket.
    pub at: Instant,
    /// What the script has done with it.
    pub fate: Fate,
}

/// Bytes that were received and that no newline has followed yet.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Their text, with `\xff` for bytes that are none.
    pub text: Arc<str>,
    /// How many they are.
    pub bytes: usize,
    /// When the last of them was read from the socket.
    pub at: Instant,
}

/// Why a received line is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Its bytes are not valid in the connection's charset.
    Undecodable,
    /// It is longer than [`MAX_LINE`](crate::client::MAX_LINE).
    TooLong,
    /// It answers the fence of a dialect that was answered already.
    AnsweredTwice,
}

/// What the script has done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No statement has looked at it yet.
    Unread,
    /// Taken by the login of `connect` or `reconnect`.
    Connect,
    /// Matched by the expectation in this line of the script.
    Matched(usize),
    /// Skipped by the `<..` in this line.
    Skipped(usize),
    /// Set aside by the `ignore` in this line.
    Ignored(usize),
    /// Taken by the fence of a dialect.
    Fence,
    /// Answered by the dialect.
    Answered,
    /// Set aside by an `ignore` of the dialect.
    Noise,
    /// Thrown away by the `drain` in this line.
    Drained(usize),
    /// It came when the user was leaving, or was unread when the user reset its connection.
    Left,
}

/// How the stream of lines ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Broken(io::ErrorKind),
    /// The runner closed it.
    Left,
}
