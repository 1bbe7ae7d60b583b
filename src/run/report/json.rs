//! The report for other programs. Its shape is documented in `docs/report-json.md`, which a test holds against it: these
//! are the types as they are serialized.
//!
//! Durations are seconds, lines count from 1. Fields may be added; none changes its meaning.

use std::io;

use serde::Serialize;

use super::{Ending, Provenance, failure_text};
use crate::diagnostic::source::Source;
use crate::diagnostic::{Color, Diagnostic, Renderer};
use crate::run::explain::explain;
use crate::run::outcome::{ExpectationTiming, Failure, FileOutcome, Slowest, TestOutcome};

/// The version of the shape.
const VERSION: u32 = 1;

/// The report of a whole run.
#[derive(Debug, Serialize)]
pub struct Run {
    /// The version of this shape: 1.
    pub version: u32,
    /// When the run began, as RFC 3339 writes it.
    pub started: String,
    /// The version of chatctl.
    pub chatctl: &'static str,
    /// The arguments of chatctl, without the program's name.
    pub arguments: Vec<String>,
    /// The server's address, as it was given, or `embedded`.
    pub server: String,
    /// The machine on which chatctl ran.
    pub machine: MachineRecord,
    /// What generators began with; the same seed gives the same texts.
    pub seed: u64,
    /// Whether it was interrupted, so that something is missing.
    pub interrupted: bool,
    /// Its files, in the order in which they were given.
    pub files: Vec<File>,
}

/// The machine that a run was made on.
#[derive(Debug, Serialize)]
pub struct MachineRecord {
    /// Its name, if it can be told.
    pub host: Option<String>,
    /// Operating system and architecture.
    pub system: String,
    /// How many processors there are.
    pub processors: usize,
    /// Memory in bytes, if it can be told.
    pub memory: Option<u64>,
}

/// The outcome of one file.
#[derive(Debug, Serialize)]
pub struct File {
    /// Its path, as it was given.
    pub path: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// `passed`, `failed`, `interrupted`, `skipped` or `error`.
    pub ending: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// What kept it from being run; empty unless the ending is `error`.
    pub errors: Vec<ScriptError>,
    /// Its tests, in order.
    pub tests: Vec<Test>,
}

/// An error of a script.
#[derive(Debug, Serialize)]
pub struct ScriptError {
    /// Its line; null for an error of the whole file.
    pub line: Option<usize>,
    /// The file that has the line, if it is an included one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// The whole explanation, as a terminal without colors shows it.
    pub text: String,
}

/// The outcome of one test.
#[derive(Debug, Serialize)]
pub struct Test {
    /// Its name; null for the only test of a file without `test`.
    pub name: Option<String>,
    /// `passed`, `failed`, `interrupted` or `skipped`.
    pub ending: &'static str,
    /// The line of the statement during which it was interrupted.
    pub interrupted_in: Option<usize>,
    /// How long it took.
    pub seconds: f64,
    /// How many statements were carried out.
    pub steps: usize,
    /// The statement that took longest.
    pub slowest: Option<StepReport>,
    /// How long each line that was expected took to come, by line and user.
    pub expectations: Vec<ExpectationReport>,
    /// What failed; empty unless the ending is `failed`.
    pub failures: Vec<FailureReport>,
}

/// A statement and how long it took.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// The line of the statement.
    pub line: usize,
    /// The file that has the line, if it is an included one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// How long the line of an expectation took to come for one user.
#[derive(Debug, Serialize)]
pub struct ExpectationReport {
    /// The line of the statement.
    pub line: usize,
    /// The file that has the line, if it is an included one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The user, as the script calls it.
    pub user: String,
    /// How often it was met: more than once in a loop.
    pub count: u32,
    /// The shortest time.
    pub min: f64,
    /// The mean time.
    pub mean: f64,
    /// The longest time.
    pub max: f64,
}

/// One failure of a test.
#[derive(Debug, Serialize)]
pub struct FailureReport {
    /// The line of the statement that failed.
    pub line: usize,
    /// The file that has the line, if it is an included one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whether it is that there was no server, or none any more.
    pub no_server: bool,
    /// What went wrong, in one line.
    pub message: String,
    /// The whole explanation, as a terminal without colors shows it.
    pub text: String,
}

/// Writes the report of these files.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(
    files: &[FileOutcome],
    seed: u64,
    provenance: &Provenance,
    interrupted: bool,
    out: impl io::Write,
) -> io::Result<()> {
    let Provenance { started, version, arguments, server, machine } = provenance.clone();
    let super::Machine { host, system, processors, memory } = machine;
    let run = Run {
        version: VERSION,
        started: started.to_rfc3339(),
        chatctl: version,
        arguments,
        server,
        machine: MachineRecord { host, system, processors, memory },
        seed,
        interrupted,
        files: files.iter().map(File::of).collect(),
    };
    serde_json::to_writer_pretty(out, &run).map_err(io::Error::from)
}

impl File {
    fn of(file: &FileOutcome) -> Self {
        Self {
            path: file.source.name().to_owned(),
            title: file.title.clone(),
            ending: Ending::of_file(file).as_str(),
            seconds: file.elapsed.as_secs_f64(),
            errors: file.errors.iter().map(ScriptError::of).collect(),
            tests: file.tests.iter().map(|test| Test::of(file, test)).collect(),
        }
    }
}

impl ScriptError {
    fn of(error: &Diagnostic) -> Self {
        let line = error.primary.as_ref().map(|mark| error.source.line_of(mark.span.start));
        let (file, line) = line.map(|line| place(&error.source, line)).unzip();
        Self {
            line,
            file: file.flatten(),
            message: error.message.clone(),
            text: Renderer { color: Color::Plain }.render(error),
        }
    }
}

impl Test {
    fn of(file: &FileOutcome, test: &TestOutcome) -> Self {
        Self {
            name: test.name.clone(),
            ending: Ending::of(&test.verdict).as_str(),
            interrupted_in: test.interrupted_in.map(|line| file.source.place(line).1),
            seconds: test.elapsed.as_secs_f64(),
            steps: test.steps,
            slowest: test.slowest.map(|step| StepReport::of(file, step)),
            expectations: test.timings.iter().map(|timing| ExpectationReport::of(file, timing)).collect(),
            failures: test.failures().iter().map(|failure| FailureReport::of(file, failure)).collect(),
        }
    }
}

impl StepReport {
    fn of(outcome: &FileOutcome, step: Slowest) -> Self {
        let (file, line) = place(&outcome.source, step.line);
        Self { line, file, seconds: step.elapsed.as_secs_f64() }
    }
}

impl ExpectationReport {
    fn of(outcome: &FileOutcome, latency: &ExpectationTiming) -> Self {
        let (file, line) = place(&outcome.source, latency.line);
        Self {
            line,
            file,
            user: latency.user.to_string(),
            count: latency.count,
            min: latency.min.as_secs_f64(),
            mean: latency.total.as_secs_f64() / f64::from(latency.count.max(1)),
            max: latency.max.as_secs_f64(),
        }
    }
}

impl FailureReport {
    fn of(outcome: &FileOutcome, failure: &Failure) -> Self {
        let (file, line) = place(&outcome.source, failure.line);
        Self {
            line,
            file,
            no_server: failure.means_no_server(),
            message: explain(&outcome.source, failure).message,
            text: failure_text(outcome, failure, Color::Plain),
        }
    }
}

/// The included file that has the line, if it is one, and the line's number in its file.
fn place(source: &Source, line: usize) -> (Option<String>, usize) {
    let (file, number) = source.place(line);
    ((number != line).then(|| file.to_owned()), number)
}
