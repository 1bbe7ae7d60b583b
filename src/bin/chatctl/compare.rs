//! `chatctl compare`: two loads side by side.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatctl::load::outcome::Outcome;
use chatctl::load::report::{compare, read};
use chatctl::text::visible::visible;
use clap::Args;

use crate::exit::Exit;
use crate::output;

/// Show the figures of two loads side by side.
///
/// Takes the JSON reports of `chatctl load --out json=FILE`. Exit codes: 0 compared, 2 usage,
/// or a file cannot be read, or standard output cannot be written.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// Baseline report
    #[arg(value_name = "A.json")]
    first: PathBuf,
    /// New report
    #[arg(value_name = "B.json")]
    second: PathBuf,
}

pub(crate) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let (first, second) = (load(&arguments.first)?, load(&arguments.second)?);
    let table = compare([&name(&arguments.first), &name(&arguments.second)], [&first, &second]);
    output::write("the comparison", table.as_bytes())?;
    Ok(Exit::Passed)
}

fn load(path: &Path) -> anyhow::Result<Outcome> {
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    read(BufReader::new(file)).with_context(context)
}

/// The last part of the path, cut to a column's width.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    visible(&name).chars().take(15).collect()
}
