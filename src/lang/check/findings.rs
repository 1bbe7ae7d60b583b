//! What the checks find, and what each finding rests on: beside errors of syntax only what is sure is reported.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::Name;
use crate::lang::parser::Doubt;

/// What a finding rests on. It is reported only if no line that was not understood could have said otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) enum Basis<'n> {
    /// The statement alone.
    Itself,
    /// What the lines above say that this name means.
    Name(&'n Name),
    /// What the lines above say has become of this user.
    User(&'n Name),
    /// Where blocks and tests begin and end.
    Blocks,
    /// All of the file.
    File,
}

/// The errors found so far in one file.
pub(super) struct Findings<'a> {
    pub(super) source: &'a Source,
    pub(super) errors: Vec<Diagnostic>,
    doubt: Doubt,
    /// How many of the errors are about the syntax; they come first.
    of_syntax: usize,
}

impl<'a> Findings<'a> {
    /// Nothing is found yet but these errors of syntax, for which this is in doubt.
    pub(super) fn new(source: &'a Source, errors: Vec<Diagnostic>, doubt: Doubt) -> Self {
        Self { source, of_syntax: errors.len(), errors, doubt }
    }

    /// An error with one mark.
    pub(super) fn error(&mut self, basis: Basis<'_>, span: Span, message: &str, mark: &str) {
        self.add(basis, Diagnostic::error(self.source, span, message, mark));
    }

    /// A finished error.
    pub(super) fn add(&mut self, basis: Basis<'_>, error: Diagnostic) {
        let is_doubtful = match basis {
            Basis::Itself => false,
            Basis::Name(name) => self.doubt.is_about(name.as_str()),
            Basis::User(name) => self.doubt.blocks || self.doubt.is_about_user(name.as_str()),
            Basis::Blocks => self.doubt.blocks,
            Basis::File => self.doubt.any,
        };
        if !is_doubtful && !self.is_wrong_already(&error) {
            self.errors.push(error);
        }
    }

    /// Whether an error of syntax is reported at the place of this one.
    fn is_wrong_already(&self, error: &Diagnostic) -> bool {
        let place = |error: &Diagnostic| error.primary.as_ref().map(|mark| mark.span);
        self.errors[..self.of_syntax].iter().any(|known| place(known) == place(error))
    }
}
