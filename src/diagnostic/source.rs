//! The text of a script and the places in it.
//!
//! A [`Source`] is shared and its text never changes, so that everything parsed from it can name its place as a [`Span`] of
//! bytes: a diagnostic finds file, line and column from it, and an update finds the bytes to replace. Files that a script
//! includes stand behind its own text, so that spans and line numbers name a place in any of them. It knows nothing of the
//! language.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

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

/// A place as people name it, in its file. Both count from 1; columns count code points, as editors do.
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
    /// The text of the file, and behind it the texts of the files that it includes.
    text: String,
    /// How many bytes of it are the file's own.
    own: usize,
    /// Where each line begins, in bytes; the first one of a file after a byte order mark.
    line_starts: Vec<usize>,
    /// The files that are included, in the order of their texts.
    included: Vec<IncludedText>,
    /// What is not for everybody who reads a message about the source.
    secrets: OnceLock<Vec<Span>>,
}

/// Where the text of an included file stands.
struct IncludedText {
    name: String,
    /// Its bytes.
    span: Span,
    /// Its first line, as the source counts all lines.
    first_line: usize,
    /// Why it could not be read; then its text is empty.
    unreadable: Option<String>,
}

/// A file that a script includes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedFile {
    /// Its path, as messages show it.
    pub name: String,
    /// Its text, or why it could not be read.
    pub text: Result<String, String>,
}

impl Source {
    /// A source from its `name`, usually a path as the user gave it, and its whole text as it is in the file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::including(name, text, &[])
    }

    /// A source with the files that it includes, each once.
    pub fn including(name: impl Into<String>, text: impl Into<String>, files: &[IncludedFile]) -> Self {
        let (name, mut text) = (name.into(), text.into());
        let own = text.len();
        let mut line_starts = line_starts(&text, 0);
        let mut included = Vec::new();
        for file in files {
            text.push('\n');
            let (start, first_line) = (text.len(), line_starts.len() + 1);
            let (added, unreadable) = match &file.text {
                Ok(added) => (added.as_str(), None),
                Err(why) => ("", Some(why.clone())),
            };
            text.push_str(added);
            line_starts.extend(self::line_starts(added, start));
            let span = Span::new(start, text.len());
            included.push(IncludedText { name: file.name.clone(), span, first_line, unreadable });
        }
        Self(Arc::new(SourceText { name, text, own, line_starts, included, secrets: OnceLock::new() }))
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text of the file itself, with the byte order mark and carriage returns it may have.
    pub fn text(&self) -> &str {
        &self.0.text[..self.0.own]
    }

    /// The files that it includes, in the order of their lines.
    pub fn included(&self) -> Vec<IncludedFile> {
        let file = |file: &IncludedText| IncludedFile {
            name: file.name.clone(),
            text: file.unreadable.clone().map_or_else(|| Ok(self.slice(file.span).to_owned()), Err),
        };
        self.0.included.iter().map(file).collect()
    }

    /// The lines of the included file of this name, or why it could not be read; `None` if there is none.
    pub fn lines_of(&self, included: &str) -> Option<Result<Range<usize>, &str>> {
        let file = self.0.included.iter().find(|file| file.name == included)?;
        Some(match &file.unreadable {
            Some(why) => Err(why),
            None => Ok(file.first_line..file.first_line + counted_lines(self.slice(file.span))),
        })
    }

    /// Whether the byte at `offset` stands in an included file.
    pub fn is_included(&self, offset: usize) -> bool {
        self.included_at(offset).is_some()
    }

    fn included_at(&self, offset: usize) -> Option<&IncludedText> {
        self.0.included.iter().rev().find(|file| file.span.start <= offset)
    }

    /// The name of the file in which a line stands, and its number there.
    pub fn place(&self, line: usize) -> (&str, usize) {
        match self.0.included.iter().rev().find(|file| file.first_line <= line) {
            Some(file) => (&file.name, line - file.first_line + 1),
            None => (self.name(), line),
        }
    }

    /// A line as sentences name it: `line 3`, and of an included file `line 3 of login.chat`.
    pub fn line_name(&self, line: usize) -> String {
        match self.place(line) {
            (name, number) if number != line => format!("line {number} of {name}"),
            (_, number) => format!("line {number}"),
        }
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

    /// How many lines the file itself has. A newline at the end does not begin another one.
    pub fn line_count(&self) -> usize {
        counted_lines(self.text())
    }

    /// How many lines it has with those of the included files.
    pub fn line_count_of_all(&self) -> usize {
        self.0.line_starts.len()
    }

    /// The bytes of a line, without byte order mark, newline and the carriage return before it. Lines count from 1, those of
    /// included files on from those of the file; past the end it is the empty span after the text.
    pub fn line_span(&self, line: usize) -> Span {
        let length = self.0.text.len();
        let Some(&start) = self.0.line_starts.get(line.saturating_sub(1)) else {
            return Span::new(length, length);
        };
        let text = &self.0.text[start..];
        let end = start + memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
        let text = &self.0.text[start..end];
        Span::new(start, start + text.strip_suffix('\r').unwrap_or(text).len())
    }

    /// The text of a line, as [`Source::line_span`] bounds it.
    pub fn line(&self, line: usize) -> &str {
        self.slice(self.line_span(line))
    }

    /// The line in which the byte at `offset` stands, counted from 1, those of included files on from those of the file.
    pub fn line_of(&self, offset: usize) -> usize {
        self.0.line_starts.partition_point(|&start| start <= offset).max(1)
    }

    /// Line and column of the byte at `offset`, in its file.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let span = self.line_span(line);
        let before = &self.0.text[span.start..offset.clamp(span.start, span.end)];
        Position { line: self.place(line).1, column: before.chars().count() + 1 }
    }
}

/// Where the lines of a text begin that stands behind `base` bytes; the first one after a byte order mark.
fn line_starts(text: &str, base: usize) -> Vec<usize> {
    let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let after_newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1);
    std::iter::once(first).chain(after_newlines).map(|start| base + start).collect()
}

/// How many lines a text has. A newline at the end does not begin another one.
fn counted_lines(text: &str) -> usize {
    let starts = line_starts(text, 0);
    starts.len() - usize::from(starts.last() == Some(&text.len()))
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.name() == other.name() && self.0.text == other.0.text)
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
    fn lines_of_included_files_are_known_by_file_and_number() {
        let file = |name: &str, text| IncludedFile { name: name.into(), text };
        let files = [
            file("b.chat", Ok("\u{feff}b1\r\nb2\n".into())),
            file("gone.chat", Err("not found".into())),
            file("c.chat", Ok("c1".into())),
        ];
        let source = Source::including("a.chat", "a1\na2\n", &files);
        assert_eq!((source.text(), source.line_count(), source.included()), ("a1\na2\n", 2, files.to_vec()));
        assert_eq!(source.lines_of("gone.chat"), Some(Err("not found")));
        assert_eq!(source.lines_of("other.chat"), None);
        let lines = |name| source.lines_of(name).unwrap().unwrap().map(|line| (source.line(line), source.place(line)));
        assert_eq!(lines("b.chat").collect::<Vec<_>>(), [("b1", ("b.chat", 1)), ("b2", ("b.chat", 2))]);
        assert_eq!(lines("c.chat").collect::<Vec<_>>(), [("c1", ("c.chat", 1))]);
        let at = source.lines_of("c.chat").unwrap().unwrap().start;
        let offset = source.line_span(at).start;
        assert_eq!((source.line_of(offset), source.position(offset)), (at, Position { line: 1, column: 1 }));
        assert_eq!((source.line_name(2), source.line_name(at)), ("line 2".into(), "line 1 of c.chat".into()));
        assert!(source.is_included(offset) && !source.is_included(4));
    }

    #[test]
    fn columns_count_code_points_after_the_byte_order_mark() {
        let source = Source::new("a.chat", "\u{feff}日本x\nab");
        assert_eq!(source.position(3 + 6), Position { line: 1, column: 3 });
        assert_eq!(source.position(3 + 8), Position { line: 2, column: 1 });
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
    }
}
