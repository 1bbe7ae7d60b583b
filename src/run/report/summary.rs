//! The end of a run, in a few lines.

use std::io::{self, Write};
use std::time::Duration;

use super::Ending;
use crate::run::explain::explain;
use crate::run::outcome::{FileOutcome, Slowest, TestOutcome};
use crate::text::numbers::{counted, seconds};
use crate::text::visible::visible;

/// The most failures that are repeated at the end of a run.
const REPEATED: usize = 20;

/// The counts of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    files: usize,
    /// Files with errors, of which nothing ran.
    broken: usize,
    tests: [usize; 4],
    steps: usize,
    slowest: Option<(String, Slowest)>,
    /// Where each failure stands and what it is, if several files ran.
    failures: Vec<String>,
    /// Gone if nothing was generated from it.
    seed: Option<u64>,
    elapsed: Duration,
}

const ENDINGS: [Ending; 4] = [Ending::Passed, Ending::Failed, Ending::Interrupted, Ending::Skipped];

impl Summary {
    /// Of these files, which took this long.
    #[must_use]
    pub fn new(files: &[FileOutcome], seed: u64, elapsed: Duration) -> Self {
        let tests: Vec<&TestOutcome> = files.iter().flat_map(|file| &file.tests).collect();
        let ended = |ending| tests.iter().filter(|test| Ending::of(&test.verdict) == ending).count();
        let place = |file: &FileOutcome, slowest: Slowest| {
            let (name, line) = file.source.place(slowest.line);
            (name.to_owned(), Slowest { line, ..slowest })
        };
        let slowest =
            files.iter().flat_map(|file| file.tests.iter().filter_map(|test| Some(place(file, test.slowest?))));
        Self {
            files: files.len(),
            broken: files.iter().filter(|file| !file.errors.is_empty()).count(),
            tests: ENDINGS.map(ended),
            steps: tests.iter().map(|test| test.steps).sum(),
            slowest: slowest.max_by_key(|(_, slowest)| slowest.elapsed),
            failures: if files.len() > 1 { files.iter().flat_map(failures_of).collect() } else { Vec::new() },
            seed: tests.iter().any(|test| test.used_seed).then_some(seed),
            elapsed,
        }
    }

    /// Writes the summary.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for failure in self.failures.iter().take(REPEATED) {
            writeln!(out, "{failure}")?;
        }
        if let Some(more) = self.failures.len().checked_sub(REPEATED).filter(|more| *more > 0) {
            writeln!(out, "{} not repeated", counted(more, "more failure"))?;
        }
        let elapsed = seconds(self.elapsed);
        writeln!(out, "{}: {}; {} in {elapsed}", self.counts(), self.endings(), counted(self.steps, "step"))?;
        if let Some((file, slowest)) = &self.slowest {
            writeln!(out, "slowest step: {} at {}:{}", seconds(slowest.elapsed), visible(file), slowest.line)?;
        }
        self.seed.map_or(Ok(()), |seed| writeln!(out, "seed: {seed}"))
    }

    /// How many files there were; and tests, if there is not one in each file.
    fn counts(&self) -> String {
        let (files, tests) = (counted(self.files, "file"), self.tests.iter().sum::<usize>());
        if tests + self.broken == self.files { files } else { format!("{files}, {}", counted(tests, "test")) }
    }

    fn endings(&self) -> String {
        let endings = ENDINGS.iter().zip(self.tests).filter(|(_, count)| *count > 0);
        let mut endings: Vec<String> = endings.map(|(ending, count)| format!("{count} {}", ending.as_str())).collect();
        if self.broken > 0 {
            endings.push(format!("{} with errors", counted(self.broken, "file")));
        }
        if endings.is_empty() { "nothing ran".to_owned() } else { endings.join(", ") }
    }
}

/// A line for each failure of a file, or for its first error.
fn failures_of(file: &FileOutcome) -> Vec<String> {
    let shown = |line: usize, message: &str| {
        let (name, line) = file.source.place(line);
        format!("{}:{line}: {}", visible(name), visible(message))
    };
    let error = file.errors.first().map(|error| {
        let line = error.primary.as_ref().map_or(1, |mark| file.source.line_of(mark.span.start));
        shown(line, &error.message)
    });
    let failures = file.failures().map(|failure| shown(failure.line, &explain(&file.source, failure).message));
    error.into_iter().chain(failures).collect()
}
