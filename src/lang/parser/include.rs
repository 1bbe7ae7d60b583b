//! Other files that a script includes: which there are, before it is read, and their lines, where it is.

use std::path::{Component, Path, PathBuf};

use pest::Parser;

use super::ScriptReader;
use super::context::{LineContext, first};
use super::grammar::{Grammar, Rule};
use super::line::Item;
use super::template;
use super::unclosed::Instead;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{IncludedFile, Source, Span, Spanned};
use crate::lang::ast::{BlockKind, StatementKind, Value};

/// The most files that a script includes, so that no circle by way of links goes on for ever.
const MOST_FILES: usize = 64;

/// What begins and ends lines that are sent as they stand.
const QUOTES: &str = "\"\"\"";

/// What may stand in an included file.
const INCLUDABLE: &str = "expected `dialect`, `let`, `param`, `setup`, `finally` or `include`";

/// Which files are being read, and which were.
#[derive(Debug)]
pub(super) struct Inclusions {
    /// The files whose lines are being read, the innermost last, and where each is included.
    open: Vec<(String, Span)>,
    /// The files that are included already: each counts once.
    read: Vec<String>,
}

impl Inclusions {
    pub(super) fn of(source: &Source) -> Self {
        Self { open: vec![(cleaned(Path::new(source.name())), Span::default())], read: Vec::new() }
    }
}

/// The source with all files that it includes, directly or through another one, each of them once. `read` gives the text of the
/// file at a path, or says why it cannot be read. The path is relative to where the path of the source is.
pub(in crate::lang) fn with_files(source: &Source, read: &mut dyn FnMut(&str) -> Result<String, String>) -> Source {
    let own = cleaned(Path::new(source.name()));
    let mut files: Vec<IncludedFile> = Vec::new();
    let mut waiting = paths_in(source.name(), source.text());
    waiting.reverse();
    while let Some(name) = waiting.pop() {
        if name == own || files.iter().any(|file| file.name == name) {
            continue;
        }
        let text = if files.len() < MOST_FILES {
            read(&name)
        } else {
            Err(format!("a script includes at most {MOST_FILES} files"))
        };
        let is_last = files.len() == MOST_FILES;
        waiting.extend(text.iter().flat_map(|text| paths_in(&name, text)).rev());
        files.push(IncludedFile { name, text });
        if is_last {
            break;
        }
    }
    Source::including(source.name(), source.text(), &files)
}

/// The files that a text names behind `include`, in order.
fn paths_in(name: &str, text: &str) -> Vec<String> {
    let source = Source::new(name, text);
    let mut is_block = false;
    let mut found = Vec::new();
    for number in 1..=source.line_count() {
        let line = source.line(number).trim_matches([' ', '\t']);
        if is_block || line.ends_with(QUOTES) {
            is_block = if is_block { line != QUOTES } else { line.contains("> ") };
        } else if line.starts_with("include") {
            found.extend(path_in(&source, number).map(|path| resolved(name, &path)));
        }
    }
    found
}

fn path_in(source: &Source, number: usize) -> Option<String> {
    let mut errors = Vec::new();
    let (mut line, text) = LineContext::new(source, source.line_span(number), &mut errors);
    let statement = Grammar::parse(Rule::line, text).ok()?.next()?.into_inner().next()?;
    (statement.as_rule() == Rule::include).then(|| template::quoted(&mut line, first(statement)).literal())?
}

/// The path of a file as the including one names it, from where the including one's own path is relative to.
fn resolved(including: &str, path: &str) -> String {
    cleaned(&Path::new(including).parent().unwrap_or(Path::new("")).join(path))
}

/// The path without `.` and, where a folder stands before it, without `..`.
fn cleaned(path: &Path) -> String {
    let mut short = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(short.components().next_back(), Some(Component::Normal(_))) => {
                short.pop();
            }
            other => short.push(other),
        }
    }
    short.display().to_string()
}

impl ScriptReader<'_> {
    /// Reads the lines of another file where this one includes it.
    pub(super) fn include(&mut self, path: &Spanned<String>, span: Span) {
        if path.value.is_empty() || !self.builder.is_at_top() {
            self.builder.refuse_inside("include", span);
            self.doubt.names = true;
            return;
        }
        let (including, _) = self.source.place(self.source.line_of(span.start));
        let name = resolved(including, &path.value);
        if let Some(at) = self.inclusions.open.iter().position(|(open, _)| *open == name) {
            return self.circle(path.span, at);
        }
        if self.inclusions.read.contains(&name) {
            return;
        }
        match self.source.lines_of(&name) {
            Some(Ok(lines)) => self.included(name, lines, span),
            Some(Err(why)) => self.unreadable(&name, why, path.span),
            None => self.unreadable(&name, "it was not looked for", path.span),
        }
    }

    fn included(&mut self, name: String, lines: std::ops::Range<usize>, span: Span) {
        self.inclusions.open.push((name.clone(), span));
        let before = (self.next, self.end);
        (self.next, self.end) = (lines.start, lines.end);
        self.read_lines();
        self.builder.close_all(Instead::EndOfFile(lines.end - 1));
        (self.next, self.end) = before;
        self.inclusions.open.pop();
        self.inclusions.read.push(name);
    }

    fn unreadable(&mut self, name: &str, why: &str, path: Span) {
        self.doubt.names = true;
        let message = format!("cannot read `{name}`: {why}");
        self.builder.errors.push(Diagnostic::error(self.source, path, message, "included here"));
    }

    /// Notes that a file is included that is being read; `at` is its place among those.
    fn circle(&mut self, path: Span, at: usize) {
        let way: Vec<&str> = self.inclusions.open[at..].iter().map(|(name, _)| name.as_str()).collect();
        let message = match way.as_slice() {
            [only] => format!("`{only}` includes itself"),
            [first, others @ ..] => format!("`{first}` includes itself by way of `{}`", others.join("`, `")),
            [] => return,
        };
        let mut error = Diagnostic::error(self.source, path, message, "included again here");
        for (_, span) in &self.inclusions.open[at + 1..] {
            error = error.mark(*span, "on the way");
        }
        self.builder.errors.push(error);
    }

    /// What a line says, unless an included file cannot say it.
    pub(super) fn includable(&mut self, item: Item, span: Span) -> Option<Item> {
        let [_, .., (_, inclusion)] = self.inclusions.open.as_slice() else { return Some(item) };
        if !self.builder.is_at_top() || is_includable(&item) {
            return Some(item);
        }
        let message = "this cannot stand in an included file";
        let error = Diagnostic::error(self.source, span, message, INCLUDABLE).mark(*inclusion, "included here");
        self.builder.errors.push(error);
        // What has lines of its own is read on, as are users, so that no error follows from this one.
        match item {
            Item::Test(_) | Item::BrokenTest | Item::Title(_) | Item::Tags(_) | Item::SetDialect(_) => None,
            other => Some(other),
        }
    }
}

fn is_includable(item: &Item) -> bool {
    match item {
        Item::Nothing
        | Item::Include(_)
        | Item::Dialect(_)
        | Item::End
        | Item::BrokenEnd
        | Item::BrokenBlock(_)
        | Item::Block(BlockKind::Setup | BlockKind::Finally)
        | Item::Statement(StatementKind::Value(Value::Let(_) | Value::Param(_)), _) => true,
        Item::Statement(..)
        | Item::Block(_)
        | Item::BrokenTest
        | Item::TextBlock(_)
        | Item::Load
        | Item::SetDialect(_)
        | Item::Test(_)
        | Item::Title(_)
        | Item::Tags(_) => false,
    }
}
