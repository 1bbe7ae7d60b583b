//! `chatctl fmt`: scripts in their one layout.

use std::path::{Path, PathBuf};

use chatctl::diagnostic::source::Source;
use chatctl::lang::format;
use clap::{Args, ColorChoice};

use crate::exit::Exit;
use crate::{files, output, sources};

/// Format scripts.
///
/// Comments and literal text stay as they are. Exit codes: 0 done, 1 `--check` found a file that would change, 2 a file
/// cannot be read or written, 3 a script has syntax errors (no file is changed then).
#[derive(Debug, Args)]
pub(crate) struct FmtArguments {
    /// Scripts, directories of *.chat, or - for standard input (to standard output)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; list the files that would change
    #[arg(long)]
    check: bool,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

/// Formats the scripts.
pub(crate) fn run(arguments: &FmtArguments) -> anyhow::Result<Exit> {
    let sources = sources::read(&arguments.files)?;
    let (mut formatted, mut errors) = (Vec::new(), Vec::new());
    for source in &sources {
        match format(source) {
            Ok(text) => formatted.push((source, text)),
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        output::show(&errors, arguments.color);
        return Ok(Exit::ScriptErrors);
    }
    if arguments.check {
        return Ok(compare(&formatted));
    }
    for (source, text) in &formatted {
        write(source, text)?;
    }
    Ok(Exit::Passed)
}

fn compare(formatted: &[(&Source, String)]) -> Exit {
    let mut exit = Exit::Passed;
    for (source, _) in formatted.iter().filter(|(source, text)| source.text() != text) {
        let name = source.name();
        output::remark(&format!("{name} is not formatted; `chatctl fmt {name}` formats it\n"));
        exit = Exit::Failed;
    }
    exit
}

fn write(source: &Source, text: &str) -> anyhow::Result<()> {
    if sources::is_standard_input(source) {
        return output::write("the formatted script", text.as_bytes());
    }
    if source.text() == text {
        return Ok(());
    }
    files::write(Path::new(source.name()), text.as_bytes())
}
