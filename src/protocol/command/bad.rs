//! Why a line is no command.

use thiserror::Error;

use super::secret::is_secret;
use super::{CommandKind, OperationKind};
use crate::protocol::charset::CharsetError;
use crate::protocol::file::BadFileName;
use crate::protocol::name::NameError;
use crate::protocol::password::NoPassword;
use crate::text::visible::shortened;

/// The code of [`BadCommand::Unknown`].
pub const UNKNOWN_COMMAND: &str = "unknown-command";

/// The code of [`BadCommand::Name`].
pub const BAD_NAME: &str = "bad-name";

/// The code of [`BadCommand::Password`].
pub const BAD_PASSWORD: &str = "bad-password";

/// Why a line is no command, or no name where a name was asked for. It is spelled as the detail of an error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadCommand {
    /// The line begins like no command.
    #[error("'{}'; {}", shortened(line), advice(*suggestion))]
    Unknown {
        /// The line as it was typed.
        line: String,
        /// The nearest keywords, if any are near.
        suggestion: Option<&'static str>,
    },
    /// The verb is known, but the rest has the wrong shape. Holds the shapes that the command can have.
    #[error("usage: {}", .0.join("; "))]
    Shape(Vec<&'static str>),
    /// The line begins like something that only operators of the server may say, and the rest has the wrong shape.
    #[error("usage: {}", .0.usage())]
    OperationShape(OperationKind),
    /// A word stands where a name belongs, and is no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// What stands where the name of a file belongs is none.
    #[error(transparent)]
    FileName(#[from] BadFileName),
    /// A word stands where a password belongs, and is none.
    #[error(transparent)]
    Password(#[from] NoPassword),
    /// The charset that was asked for cannot be used.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// A text that stands inside a notice is longer than this many bytes.
    #[error("more than {0} bytes")]
    PhraseTooLong(usize),
    /// The line holds this control character.
    #[error("control character U+{:04X}", u32::from(*.0))]
    ControlCharacter(char),
}

impl BadCommand {
    /// The word before the detail, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => UNKNOWN_COMMAND,
            Self::Shape(_) | Self::OperationShape(_) => "bad-command",
            Self::Name(_) | Self::FileName(_) => BAD_NAME,
            Self::Password(_) => BAD_PASSWORD,
            Self::Charset(_) => "bad-encoding",
            Self::PhraseTooLong(_) => "line-too-long",
            Self::ControlCharacter(_) => "bad-text",
        }
    }

    /// A line that begins like no command, with the command that may have been meant.
    pub(in crate::protocol) fn unknown(line: &str) -> Self {
        let line = line.trim_matches([' ', '\t']);
        let suggestion = CommandKind::suggestion(line);
        // What was meant to be a password is not said again, in no echo.
        let is_secret = suggestion.is_some_and(|keywords| is_secret(keywords) || keywords == "set");
        let shown = if is_secret { line.split([' ', '\t']).next().unwrap_or_default() } else { line };
        Self::Unknown { line: shown.to_owned(), suggestion }
    }
}

fn advice(suggestion: Option<&str>) -> String {
    suggestion.map_or("try 'help'".to_owned(), |keywords| format!("did you mean '{keywords}'?"))
}
