//! `chatctl man`: the manual pages, made from what `--help` shows.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_mangen::{Man, generate_to};

use crate::stdout;

/// The exit code of a page that does not exist or cannot be written.
const USAGE: u8 = 2;

/// Print a manual page, or write all of them.
///
/// To read one: `chatctl man run | man -l -`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The page of this subcommand; without it, that of chatctl
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages into this directory, which must exist
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, command: Command) -> ExitCode {
    if let Some(folder) = &arguments.out {
        return match generate_to(command, folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refused(&format!("cannot write to {}: {error}", folder.display())),
        };
    }
    let Some(command) = page(command, arguments.command.as_deref()) else {
        let name = arguments.command.as_deref().unwrap_or_default();
        return refused(&format!("there is no command '{name}'"));
    };
    let mut text = Vec::new();
    match Man::new(command).render(&mut text) {
        Ok(()) => stdout::write(&text),
        Err(error) => refused(&format!("there is no manual page: {error}")),
    }
}

/// The command whose page is wanted.
fn page(mut command: Command, name: Option<&str>) -> Option<Command> {
    let Some(name) = name else { return Some(command) };
    command.build();
    command.find_subcommand(name).cloned()
}

fn refused(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "chatctl: {why}");
    ExitCode::from(USAGE)
}
