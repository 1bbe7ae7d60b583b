//! Where the reports of a run go: lines and failures to the terminal, JUnit and JSON to files.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use chatctl::diagnostic::Color;
use chatctl::lang::ast::Script;
use chatctl::run::outcome::FileOutcome;
use chatctl::run::report::{self, Progress, Running, Summary, failure_text};
use chatctl::run::suite::Watch;
use clap::Args;

use crate::color::ColorChoice;
use crate::stdout;

/// What is written, and how.
#[derive(Debug, Args)]
pub(crate) struct Reports {
    /// Write a report for CI systems
    #[arg(long, value_name = "FILE")]
    report_junit: Option<PathBuf>,
    /// Write a report for other programs
    #[arg(long, value_name = "FILE")]
    report_json: Option<PathBuf>,
    /// Whether to color
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: ColorChoice,
}

/// Tells of a run while it goes on, and at its end.
#[derive(Debug)]
pub(crate) struct Reporter {
    progress: Progress,
    color: Color,
    /// Standard output is a transcript, in which everything else must be a comment.
    is_transcript: bool,
    /// What came of a file is told when the run is over, and not when the file is.
    tells_late: bool,
    junit: Option<File>,
    json: Option<File>,
}

impl Reporter {
    /// Creates the files at once: that one cannot be written is known before anything runs.
    pub(crate) fn new(reports: &Reports, is_transcript: bool, tells_late: bool) -> anyhow::Result<Self> {
        let create = |path: &Option<PathBuf>| {
            let path = path.as_ref();
            let created =
                path.map(|path| File::create(path).with_context(|| format!("cannot write {}", path.display())));
            created.transpose()
        };
        Ok(Self {
            progress: Progress::new(io::stderr().is_terminal() && !is_transcript),
            color: reports.color.for_stderr(),
            is_transcript,
            tells_late,
            junit: create(&reports.report_junit)?,
            json: create(&reports.report_json)?,
        })
    }

    /// Writes the reports and the summary.
    pub(crate) fn finish(
        &self,
        files: &[FileOutcome],
        seed: u64,
        elapsed: Duration,
        interrupted: bool,
    ) -> anyhow::Result<()> {
        if let Some(junit) = &self.junit {
            report::junit::write(files, BufWriter::new(junit)).context("cannot write the JUnit report")?;
        }
        if let Some(json) = &self.json {
            report::json::write(files, seed, interrupted, BufWriter::new(json))
                .context("cannot write the JSON report")?;
        }
        if self.tells_late {
            files.iter().for_each(|file| self.tell(file));
        }
        let mut summary = Vec::new();
        Summary::new(files, seed, elapsed).write(&mut summary)?;
        self.say(&String::from_utf8_lossy(&summary)).context("cannot write the summary")
    }

    /// The line of a file, and its failures. If it cannot be written, neither can the summary, and there it is said.
    fn tell(&self, outcome: &FileOutcome) {
        let _ = self.say(&report::line(outcome));
        let failures = outcome.failures().map(|failure| failure_text(outcome, failure, self.color) + "\n");
        let _ = io::stderr().write_all(failures.collect::<String>().as_bytes());
    }

    fn say(&self, text: &str) -> io::Result<()> {
        let mark = if self.is_transcript { "# " } else { "" };
        let lines: String = text.lines().map(|line| format!("{mark}{line}\n")).collect();
        stdout::try_write(lines.as_bytes())
    }
}

impl Watch for Reporter {
    type Running = Running;

    fn begins(&self, script: &Script) -> Running {
        self.progress.begin(script.source.name())
    }

    fn ends(&self, running: Running, outcome: &FileOutcome) {
        running.end();
        if !self.tells_late {
            self.progress.aside(|| self.tell(outcome));
        }
    }
}
