//! Text with holes: what a line to send, an expectation or a constant is made of.

use super::users::{Name, Users};
use crate::diagnostic::source::{Span, Spanned};

/// A text and its holes, in order. Literal neighbors are one part; an empty text has no parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// All of it: in place of these bytes another text can be written.
    pub span: Span,
    /// The parts, in order.
    pub parts: Vec<Part>,
}

impl Template {
    /// The text, if it has no hole that depends on anything: literals and quoted strings, put together.
    pub fn literal(&self) -> Option<String> {
        self.parts.iter().map(Part::literal).collect()
    }

    /// Whether it has no hole that depends on anything.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| part.literal().is_some())
    }

    /// The names it captures, each as often as it is written.
    pub fn captures(&self) -> impl Iterator<Item = Spanned<Name>> + '_ {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::Capture { name, .. } => Some(Spanned::new(name.clone(), part.span)),
            PartKind::Literal(_)
            | PartKind::Quoted(_)
            | PartKind::Insert(_)
            | PartKind::Anything(_)
            | PartKind::Generate(_)
            | PartKind::Stamp(_) => None,
        })
    }
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where; of a hole with its braces.
    pub span: Span,
    /// What the part is.
    pub kind: PartKind,
}

impl Part {
    fn literal(&self) -> Option<&str> {
        match &self.kind {
            PartKind::Literal(text) | PartKind::Quoted(text) => Some(text),
            PartKind::Insert(_)
            | PartKind::Capture { .. }
            | PartKind::Anything(_)
            | PartKind::Generate(_)
            | PartKind::Stamp(_) => None,
        }
    }
}

/// What a part of a template stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    /// A text that stands for itself.
    Literal(String),
    /// `{{"\t"}}`: this text, after escapes.
    Quoted(String),
    /// `{{room}}`: the value of something.
    Insert(Insert),
    /// `{{id:int}}`: matches, and keeps what it matched.
    Capture {
        /// The name of the capture.
        name: Name,
        /// What it matches.
        kind: CaptureKind,
    },
    /// `{{_}}`: matches anything, also nothing, and keeps nothing; `{{_:word}}`: matches something of this kind.
    Anything(CaptureKind),
    /// `{{text 20..120}}`: something made up from the seed.
    Generate(Generator),
    /// `{{stamp}}` for the whole cast, `{{stamp bob, carol}}` for these.
    Stamp(Option<Users>),
}

/// Whose value a hole inserts.
#[derive(Clone, Debug, PartialEq)]
pub enum Insert {
    /// `{{me}}`: the name on the wire of the user for whom the statement is carried out.
    Me,
    /// `{{i}}`: the turn of the innermost `repeat`, from 1.
    Iteration,
    /// `{{cast}}`: the number of the cast, 1 in `run`.
    Cast,
    /// The name on the wire of the user with this label.
    User(Name),
    /// The names on the wire of a group's members, with commas between them.
    Group(Vec<Name>),
    /// The value of a capture, a constant or a parameter.
    Value(Name),
}

/// What a capture matches, leftmost and shortest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureKind {
    /// `int`: `-?[0-9]+`
    Int,
    /// `word`: at least one character, none a blank, `,`, `:` or `/`.
    Word,
    /// `any`: anything, also nothing.
    Any,
}

/// What is made up from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generator {
    /// `text 20..120`: 20 to 120 characters, both ends included, the first at least 1 and not above the second.
    Text {
        /// The fewest characters.
        shortest: usize,
        /// The most characters.
        longest: usize,
    },
    /// `int 1..9`: a number, both ends included, the first not above the second.
    Int {
        /// The lowest number.
        lowest: i64,
        /// The highest number.
        highest: i64,
    },
    /// `word`
    Word,
}
