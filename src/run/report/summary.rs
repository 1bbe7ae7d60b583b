//! The end of a run, in a few lines.

use std::io::{self, Write};
use std::time::Duration;

use super::Ending;
use crate::run::outcome::{FileOutcome, Slowest, TestOutcome};
use crate::text::numbers::{counted, seconds};

/// The counts of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    files: usize,
    tests: [usize; 4],
    steps: usize,
    slowest: Option<(String, Slowest)>,
    seed: u64,
    elapsed: Duration,
}

const ENDINGS: [Ending; 4] = [Ending::Passed, Ending::Failed, Ending::Interrupted, Ending::Skipped];

impl Summary {
    /// Of these files, which took so long.
    #[must_use]
    pub fn new(files: &[FileOutcome], seed: u64, elapsed: Duration) -> Self {
        let tests: Vec<&TestOutcome> = files.iter().flat_map(|file| &file.tests).collect();
        let ended = |ending| tests.iter().filter(|test| Ending::of(&test.verdict) == ending).count();
        let slowest = files
            .iter()
            .flat_map(|file| file.tests.iter().filter_map(|test| Some((file.source.name().to_owned(), test.slowest?))));
        Self {
            files: files.len(),
            tests: ENDINGS.map(ended),
            steps: tests.iter().map(|test| test.steps).sum(),
            slowest: slowest.max_by_key(|(_, slowest)| slowest.elapsed),
            seed,
            elapsed,
        }
    }

    /// Writes the summary.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let endings = ENDINGS.iter().zip(self.tests).filter(|(_, count)| *count > 0);
        let mut endings: Vec<String> = endings.map(|(ending, count)| format!("{count} {}", ending.as_str())).collect();
        if endings.is_empty() {
            endings.push("nothing ran".to_owned());
        }
        let elapsed = seconds(self.elapsed);
        writeln!(
            out,
            "{}: {}; {} in {elapsed}",
            counted(self.files, "file"),
            endings.join(", "),
            counted(self.steps, "step")
        )?;
        if let Some((file, slowest)) = &self.slowest {
            writeln!(out, "slowest step: {} at {file}:{}", seconds(slowest.elapsed), slowest.line)?;
        }
        writeln!(out, "seed: {}", self.seed)
    }
}
