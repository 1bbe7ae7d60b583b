//! A line while it is read: where its text begins in the source, and the errors found in it.

use super::grammar::Pair;
use super::sizes::Sizes;
use super::vocabulary::is_reserved;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::diagnostic::{Diagnostic, DiagnosticNote};
use crate::lang::ast::Name;

/// A line while it is read: it knows where its text begins, and takes the errors found in it.
pub(super) struct LineContext<'a> {
    pub(super) source: &'a Source,
    /// Where the parsed text begins in the source.
    pub(super) base: usize,
    pub(super) errors: &'a mut Vec<Diagnostic>,
    /// The values of sizes, where a size may be written as `{{n}}`.
    pub(super) sizes: Option<&'a mut Sizes>,
}

impl<'a> LineContext<'a> {
    /// The text at `span` of the source is to be read.
    pub(super) fn new(source: &'a Source, span: Span, errors: &'a mut Vec<Diagnostic>) -> (Self, &'a str) {
        (Self { source, base: span.start, errors, sizes: None }, source.slice(span))
    }

    /// Where sizes may have these values.
    pub(super) fn with_sizes(self, sizes: &'a mut Sizes) -> Self {
        Self { sizes: Some(sizes), ..self }
    }

    /// Where a match stands in the source.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        Span::new(self.base + span.start(), self.base + span.end())
    }

    /// Notes an error, with help if there is one.
    pub(super) fn error<'h>(&mut self, span: Span, message: &str, mark: &str, help: impl Into<Option<&'h str>>) {
        let mut error = Diagnostic::error(self.source, span, message, mark);
        error.notes.extend(help.into().map(|help| DiagnosticNote::Help(help.to_owned())));
        self.errors.push(error);
    }

    /// A name that is given here to something.
    pub(super) fn new_name(&mut self, pair: &Pair<'_>) -> Spanned<Name> {
        let span = self.span(pair);
        if is_reserved(pair.as_str()) {
            let message = format!("`{}` is a word of the language", pair.as_str());
            self.error(span, &message, "expected a name", None);
        }
        Spanned::new(Name::new(pair.as_str()), span)
    }

    /// The text of a match, with its place.
    pub(super) fn text(&self, pair: &Pair<'_>) -> Spanned<String> {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }
}

/// The first match inside of another, which the grammar guarantees.
pub(super) fn first(pair: Pair<'_>) -> Pair<'_> {
    pair.into_inner().next().expect("the grammar's rule has a part")
}

/// The first two matches inside of another, which the grammar guarantees.
pub(super) fn first_two(pair: Pair<'_>) -> (Pair<'_>, Pair<'_>) {
    let mut inner = pair.into_inner();
    let parts = inner.next().zip(inner.next());
    parts.expect("the grammar's rule has two parts")
}
