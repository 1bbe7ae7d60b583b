//! What a file has to obey beyond its syntax, settled from the text before a byte is sent: who is connected where,
//! what every name means, where a statement may stand, and which lane it belongs to.
//!
//! [`resolve`] finds the errors and completes the tree with what it settles; the warnings come from walks of their own
//! over the complete tree.

#[cfg(test)]
mod tests;

mod lanes;
mod names;
mod people;
mod places;
mod presence;
mod templates;
mod walk;

use std::collections::HashMap;

use super::ast::{Name, Script, Statement, StatementKind};
use super::diagnostic::Diagnostic;
use super::source::Span;
use walk::Walk;

/// Settles the names, users and lanes of `script`, and returns what is wrong with it, in the file's order.
pub(crate) fn resolve(script: &mut Script) -> Vec<Diagnostic> {
    let source = script.source.clone();
    let mut walk = Walk::new(&source, declarations(script));
    let has_tests = script.tests.iter().any(|test| test.name.is_some());
    walk.preamble(&mut script.preamble);
    let before_each_test = walk.state.clone();
    for test in &mut script.tests {
        walk.state = before_each_test.clone();
        walk.test(&mut test.statements, has_tests);
    }
    let mut errors = walk.errors;
    errors.sort_by_key(|error| error.primary.as_ref().map_or(0, |mark| mark.span.start));
    errors
}

/// Where each label and group of the file is declared first, wherever that is.
fn declarations(script: &Script) -> HashMap<Name, Span> {
    let mut found = HashMap::new();
    let tests = script.tests.iter().flat_map(|test| &test.statements);
    for statement in script.preamble.iter().chain(tests) {
        declared_in(statement, &mut found);
    }
    found
}

fn declared_in(statement: &Statement, found: &mut HashMap<Name, Span>) {
    if let StatementKind::Connect(opening) | StatementKind::Open(opening) = &statement.kind {
        for declaration in &opening.users {
            for name in declaration.members.iter().chain([&declaration.label.value]) {
                found.entry(name.clone()).or_insert(declaration.label.span);
            }
        }
    }
    for inner in statement.kind.block().into_iter().flat_map(|block| &block.statements) {
        declared_in(inner, found);
    }
}
