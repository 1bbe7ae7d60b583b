//! What holds where a statement stands: who is connected, what each name means, and what encloses the
//! statement.

use std::collections::HashMap;

use super::context::BlockContext;
use super::names::{LaneId, NameTable};
use super::presence::Presence;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::Name;

/// What is known at one place of the file.
pub(super) struct Scope {
    /// Where each label is declared first in the file, wherever that is.
    pub(super) declared: HashMap<Name, Span>,
    /// What this test has come to.
    pub(super) state: TestState,
    /// What encloses the statement, outermost first.
    pub(super) contexts: Vec<(BlockContext, Span)>,
    /// The users who are `me` in turn.
    pub(super) me: Option<Vec<Name>>,
    /// The lane of a `together` in which the statement is.
    pub(super) lane: Option<LaneId>,
    /// The captures of the statement, or of its `unordered` block, which have values at its end.
    pub(super) pending: Vec<Spanned<Name>>,
}

/// What each test begins with anew.
#[derive(Clone, Default)]
pub(super) struct TestState {
    pub(super) names: NameTable,
    pub(super) presence: Presence,
}

impl Scope {
    /// The begin of a file that declares these labels.
    pub(super) fn new(declared: HashMap<Name, Span>) -> Self {
        Self { declared, state: TestState::default(), contexts: Vec::new(), me: None, lane: None, pending: Vec::new() }
    }

    /// Whether the innermost block is of this kind.
    pub(super) fn is_directly_in(&self, context: BlockContext) -> bool {
        self.contexts.last().is_some_and(|(innermost, _)| *innermost == context)
    }

    /// Whether any enclosing block is of this kind.
    pub(super) fn is_in(&self, context: BlockContext) -> bool {
        self.contexts.iter().any(|(enclosing, _)| *enclosing == context)
    }

    /// Where the statement that is being checked captures `name`.
    pub(super) fn pending(&self, name: &Name) -> Option<Span> {
        self.pending.iter().find(|capture| capture.value == *name).map(|capture| capture.span)
    }
}
