//! `chatctl compare`: two loads side by side.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chatctl::load::outcome::Outcome;
use chatctl::load::report::{compare, read};
use clap::Args;

const USAGE: u8 = 2;

/// Show the figures of two loads side by side.
///
/// Takes the JSON reports of `chatctl load --out json=FILE`. Exit codes: 0 compared, 2 a file cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The report to compare with
    #[arg(value_name = "A.json")]
    first: PathBuf,
    /// The report that is compared
    #[arg(value_name = "B.json")]
    second: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match table(arguments) {
        Ok(table) => {
            // Nobody may be reading; that is no reason to fail.
            let _ = io::stdout().write_all(table.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

fn table(arguments: &Arguments) -> anyhow::Result<String> {
    let (first, second) = (load(&arguments.first)?, load(&arguments.second)?);
    Ok(compare([&name(&arguments.first), &name(&arguments.second)], [&first, &second]))
}

fn load(path: &Path) -> anyhow::Result<Outcome> {
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    read(BufReader::new(file)).with_context(context)
}

/// The last part of the path, cut to a column's width.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.chars().take(15).collect()
}
