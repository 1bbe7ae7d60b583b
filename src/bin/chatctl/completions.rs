//! `chatctl completions`: what a shell has to know to complete the command line.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::{Shell, generate};

use crate::exit::Exit;
use crate::man;
use crate::output;

/// Print a completion script for a shell.
///
/// Install it for bash with `chatctl completions bash > ~/.local/share/bash-completion/completions/chatctl`, for fish
/// with `chatctl completions fish > ~/.config/fish/completions/chatctl.fish`, and for zsh with `chatctl completions zsh >
/// DIR/_chatctl`, where DIR is a directory in $fpath. Exit codes: 0 printed, 2 usage, or standard output cannot be written.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// Shell to generate completions for
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments, command: Command) -> anyhow::Result<Exit> {
    let mut command = with_hints(command);
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "chatctl", &mut script);
    output::write("the completions", &script)?;
    Ok(Exit::Passed)
}

/// The command with what shells need beyond what it needs itself: a value is a file only where that is said.
fn with_hints(command: Command) -> Command {
    let hinted = |argument: Arg| match argument.get_value_hint() {
        ValueHint::Unknown if argument.get_action().takes_values() => argument.value_hint(ValueHint::Other),
        _ => argument,
    };
    command.mut_subcommands(|subcommand| subcommand.mut_args(hinted)).mut_subcommand("man", |man| {
        man.mut_arg("command", |page| page.value_parser(PossibleValuesParser::new(man::pages())))
    })
}
