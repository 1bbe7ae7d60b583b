//! `chatctl compare`: two loads side by side.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chatctl::load::outcome::Outcome;
use chatctl::load::report::{Compared, Regression, compare, read};
use chatctl::text::visible::visible;
use clap::Args;

use crate::exit::Exit;
use crate::files::is_standard_stream;
use crate::output;

/// Show the figures of two loads side by side.
///
/// Takes the JSON reports of `chatctl load --out json=FILE`; - is standard input. A difference that two equal loads
/// can have by chance is marked `~`, and misses no rule. Exit codes: 0 compared, and no rule was missed, 2 usage, or a file
/// cannot be read, or standard output cannot be written, 5 a rule was missed.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Baseline report
    #[arg(value_name = "A.json")]
    first: PathBuf,
    /// New report
    #[arg(value_name = "B.json")]
    second: PathBuf,
    /// Fail (exit code 5) if the new report is worse by this, e.g. "scheduled.delivery.p99 > +20%" or "rounds.rate < -5%"; may
    /// be repeated
    #[arg(long, value_name = "RULE", value_parser = Regression::parse)]
    fail_if: Vec<Regression>,
}

pub(crate) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let is_read_twice = is_standard_stream(&arguments.first) && is_standard_stream(&arguments.second);
    ensure!(!is_read_twice, "standard input (-) can be read only once");
    let (first, second) = (load(&arguments.first)?, load(&arguments.second)?);
    let table = compare([&name(&arguments.first), &name(&arguments.second)], [&first, &second]);
    let judged: Vec<Compared> = arguments.fail_if.iter().map(|rule| rule.judge([&first, &second])).collect();
    let line = |judged: &Compared| {
        format!("{}  fail if {}\n", if judged.is_missed { "FAILED" } else { "ok    " }, judged.text)
    };
    let lines: String = judged.iter().map(line).collect();
    output::write("the comparison", format!("{table}{lines}").as_bytes())?;
    Ok(if judged.iter().any(|judged| judged.is_missed) { Exit::ThresholdMissed } else { Exit::Passed })
}

fn load(path: &Path) -> anyhow::Result<Outcome> {
    if is_standard_stream(path) {
        return read(io::stdin().lock()).context("cannot read standard input");
    }
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    read(BufReader::new(file)).with_context(context)
}

/// The last part of the path, cut to a column's width.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    visible(&name).chars().take(15).collect()
}
