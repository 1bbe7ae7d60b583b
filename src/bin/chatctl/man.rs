//! `chatctl man`: the manual pages, made from what `--help` shows, and those of the script language and the protocol.

mod document;
mod sections;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use clap::{ArgAction, Args, Command, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use self::document::DOCUMENTS;
use self::sections::{SECTIONS, Sections};
use crate::exit::Exit;
use crate::{files, output};

/// Print a manual page, or write all of them to a directory.
///
/// Besides the commands, `script` is the page of the script language, and `protocol` that of what servers and clients say
/// to each other. To read one: `chatctl man run | man -l -`. Exit codes: 0 printed or written, 2 usage, or a page cannot
/// be written.
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Command whose page is printed, or `script` or `protocol` [default: the page of chatctl itself]
    #[arg(value_name = "NAME", conflicts_with = "out", value_hint = ValueHint::Other)]
    command: Option<String>,
    /// Write all pages to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &ManArguments, command: Command) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.out {
        ensure!(!files::is_standard_stream(folder), "expected a directory; `chatctl man NAME` prints a page");
        return write_all(command, folder);
    }
    let wanted = arguments.command.as_deref();
    let text = match DOCUMENTS.iter().find(|document| Some(document.name) == wanted) {
        Some(document) => document.page().into_bytes(),
        None => page(find(command, wanted)?)?,
    };
    output::write("the manual page", &text)?;
    Ok(Exit::Passed)
}

/// The names of the pages beside that of the program itself.
pub(crate) fn pages() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().map(|sections| sections.command).chain(DOCUMENTS.iter().map(|document| document.name))
}

/// The command with the examples in the help of each subcommand.
pub(crate) fn with_examples(command: Command) -> Command {
    SECTIONS.iter().fold(command, |command, sections| {
        command.mut_subcommand(sections.command, |it| it.after_long_help(sections::examples(sections)))
    })
}

/// Writes the page of the program, one for each subcommand, and one for each document.
fn write_all(command: Command, folder: &Path) -> anyhow::Result<Exit> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    for command in std::iter::once(command.clone()).chain(command.get_subcommands().cloned()) {
        let name = Man::new(command.clone()).get_filename();
        files::write(&folder.join(name), &page(command)?)?;
    }
    for document in DOCUMENTS {
        files::write(&folder.join(document.file_name()), document.page().as_bytes())?;
    }
    Ok(Exit::Passed)
}

/// The command whose page is wanted.
fn find(mut command: Command, name: Option<&str>) -> anyhow::Result<Command> {
    let Some(name) = name else { return Ok(command) };
    command.build();
    command.find_subcommand(name).cloned().ok_or_else(|| anyhow!("there is no command '{name}'"))
}

/// The page of a command. Its exit codes stand in a section of their own, where readers of manuals look for them.
fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let sections = SECTIONS.iter().find(|sections| sections.command == command.get_name());
    let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let (about, exit_codes) = about.split_once("Exit codes: ").unwrap_or((&about, ""));
    let synopsis = synopsis(&command);
    let has_subcommands = command.has_subcommands();
    let end = end(&command);
    let man = Man::new(if exit_codes.is_empty() { command } else { command.long_about(about.trim().to_owned()) });
    let mut text = Vec::new();
    let mut render = || -> std::io::Result<()> {
        man.render_title(&mut text)?;
        man.render_name_section(&mut text)?;
        text.extend_from_slice(synopsis.as_bytes());
        man.render_description_section(&mut text)?;
        man.render_options_section(&mut text)?;
        if has_subcommands {
            man.render_subcommands_section(&mut text)?;
        }
        text.extend_from_slice(further(exit_codes, sections).as_bytes());
        text.extend_from_slice(end.as_bytes());
        Ok(())
    };
    render().context("cannot create the manual page")?;
    Ok(text)
}

/// How the command is called, each flag with its value.
fn synopsis(command: &Command) -> String {
    let mut words = vec![command.get_bin_name().unwrap_or(command.get_name()).to_owned()];
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let values: Vec<String> =
            argument.get_value_names().unwrap_or_default().iter().map(|name| format!("<{name}>")).collect();
        let is_switch = !argument.get_action().takes_values();
        let values = if is_switch { String::new() } else { values.join(" ") };
        let flag = argument
            .get_long()
            .map(|long| format!("--{long}"))
            .or(argument.get_short().map(|short| format!("-{short}")));
        let many = if matches!(argument.get_action(), ArgAction::Append) { "..." } else { "" };
        words.push(match flag {
            Some(flag) if values.is_empty() => format!("[{flag}]"),
            Some(flag) => format!("[{flag} {values}]{many}"),
            None if argument.is_required_set() => format!("{values}{many}"),
            None => format!("[{values}]{many}"),
        });
    }
    if command.has_subcommands() {
        words.push("<COMMAND>".to_owned());
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(words.join(" "))]);
    roff.to_roff()
}

/// The last sections: the pages to read next, and the version.
fn end(command: &Command) -> String {
    let own = Man::new(command.clone()).get_filename();
    let commands = SECTIONS.iter().map(|sections| format!("chatctl-{}.1", sections.command));
    let documents = DOCUMENTS.iter().map(|document| document.file_name());
    let pages = std::iter::once("chatctl.1".to_owned()).chain(commands).chain(documents).filter(|page| *page != own);
    let pages: Vec<String> =
        pages.filter_map(|page| page.rsplit_once('.').map(|(name, section)| format!("{name}({section})"))).collect();
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(pages.join(", "))]);
    if let Some(version) = command.get_version() {
        roff.control("SH", ["VERSION"]);
        roff.text([roman(format!("{} {version}", command.get_name()))]);
    }
    roff.to_roff()
}

/// The sections behind the options.
fn further(exit_codes: &str, sections: Option<&Sections>) -> String {
    let mut roff = Roff::new();
    let mut section = |title: &str, lines: &str, is_literal: bool| {
        if lines.is_empty() {
            return;
        }
        roff.control("SH", [title]);
        if is_literal {
            roff.control("nf", []);
        }
        for line in lines.lines() {
            roff.text([roman(line)]);
            if !is_literal {
                roff.control("PP", []);
            }
        }
        if is_literal {
            roff.control("fi", []);
        }
    };
    section("EXIT STATUS", exit_codes, false);
    if let Some(sections) = sections {
        section("EXAMPLES", sections.examples, true);
        section("FILES", sections.files, false);
        section("ENVIRONMENT", sections.environment, false);
    }
    roff.to_roff()
}
