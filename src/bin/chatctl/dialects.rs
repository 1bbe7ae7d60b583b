//! `chatctl dialects`: the dialects of other servers that the program brings along.

use chatctl::lang::dialects;
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::exit::Exit;
use crate::output;

/// List the dialects of other servers that scripts can speak, or print one as script text.
///
/// A script uses one with `set dialect NAME` or `connect ann with dialect NAME`; one that is not in the list is written
/// into the script. Exit codes: 0 printed, 2 usage, or standard output cannot be written.
#[derive(Debug, Args)]
pub(crate) struct DialectsArguments {
    /// Dialect to print
    #[arg(value_parser = PossibleValuesParser::new(dialects::names()))]
    name: Option<String>,
}

pub(crate) fn run(arguments: &DialectsArguments) -> anyhow::Result<Exit> {
    let text = match &arguments.name {
        Some(name) => dialects::text(name).unwrap_or_default().to_owned(),
        None => dialects::names().map(|name| format!("{name}\n")).collect(),
    };
    output::write("the dialects", text.as_bytes())?;
    Ok(Exit::Passed)
}
