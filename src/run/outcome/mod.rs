//! What came of running a script: passes, and failures as values with all that is known about them.
//!
//! Nothing here is text yet: `explain` makes the diagnostic of a failure, `report` the reports.

mod problem;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::Name;

pub use problem::{Expected, Problem, Wanted};

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
    /// The line of the statement during which it was interrupted.
    pub interrupted_in: Option<usize>,
    /// How long it took.
    pub elapsed: Duration,
    /// How many statements were carried out.
    pub steps: usize,
    /// The statement that took longest.
    pub slowest: Option<Slowest>,
    /// How long the expectations took, by line and user.
    pub timings: Vec<ExpectationTiming>,
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

/// How long an expectation's line took to come for one user, each time that it was carried out: from the first byte of
/// what was sent, connected or disconnected last above it. A line that was there before took no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationTiming {
    /// The expectation's line.
    pub line: usize,
    /// Who received it.
    pub user: Name,
    /// How often.
    pub count: u32,
    /// The shortest.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
    /// All together.
    pub total: Duration,
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
    pub snapshot: Snapshot,
}

/// What was known when something failed.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When the test began.
    pub start: Instant,
    /// When it failed.
    pub at: Instant,
    /// What was done last before it, from which latencies count.
    pub action: Option<Action>,
    /// The test, if it has a name.
    pub test: Option<String>,
    /// Whose turn of an `each` it was, and the turn of the innermost `repeat`.
    pub turn: Turn,
    /// All connections had ended and no new one can be made: the server is gone.
    pub server_is_gone: bool,
    /// What each user had received by then, in the order in which they were declared.
    pub inboxes: Vec<(Name, Vec<Received>)>,
}

/// Which round through a block it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whose turn of an `each`.
    pub me: Option<Name>,
    /// Which turn of the innermost `repeat`, from 1.
    pub of_repeat: Option<u64>,
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

impl Failure {
    /// Whether it is that there was no server, or none any more, which has an exit code of its own.
    #[must_use]
    pub fn means_no_server(&self) -> bool {
        self.snapshot.server_is_gone || self.problem.is_no_connection()
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

/// One received line.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its text, or what can be shown of it.
    pub text: Arc<str>,
    /// Why it is no text, if so. It matches nothing then.
    pub defect: Option<Defect>,
    /// When it was read from the socket.
    pub at: Instant,
    /// What became of it.
    pub fate: Fate,
}

/// Why a received line is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Its bytes mean nothing in the connection's charset.
    Undecodable,
    /// It is longer than a client takes.
    TooLong,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing yet.
    Unread,
    /// Taken by the login of `connect` or `reconnect`.
    Connect,
    /// Matched by the expectation in this line of the script.
    Matched(usize),
    /// Skipped by the `<..` in this line.
    Skipped(usize),
    /// Set aside by the `ignore` in this line.
    Ignored(usize),
    /// Thrown away by the `drain` in this line.
    Drained(usize),
    /// It came when the user was leaving, or was unread when the user reset its connection.
    Left,
}

/// How the stream of lines ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Broken(io::ErrorKind),
    /// We closed it.
    Left,
}
