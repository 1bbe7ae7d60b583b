//! `chatctl completions`: what a shell has to know to complete the command line.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::exit::Exit;
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

pub(crate) fn run(arguments: &CompletionsArguments, mut command: Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "chatctl", &mut script);
    output::write("the completions", &script)?;
    Ok(Exit::Passed)
}
