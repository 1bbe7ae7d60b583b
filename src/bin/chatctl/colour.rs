//! Whether output is coloured.

use std::io::{IsTerminal, stderr};

use chatctl::script::diagnostic::Colour;
use clap::ValueEnum;

/// What `--color` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColourChoice {
    /// For what is written to standard error.
    pub(crate) fn for_stderr(self) -> Colour {
        let is_wanted = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !is_refused && stderr().is_terminal()
            }
        };
        if is_wanted { Colour::Ansi } else { Colour::Plain }
    }
}
