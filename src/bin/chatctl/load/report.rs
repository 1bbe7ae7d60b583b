//! Where the reports of a load go: the screen to standard output, or to standard error if another one takes standard output,
//! progress and remarks to standard error, the others to files.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::bail;
use chatctl::diagnostic::{Color, Diagnostic};
use chatctl::load::capacity::Capacity;
use chatctl::load::outcome::Outcome;
use chatctl::load::plan::Plan;
use chatctl::load::report::{LoadProgress, capacity_screen, screen, write_capacity_json, write_html, write_json};
use chatctl::load::target::Target;
use clap::{Args, ColorChoice};

use crate::files::{Destination, takes_standard_output};
use crate::output;

/// What is written, and how.
#[derive(Debug, Args)]
pub(super) struct LoadReports {
    /// Write a report to a file, or to standard output (-): json=FILE, or html=FILE with charts; may be repeated
    #[arg(long, value_name = "KIND=FILE", value_parser = out)]
    out: Vec<Out>,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value_t)]
    pub(super) color: ColorChoice,
}

/// A report and its file.
#[derive(Clone, Debug)]
struct Out {
    kind: Kind,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Json,
    Html,
}

fn out(text: &str) -> Result<Out, String> {
    let expected = || "expected json=FILE or html=FILE".to_owned();
    let (kind, path) = text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or_else(expected)?;
    let kind = match kind {
        "json" => Kind::Json,
        "html" => Kind::Html,
        _ => return Err(expected()),
    };
    Ok(Out { kind, path: path.into() })
}

/// Tells of a load while it goes on, and at its end.
pub(super) struct LoadReporter {
    color: ColorChoice,
    files: Vec<(Kind, Destination)>,
    /// One of them is standard output.
    takes_standard_output: bool,
}

impl LoadReporter {
    /// Creates the files at once: that one cannot be written is known before anything runs.
    pub(super) fn new(reports: &LoadReports) -> anyhow::Result<Self> {
        let takes_standard_output = takes_standard_output(reports.out.iter().map(|out| -> &Path { &out.path }))?;
        let create = |out: &Out| Ok((out.kind, Destination::create(&out.path)?));
        let files = reports.out.iter().map(create).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { color: reports.color, files, takes_standard_output })
    }

    /// Creates the files of a search, which is reported in JSON only.
    pub(super) fn of_search(reports: &LoadReports) -> anyhow::Result<Self> {
        if reports.out.iter().any(|out| matches!(out.kind, Kind::Html)) {
            bail!("--find-capacity reports in JSON: expected --out json=FILE");
        }
        Self::new(reports)
    }

    /// Says what is probably not meant.
    pub(super) fn warn(&self, warnings: &[Diagnostic]) {
        output::show(warnings, self.color);
    }

    /// Says what is about to happen.
    pub(super) fn begin(&self, plan: &Plan, target: &Target) -> LoadProgress {
        if let Some(rounding) = plan.rounding() {
            output::remark(&format!("{rounding}\n"));
        }
        if target.is_embedded {
            output::remark("the server runs in this process; use --server to measure a server on its own\n");
        }
        LoadProgress::new(plan, io::stderr().is_terminal())
    }

    /// Writes the reports of a search.
    pub(super) fn finish_search(self, capacity: &Capacity) -> anyhow::Result<()> {
        let shown = self.show(|color| capacity_screen(capacity, color));
        let write = |(_, file): (Kind, Destination)| file.finish(|out| write_capacity_json(capacity, out));
        self.files.into_iter().try_for_each(write).and(shown)
    }

    /// Writes the reports. That a file cannot be written does not keep the figures from the screen.
    pub(super) fn finish(self, outcome: &Outcome, is_strict: bool) -> anyhow::Result<()> {
        let shown = self.show(|color| screen(outcome, is_strict, color));
        let written = self.files.into_iter().try_for_each(|(kind, file)| match kind {
            Kind::Json => file.finish(|out| write_json(outcome, out)),
            Kind::Html => file.finish(|out| write_html(outcome, is_strict, out)),
        });
        shown.and(written)
    }

    /// Shows what is for people.
    fn show(&self, screen: impl FnOnce(Color) -> String) -> anyhow::Result<()> {
        if self.takes_standard_output {
            output::remark(&screen(output::color(self.color, &io::stderr())));
            return Ok(());
        }
        output::write("the figures", screen(output::color(self.color, &io::stdout())).as_bytes())
    }
}
