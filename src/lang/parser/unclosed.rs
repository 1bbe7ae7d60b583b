//! The error of a block that has no `end`, worded once for all kinds of blocks.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span};

/// What came where the block should have been closed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instead {
    /// A `test`, which is never inside of a block.
    Test(Span),
    /// A line that cannot stand in this block.
    OtherLine(Span),
    /// Nothing: this is the last line of the file.
    EndOfFile(usize),
}

/// A block whose first line is `block` and begins with `word` is open where it cannot be.
pub(super) fn unclosed(source: &Source, block: Span, word: &str) -> Diagnostic {
    Diagnostic::error(source, block, format!("`{word}` is not closed"), "this block has no `end`")
}

impl Instead {
    /// Adds to the error where the reader knew that the block should have been closed.
    pub(super) fn mark(self, source: &Source, error: Diagnostic) -> Diagnostic {
        match self {
            Self::Test(line) => error.mark(line, "here begins a test"),
            Self::OtherLine(line) => error.mark(line, "here begins something else"),
            Self::EndOfFile(last) => error.mark(end_of_text(source, last), "here ends the file"),
        }
    }
}

/// Where the last line of a file ends.
pub(super) fn end_of_text(source: &Source, last_line: usize) -> Span {
    let end = source.line_span(last_line.max(1)).end;
    Span::new(end, end)
}
