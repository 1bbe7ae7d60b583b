//! `chatctl man`: the manual pages, made from what `--help` shows.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, Command};
use clap_mangen::Man;

use crate::exit::Exit;
use crate::{files, output};

/// Print a manual page, or write all of them to a directory.
///
/// To read one: `chatctl man run | man -l -`. Exit codes: 0 printed or written, 2 usage, or a page cannot be written.
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Subcommand whose page is printed [default: the page of chatctl itself]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &ManArguments, command: Command) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.out {
        return write_all(command, folder);
    }
    let mut text = Vec::new();
    let page = page(command, arguments.command.as_deref())?;
    Man::new(page).render(&mut text).context("cannot make the manual page")?;
    output::write("the manual page", &text)?;
    Ok(Exit::Passed)
}

/// Writes the page of the program, and one for each subcommand.
fn write_all(command: Command, folder: &Path) -> anyhow::Result<Exit> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let pages = std::iter::once(command.clone()).chain(command.get_subcommands().cloned());
    for page in pages {
        let page = Man::new(page);
        let mut text = Vec::new();
        page.render(&mut text).context("cannot make the manual page")?;
        files::write(&folder.join(page.get_filename()), &text)?;
    }
    Ok(Exit::Passed)
}

/// The command whose page is wanted.
fn page(mut command: Command, name: Option<&str>) -> anyhow::Result<Command> {
    let Some(name) = name else { return Ok(command) };
    command.build();
    command.find_subcommand(name).cloned().ok_or_else(|| anyhow!("there is no command '{name}'"))
}
