//! Whether output is colored.

use std::io::{IsTerminal, stderr};

use chatctl::diagnostic::Color;
use clap::ValueEnum;

/// What `--color` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// For what is written to standard error.
    pub(crate) fn for_stderr(self) -> Color {
        let is_wanted = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !is_refused && stderr().is_terminal()
            }
        };
        if is_wanted { Color::Ansi } else { Color::Plain }
    }
}
