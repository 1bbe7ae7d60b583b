//! Where the reports of a run go: lines and failures to the terminal, JUnit and JSON to files or to standard output.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use chatctl::diagnostic::Color;
use chatctl::lang::ast::Script;
use chatctl::run::outcome::FileOutcome;
use chatctl::run::report::{self, Provenance, RunProgress, Running, Summary, failure_text};
use chatctl::run::suite::SuiteObserver;
use chatctl::text::visible::visible;
use clap::{Args, ColorChoice};

use crate::files::{Destination, takes_standard_output};
use crate::output;

/// What is written, and how.
#[derive(Debug, Args)]
pub(crate) struct RunReports {
    /// Write a JUnit XML report, for CI systems; - is standard output
    #[arg(long, value_name = "FILE")]
    report_junit: Option<PathBuf>,
    /// Write a JSON report, for other programs; - is standard output
    #[arg(long, value_name = "FILE")]
    report_json: Option<PathBuf>,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value_t)]
    pub(crate) color: ColorChoice,
}

impl RunReports {
    /// Whether one of them goes to standard output.
    pub(crate) fn take_standard_output(&self) -> anyhow::Result<bool> {
        takes_standard_output(
            [&self.report_junit, &self.report_json].into_iter().flatten().map(|path| -> &Path { path }),
        )
    }
}

/// Tells of a run while it goes on, and at its end.
#[derive(Debug)]
pub(crate) struct RunReporter {
    progress: RunProgress,
    color: Color,
    /// Standard output is a transcript, in which everything else must be a comment.
    is_transcript: bool,
    /// The results of each file are shown when the run is over, and not when the file is.
    tells_late: bool,
    provenance: Provenance,
    junit: Option<Destination>,
    json: Option<Destination>,
    /// One of them is standard output: what is for people goes to standard error.
    takes_standard_output: bool,
}

impl RunReporter {
    /// Creates the files at once: that one cannot be written is known before anything runs.
    pub(crate) fn new(
        reports: &RunReports,
        is_transcript: bool,
        tells_late: bool,
        provenance: Provenance,
    ) -> anyhow::Result<Self> {
        let takes_standard_output = reports.take_standard_output()?;
        ensure!(
            !(takes_standard_output && is_transcript),
            "--verbose shows the transcript on standard output: the report needs a file"
        );
        let create = |path: &Option<PathBuf>| path.as_deref().map(Destination::create).transpose();
        Ok(Self {
            progress: RunProgress::new(io::stderr().is_terminal() && !is_transcript),
            color: output::color(reports.color, &io::stderr()),
            is_transcript,
            tells_late,
            provenance,
            junit: create(&reports.report_junit)?,
            json: create(&reports.report_json)?,
            takes_standard_output,
        })
    }

    /// Writes the reports and the summary. That a file cannot be written does not keep the summary from the screen.
    pub(crate) fn finish(
        mut self,
        files: &[FileOutcome],
        seed: u64,
        elapsed: Duration,
        interrupted: bool,
    ) -> anyhow::Result<()> {
        let (junit, json) = (self.junit.take(), self.json.take());
        let from = &self.provenance;
        let junit = junit.map(|junit| junit.finish(|out| report::junit::write(files, seed, from, out)));
        let json = json.map(|json| json.finish(|out| report::json::write(files, seed, from, interrupted, out)));
        if self.tells_late {
            files.iter().filter(|file| file.errors.is_empty()).for_each(|file| self.tell(file));
        }
        let mut summary = Vec::new();
        Summary::new(files, seed, elapsed).write(&mut summary)?;
        self.say(&String::from_utf8_lossy(&summary)).context("cannot write the summary")?;
        junit.into_iter().chain(json).collect()
    }

    /// Shows how files were changed.
    pub(crate) fn show_changes(&self, changes: &str) -> anyhow::Result<()> {
        if self.takes_standard_output {
            output::remark(changes);
            return Ok(());
        }
        output::write("the changes", changes.as_bytes())
    }

    /// The line of a file with errors, which are shown already. If it cannot be written, neither can the summary.
    pub(crate) fn tell_errors(&self, outcome: &FileOutcome) {
        let _ = self.say(&report::line(outcome));
    }

    /// The line of a file, and its failures. If it cannot be written, neither can the summary, and there it is said.
    fn tell(&self, outcome: &FileOutcome) {
        let _ = self.say(&report::line(outcome));
        let failures = outcome.failures().map(|failure| failure_text(outcome, failure, self.color) + "\n");
        let failures: String = failures.collect();
        output::remark(&failures);
        if !failures.is_empty() {
            output::remark(&said_by_server(&outcome.server_said));
        }
    }

    fn say(&self, text: &str) -> io::Result<()> {
        let mark = if self.is_transcript { "# " } else { "" };
        let lines: String = text.lines().map(|line| format!("{mark}{line}\n")).collect();
        if self.takes_standard_output {
            output::remark(&lines);
            return Ok(());
        }
        output::try_write(lines.as_bytes())
    }
}

/// What a server that was started for a file, or for a load, said at last.
pub(crate) fn said_by_server(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("  {}\n", visible(line))).collect();
    if lines.is_empty() { lines } else { format!("the server said at last:\n{lines}") }
}

impl SuiteObserver for RunReporter {
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
