//! Dialects of servers that are not ours: what a `dialect` block says.

use std::num::NonZeroUsize;

use super::act::{Expectation, Pattern, SendText};
use super::template::Template;
use super::users::Name;
use crate::diagnostic::source::{Source, Span, Spanned};

/// How users speak to a server that is not ours: one `dialect` block. What is missing in it, the server does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignDialect {
    /// The file in which it stands.
    pub source: Source,
    /// Its first line.
    pub span: Span,
    /// Its `end`.
    pub end: Span,
    /// Its name.
    pub name: Spanned<Name>,
    /// `line crlf`: how a line ends that is sent; what is received may end in either way.
    pub line_end: Option<Spanned<LineEnd>>,
    /// `name up to 9`: the longest name on the wire, in characters.
    pub longest_name: Option<Spanned<NonZeroUsize>>,
    /// `name u{{number}}`: the name on the wire of a user of a load.
    pub load_name: Option<Template>,
    /// What `connect` does once there is a connection.
    pub login: Option<Dialogue>,
    /// What `disconnect` does before it closes.
    pub logout: Option<Dialogue>,
    /// One round trip, by which a user proves that it has received everything.
    pub fence: Option<Fence>,
    /// Lines that are answered as they arrive.
    pub answers: Vec<AutoReply>,
    /// Lines that mean nothing.
    pub ignored: Vec<Pattern>,
    /// Texts without a line end that count as lines.
    pub prompts: Vec<Spanned<String>>,
}

/// How lines end that are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// With a line feed.
    #[default]
    Lf,
    /// With a carriage return and a line feed.
    CrLf,
    /// The same, between the commands of Telnet, whose options are refused.
    Telnet,
}

/// Lines that one user sends and expects, one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialogue {
    /// The line that opens it.
    pub span: Span,
    /// What is done, in order.
    pub steps: Vec<DialogueStep>,
}

/// One line of a dialogue.
#[derive(Clone, Debug, PartialEq)]
pub struct DialogueStep {
    /// All of it.
    pub span: Span,
    /// Its number in the file, counted from 1.
    pub line: usize,
    /// What it says.
    pub act: DialogueAct,
}

/// What a user does in a dialogue.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogueAct {
    /// `me> text`
    Send(SendText),
    /// `me raw "..."`
    Raw(Vec<u8>),
    /// `me< text` and `me<.. text`
    Expect(Expectation),
}

/// `fence`: what is sent, and the lines that answer it, one right after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Fence {
    /// The line that opens it.
    pub span: Span,
    /// What is sent.
    pub sent: Vec<DialogueStep>,
    /// The lines that answer.
    pub answer: Vec<Pattern>,
}

/// `answer PING {{cookie:any}} with PONG {{cookie}}`
#[derive(Clone, Debug, PartialEq)]
pub struct AutoReply {
    /// All of it.
    pub span: Span,
    /// The line that is answered.
    pub pattern: Template,
    /// The line that answers.
    pub reply: Template,
}
