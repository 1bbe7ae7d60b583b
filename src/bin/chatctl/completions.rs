//! `chatctl completions`: what a shell has to know to complete the command line.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::stdout;

/// Print a shell's completion script.
///
/// For bash: `chatctl completions bash > ~/.local/share/bash-completion/completions/chatctl`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut command: Command) -> ExitCode {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "chatctl", &mut script);
    stdout::write(&script)
}
