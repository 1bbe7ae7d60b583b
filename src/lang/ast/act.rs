//! What users do, and what is demanded of them.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::template::Template;
use super::transfer::{Download, Upload};
use super::users::Name;
use crate::diagnostic::source::{Span, Spanned};

/// What the users of a statement do, each in order, or what must hold for them.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `alice> text`: send one line, or a block of lines in one write.
    Send(SendText),
    /// `alice raw "\xff\n"`: send exactly these bytes, at least one.
    Raw(Spanned<Vec<u8>>),
    /// `bob< text` and all its forms. All users wait side by side.
    Expect(Expectation),
    /// `bob< bytes "\x00\x05hello"`: the next bytes, with line ends and all. All users wait side by side.
    ExpectBytes(BytesExpectation),
    /// `ignore bob< pattern`: from here to the end of the test, set such lines aside. The pattern captures nothing.
    Ignore(Pattern),
    /// `bob is silent`
    Silent,
    /// `bob is closed`
    Closed,
    /// `bob drain`
    Drain,
    /// `bob disconnect`
    Disconnect,
    /// `bob reset`
    Reset,
    /// `bob reconnect`
    Reconnect,
    /// `bob stall`
    Stall,
    /// `bob resume`
    Resume,
    /// `bob chunk 3`: write in pieces of 3 bytes; `bob chunk off`: `None`.
    Chunk(Option<NonZeroUsize>),
    /// `alice upload "x.bin" to lobby`
    Upload(Box<Upload>),
    /// `bob download {{id}} as "x.bin"`
    Download(Download),
}

/// What is sent in one write.
#[derive(Clone, Debug, PartialEq)]
pub enum SendText {
    /// One line.
    Line(Template),
    /// The lines between `"""` and `"""`, without the blanks that stand before the closing mark.
    Block {
        /// The lines of the block.
        lines: Vec<Template>,
        /// The closing `"""`.
        end: Span,
    },
}

/// `bob<.. text`: something that must, may or must not have been received.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// From the `<` to the last character before the blank.
    pub operator: Span,
    /// Which of the unread lines it is about.
    pub mode: Mode,
    /// `@50ms`; not with [`Mode::Optional`] and [`Mode::Absent`].
    pub deadline: Option<Spanned<Duration>>,
    /// What the line must be.
    pub pattern: Pattern,
}

/// `bob<@50ms bytes "..."`: exactly these bytes must have been received next.
#[derive(Clone, Debug, PartialEq)]
pub struct BytesExpectation {
    /// `@50ms`
    pub deadline: Option<Spanned<Duration>>,
    /// The bytes, at least one. Its span begins at the word.
    pub bytes: Spanned<Vec<u8>>,
}

/// Which of the unread lines an expectation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `<`: the next one.
    Next,
    /// `<..`: some later one; those before it are skipped.
    Later,
    /// `<?`: the next one, if it is this, after a fence.
    Optional,
    /// `<!`: none, after a fence.
    Absent,
    /// `<|`: no line, but the bytes that wait without a newline once there is no unread line.
    Prompt,
}

/// What a received line is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Text with holes; the whole line must match.
    Text(Template),
    /// `<~`: a regular expression; the whole line must match.
    Regex(RegexPattern),
}

impl Pattern {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.template().span
    }

    /// Its text, which of a regular expression is the source.
    pub fn template(&self) -> &Template {
        match self {
            Self::Text(template) => template,
            Self::Regex(regex) => &regex.template,
        }
    }

    /// The names it captures, each as often as it is written, with the place.
    pub fn captures(&self) -> Vec<Spanned<Name>> {
        match self {
            Self::Text(template) => template.captures().collect(),
            Self::Regex(regex) => regex.captures.clone(),
        }
    }
}

/// A regular expression with holes. It was compiled once, with placeholders in its holes, so its syntax is right.
#[derive(Clone, Debug, PartialEq)]
pub struct RegexPattern {
    /// Its literals are the expression's source; what its holes insert must be escaped (`regex::escape`). It has no
    /// captures, generators or stamps, and a quoted string is inserted text too.
    pub template: Template,
    /// Its named groups.
    pub captures: Vec<Spanned<Name>>,
}
