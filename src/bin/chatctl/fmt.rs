//! `chatctl fmt`: scripts in their one layout.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chatctl::diagnostic::source::Source;
use chatctl::lang::format;
use clap::Args;

use crate::check::{self, SCRIPT_ERRORS};
use crate::color::ColorChoice;
use crate::{sources, stdout};

/// The exit code of `--check` when a file is in another layout.
const DIFFERENT: u8 = 1;

/// Put scripts into their one layout.
///
/// Comments and literal text stay as they are. Exit codes: 0 done, 1 `--check` found another layout, 2 a file cannot be
/// read or written, 3 a script has errors of syntax (no file is touched then).
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Scripts, directories of *.chat, or - for standard input (to standard output)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; name the files that are in another layout
    #[arg(long)]
    check: bool,
    /// Whether to color
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

/// Formats the scripts.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let sources = match sources::read(&arguments.files) {
        Ok(sources) => sources,
        Err(errors) => return check::cannot_read(&errors),
    };
    let (mut formatted, mut errors) = (Vec::new(), Vec::new());
    for source in &sources {
        match format(source) {
            Ok(text) => formatted.push((source, text)),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        check::show(&errors, arguments.color);
        return ExitCode::from(SCRIPT_ERRORS);
    }
    if arguments.check { compare(&formatted) } else { write(&formatted) }
}

fn compare(formatted: &[(&Source, String)]) -> ExitCode {
    let different: Vec<&str> =
        formatted.iter().filter(|(source, text)| source.text() != text).map(|(source, _)| source.name()).collect();
    for name in &different {
        let _ = writeln!(io::stderr(), "{name} is in another layout; `chatctl fmt {name}` changes that");
    }
    if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) }
}

fn write(formatted: &[(&Source, String)]) -> ExitCode {
    for (source, text) in formatted {
        if let Err(error) = write_one(source, text) {
            return check::cannot_read(&[error]);
        }
    }
    ExitCode::SUCCESS
}

fn write_one(source: &Source, text: &str) -> anyhow::Result<()> {
    if sources::is_standard_input(source) {
        return stdout::try_write(text.as_bytes()).context("cannot write to standard output");
    }
    if source.text() == text {
        return Ok(());
    }
    fs::write(source.name(), text).with_context(|| format!("cannot write {}", source.name()))
}
