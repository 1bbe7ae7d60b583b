//! A text of one line that stands inside a notice: a topic, or a reason.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{BadCommand, control_character};

/// A text of one line: not empty, no control character but tabs, and short enough for a line of every dialect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phrase(Arc<str>);

impl Phrase {
    /// Bytes of the longest: with a source, a room and a name it still fits into the 512 bytes of a line of IRC.
    pub const LONGEST: usize = 390;

    /// A text that can stand in a notice.
    ///
    /// # Errors
    /// If it is empty or too long, or holds a newline or another control character than a tab. For an empty one `usage`
    /// says what is wanted.
    pub fn new(text: &str, usage: &'static str) -> Result<Self, BadCommand> {
        match control_character(text) {
            Some(control) => Err(BadCommand::ControlCharacter(control)),
            None if text.is_empty() => Err(BadCommand::Shape(vec![usage])),
            None if text.len() > Self::LONGEST => Err(BadCommand::PhraseTooLong(Self::LONGEST)),
            None => Ok(Self(text.into())),
        }
    }

    /// The text, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.as_str().to_owned()
    }
}

impl TryFrom<String> for Phrase {
    type Error = BadCommand;

    fn try_from(text: String) -> Result<Self, BadCommand> {
        Self::new(&text, "")
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
