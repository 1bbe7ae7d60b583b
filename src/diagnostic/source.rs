//! The text of a script and the places in it.
//!
//! A [`Source`] is shared and its text never changes, so that everything parsed from it can name its place as a [`Span`] of
//! bytes: a diagnostic finds line and column from it, and an update finds the bytes to replace. It knows nothing of
//! the language.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The mark that some editors put at the start of a UTF-8 file.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A part of a source: a range of its bytes, `start` included, `end` not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether it covers no byte, as the place where something is missing does.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// As the range that indexes the text.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}..{}", self.start, self.end)
    }
}

/// A value and where it stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, as it stands at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A place as people name it. Both count from 1; columns count code points, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column within it.
    pub column: usize,
}

/// The text of one script, with the name under which messages speak of it. Cheap to clone.
#[derive(Clone)]
pub struct Source(Arc<SourceText>);

struct SourceText {
    name: String,
    text: String,
    /// Where each line begins, in bytes; the first one after a byte order mark.
    line_starts: Vec<usize>,
    /// What is not for everybody who reads a message about the source.
    secrets: OnceLock<Vec<Span>>,
}

impl Source {
    /// A source from its `name`, usually a path as the user gave it, and its whole text as it is in the file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let after_newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1);
        let line_starts = std::iter::once(first).chain(after_newlines).collect();
        Self(Arc::new(SourceText { name: name.into(), text, line_starts, secrets: OnceLock::new() }))
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text, with the byte order mark and carriage returns it may have.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The text at `span`.
    pub fn slice(&self, span: Span) -> &str {
        &self.0.text[span.range()]
    }

    /// These parts are shown as `***`, whoever shows the source. What was said first holds.
    pub fn hide(&self, secrets: Vec<Span>) {
        let _ = self.0.secrets.set(secrets);
    }

    /// The hidden parts that begin in `span`, by their bytes in it.
    pub fn hidden_in(&self, span: Span) -> Vec<Range<usize>> {
        let secrets = self.0.secrets.get().into_iter().flatten();
        let inside = secrets.filter(|secret| (span.start..span.end).contains(&secret.start));
        inside.map(|secret| secret.start - span.start..secret.end.min(span.end) - span.start).collect()
    }

    /// How many lines it has. A newline at the end does not begin another one.
    pub fn line_count(&self) -> usize {
        let starts = &self.0.line_starts;
        let last_is_empty = starts.last() == Some(&self.0.text.len());
        starts.len() - usize::from(last_is_empty)
    }

    /// The bytes of a line, without byte order mark, newline and the carriage return before it. Lines count from 1;
    /// past the end it is the empty span after the text.
    pub fn line_span(&self, line: usize) -> Span {
        let length = self.0.text.len();
        let Some(&start) = self.0.line_starts.get(line.saturating_sub(1)) else {
            return Span::new(length, length);
        };
        let end = self.0.line_starts.get(line).map_or(length, |next| next - 1);
        let text = &self.0.text[start..end];
        Span::new(start, start + text.strip_suffix('\r').unwrap_or(text).len())
    }

    /// The text of a line, as [`Source::line_span`] bounds it.
    pub fn line(&self, line: usize) -> &str {
        self.slice(self.line_span(line))
    }

    /// The line, counted from 1, in which the byte at `offset` stands.
    pub fn line_of(&self, offset: usize) -> usize {
        self.0.line_starts.partition_point(|&start| start <= offset).max(1)
    }

    /// Line and column of the byte at `offset`.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let span = self.line_span(line);
        let before = &self.0.text[span.start..offset.clamp(span.start, span.end)];
        Position { line, column: before.chars().count() + 1 }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.name() == other.name() && self.text() == other.text())
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name(), self.text().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_neither_newline_nor_carriage_return_nor_byte_order_mark() {
        let source = Source::new("a.chat", "\u{feff}one\r\ntwo\n\nfour");
        assert_eq!(source.line_count(), 4);
        let lines: Vec<&str> = (1..=5).map(|line| source.line(line)).collect();
        assert_eq!(lines, ["one", "two", "", "four", ""]);
    }

    #[test]
    fn a_newline_at_the_end_begins_no_line() {
        assert_eq!(Source::new("a.chat", "one\n").line_count(), 1);
        assert_eq!(Source::new("a.chat", "").line_count(), 0);
    }

    #[test]
    fn columns_count_code_points_after_the_byte_order_mark() {
        let source = Source::new("a.chat", "\u{feff}日本x\nab");
        assert_eq!(source.position(3 + 6), Position { line: 1, column: 3 });
        assert_eq!(source.position(3 + 8), Position { line: 2, column: 1 });
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
    }
}
