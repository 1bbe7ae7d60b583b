//! The text of a message, and how it was meant and written where the sender's dialect can say so.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{BadCommand, CommandKind, control_character, may_have_control};

/// The text of a message: not empty, no control character but tabs, and newlines between its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Text {
    plain: Arc<str>,
    original: Option<Arc<Original>>,
}

/// A text in its parts, as it is written for other programs to read back.
#[derive(Serialize, Deserialize)]
struct Parts {
    plain: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original: Option<Original>,
}

impl From<Text> for Parts {
    fn from(text: Text) -> Self {
        Self { plain: text.as_str().to_owned(), original: text.original().cloned() }
    }
}

impl TryFrom<Parts> for Text {
    type Error = BadCommand;

    fn try_from(Parts { plain, original }: Parts) -> Result<Self, BadCommand> {
        Ok(Self::new(&plain)?.with_original(original.unwrap_or_default()))
    }
}

/// What the sender wrote beyond the letters that everybody reads.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// How it was meant.
    pub manner: Manner,
    /// The text with its formatting, if it has any.
    pub written: Option<Box<str>>,
    /// Where in the text, as it was written, the sender's client has begun new lines that are none: bytes, in order.
    pub cuts: Box<[usize]>,
    /// What the sender's client says about it to other clients, in the spelling of the dialect that knows such.
    pub tags: Box<str>,
}

/// How a text is meant.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// To be read and answered.
    #[default]
    Says,
    /// To be read, and never answered by a program.
    Notices,
    /// As what the sender does: the plain text begins with `* `.
    Does,
}

impl Text {
    /// A text that can be sent. It has several lines where the dialect can say so.
    ///
    /// # Errors
    /// If it is empty or holds a control character other than a newline or a tab.
    pub fn new(text: &str) -> Result<Self, BadCommand> {
        if text.is_empty() {
            return Err(BadCommand::Shape(vec![CommandKind::SendRoom.usage()]));
        }
        // Most texts are one line, which is told by the same scan.
        if may_have_control(text)
            && let Some(control) = text.split('\n').find_map(control_character)
        {
            return Err(BadCommand::ControlCharacter(control));
        }
        Ok(Self { plain: text.into(), original: None })
    }

    /// The same text, with what was written beyond its letters.
    #[must_use]
    pub fn with_original(self, original: Original) -> Self {
        let original = (original != Original::default()).then(|| Arc::new(original));
        Self { original, ..self }
    }

    /// The same text, in which its sender's client has begun new lines that are none at these places.
    #[must_use]
    pub fn cut_at(self, cuts: &[usize]) -> Self {
        if cuts.is_empty() {
            return self;
        }
        let original = Original { cuts: cuts.into(), ..self.original().cloned().unwrap_or_default() };
        self.with_original(original)
    }

    /// The text, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.plain
    }

    /// What was written beyond the letters, if anything was.
    #[must_use]
    pub fn original(&self) -> Option<&Original> {
        self.original.as_deref()
    }

    /// How it is meant.
    #[must_use]
    pub fn manner(&self) -> Manner {
        self.original().map_or(Manner::Says, |original| original.manner)
    }

    /// Its lines; one, as a rule.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.as_str());
        std::iter::from_fn(move || {
            let text = rest?;
            let end = memchr::memchr(b'\n', text.as_bytes());
            rest = end.map(|end| &text[end + 1..]);
            Some(&text[..end.unwrap_or(text.len())])
        })
    }
}
