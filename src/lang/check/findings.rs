//! What the checks find, and what each finding rests on: beside errors of syntax only what is sure is reported.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span};

/// The errors found so far in one file.
pub(super) struct Findings<'a> {
    pub(super) source: &'a Source,
    pub(super) errors: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    /// Nothing is found yet.
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, errors: Vec::new() }
    }

    /// An error with one mark.
    pub(super) fn error(&mut self, span: Span, message: &str, mark: &str) {
        self.add(Diagnostic::error(self.source, span, message, mark));
    }

    /// A finished error.
    pub(super) fn add(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }
}
