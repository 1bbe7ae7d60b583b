//! Where the reports of a load go: the screen to standard output, progress and remarks to standard error, the others to
//! files.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context;
use chatctl::diagnostic::{Color, Diagnostic};
use chatctl::load::engine::Target;
use chatctl::load::outcome::Outcome;
use chatctl::load::plan::Plan;
use chatctl::load::report::{Progress, screen, write_html, write_json};
use clap::Args;

use crate::color::ColorChoice;
use crate::{check, stdout};

/// What is written, and how.
#[derive(Debug, Args)]
pub(super) struct Reports {
    /// Write a report: json=FILE for programs, html=FILE with charts; may be repeated
    #[arg(long, value_name = "KIND=FILE", value_parser = out)]
    out: Vec<Out>,
    /// Whether to color
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
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
pub(super) struct Reporter {
    color: ColorChoice,
    files: Vec<(Kind, File)>,
}

impl Reporter {
    /// Creates the files at once: that one cannot be written is known before anything runs.
    pub(super) fn new(reports: &Reports) -> anyhow::Result<Self> {
        let create = |out: &Out| {
            let file = File::create(&out.path).with_context(|| format!("cannot write {}", out.path.display()))?;
            Ok((out.kind, file))
        };
        let files = reports.out.iter().map(create).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { color: reports.color, files })
    }

    /// Says what is probably not meant.
    pub(super) fn warn(&self, warnings: &[Diagnostic]) {
        check::show(warnings, self.color);
    }

    /// Says what is about to happen.
    pub(super) fn begin(&self, plan: &Plan, target: &Target) -> Progress {
        if let Some(rounding) = plan.rounding() {
            let _ = writeln!(io::stderr(), "{rounding}");
        }
        if target.is_embedded {
            let _ = writeln!(io::stderr(), "the server runs in this process; for figures of its own use --server");
        }
        Progress::new(plan, io::stderr().is_terminal())
    }

    /// Writes the reports.
    pub(super) fn finish(&self, outcome: &Outcome, is_strict: bool) -> anyhow::Result<()> {
        for (kind, file) in &self.files {
            match kind {
                Kind::Json => write_json(outcome, BufWriter::new(file)).context("cannot write the JSON report")?,
                Kind::Html => {
                    write_html(outcome, is_strict, BufWriter::new(file)).context("cannot write the HTML report")?;
                }
            }
        }
        let screen = screen(outcome, is_strict, self.color());
        stdout::try_write(screen.as_bytes()).context("cannot write the figures")
    }

    fn color(&self) -> Color {
        if io::stdout().is_terminal() || matches!(self.color, ColorChoice::Always) {
            self.color.for_stderr()
        } else {
            Color::Plain
        }
    }
}
