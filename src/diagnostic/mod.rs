//! What is wrong with a script, or with its result: a message, the places in the source, and rows of evidence.
//!
//! A [`Diagnostic`] is a value: the parser, the checks and the runner make it, a [`Renderer`] turns it into text. It
//! holds text as it is, from peers too; only the renderer makes it safe to show.

mod render;
pub mod source;

use std::ops::Range;
use std::time::Duration;

pub use render::{Color, Renderer};

use crate::diagnostic::source::{Source, Span};

/// One finding about a source, with all that explains it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// Where the spans point to.
    pub source: Source,
    /// The place it is about; none for a finding about the whole file.
    pub primary: Option<Underline>,
    /// Further places that explain it.
    pub marks: Vec<Underline>,
    /// What stands at the right-hand side of source lines, such as `sent at 0.412 s`. Shows these lines too.
    pub margins: Vec<Margin>,
    /// Rows below the source, in this order.
    pub notes: Vec<DiagnosticNote>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The script does not run, or has failed.
    Error,
    /// It runs, but probably does not say what is meant.
    Warning,
}

/// A place in the source, underlined.
#[derive(Clone, Debug, PartialEq)]
pub struct Underline {
    /// Which bytes; an empty span is shown as a caret before the character that follows. Of a span over several
    /// lines, the first is underlined.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub text: String,
}

/// A remark at the right-hand side of a source line.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// Which line, counted from 1.
    pub line: usize,
    /// What to say at the margin.
    pub text: String,
}

/// A row (or several) below the source.
#[derive(Clone, Debug, PartialEq)]
pub enum DiagnosticNote {
    /// `= note: ...`: a sentence.
    Text(String),
    /// ``= received  `...` ``: a line of text, quoted.
    Quote(Quote),
    /// `= bob's inbox:` and its lines.
    Inbox(InboxExcerpt),
    /// `= help: ...`: what to write instead.
    Help(String),
}

/// A line of text as evidence, with what differs in it marked.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// What it is, such as `received`.
    pub key: String,
    /// The quoted line.
    pub text: String,
    /// Its parts that differ from what was expected.
    pub differences: Vec<Difference>,
    /// What stands at the right-hand side, such as `0.8 ms after line 9`.
    pub margin: Option<String>,
}

/// A part of a quoted text that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The bytes of the text; an empty range marks the place of something missing.
    pub range: Range<usize>,
    /// How the part differs.
    pub kind: DifferenceKind,
}

/// In which way a part of a text is not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// Nothing was expected here: `+`.
    Added,
    /// Something else was expected here: `^`.
    Changed,
}

/// The last lines that a user received.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxExcerpt {
    /// Such as `bob's inbox`.
    pub title: String,
    /// The lines, oldest first.
    pub rows: Vec<InboxRow>,
}

/// A received line.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxRow {
    /// When it arrived, since the script's start.
    pub time: Duration,
    /// The line as received.
    pub text: String,
    /// What became of it, such as `matched, line 6` or `<- here`; may be empty.
    pub fate: String,
    /// No statement could have taken it: it is dimmed where there are colors.
    pub is_dimmed: bool,
}

impl Diagnostic {
    /// An error at `span`, with `mark` beside its underline.
    pub fn error(source: &Source, span: Span, message: impl Into<String>, mark: impl Into<String>) -> Self {
        Self::new(Severity::Error, source, Some(Underline { span, text: mark.into() }), message)
    }

    /// A warning at `span`, with `mark` beside its underline.
    pub fn warning(source: &Source, span: Span, message: impl Into<String>, mark: impl Into<String>) -> Self {
        Self::new(Severity::Warning, source, Some(Underline { span, text: mark.into() }), message)
    }

    /// An error about the whole of `source`.
    pub fn about(source: &Source, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, source, None, message)
    }

    fn new(severity: Severity, source: &Source, primary: Option<Underline>, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            source: source.clone(),
            primary,
            marks: Vec::new(),
            margins: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// With a further place.
    #[must_use]
    pub fn mark(mut self, span: Span, text: impl Into<String>) -> Self {
        self.marks.push(Underline { span, text: text.into() });
        self
    }

    /// With a remark at the right-hand side of a line.
    #[must_use]
    pub fn margin(mut self, line: usize, text: impl Into<String>) -> Self {
        self.margins.push(Margin { line, text: text.into() });
        self
    }

    /// With a row below the source.
    #[must_use]
    pub fn note(mut self, note: DiagnosticNote) -> Self {
        self.notes.push(note);
        self
    }

    /// With a sentence below the source.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.note(DiagnosticNote::Text(text.into()))
    }

    /// With what to write instead.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        self.note(DiagnosticNote::Help(text.into()))
    }
}
