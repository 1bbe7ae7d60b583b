//! What a file has to obey beyond its syntax, settled from the text before a byte is sent: who is connected where,
//! what every name means, where a statement may stand, and which lane it belongs to.
//!
//! [`resolve`] finds the errors and completes the tree with what it settles; the warnings come from walks of their own
//! over the complete tree.

#[cfg(test)]
mod tests;

mod lanes;
mod load;
mod names;
mod people;
mod places;
mod plan;
mod presence;
mod refused;
mod templates;
mod unused;
mod walk;

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Declaration, Expectation, Ignore, Name, Script, SendText, Statement, StatementKind, Template};
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
    in_order(walk.errors)
}

/// What of a script is probably not meant, in the file's order. It is carried out all the same.
pub fn warnings(script: &Script) -> Vec<Diagnostic> {
    let mut warnings = unused::find(script);
    warnings.extend(refused::find(script));
    warnings.extend(plan::find(script));
    in_order(warnings)
}

/// What keeps a script from being run in several casts at once, in the file's order: names that would collide, each
/// with the line to write instead. Without `casts` the number of a cast is taken to have up to five digits.
pub fn load_errors(script: &Script, casts: Option<u64>) -> Vec<Diagnostic> {
    in_order(load::find(script, casts))
}

fn in_order(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.sort_by_key(|finding| finding.primary.as_ref().map_or(0, |mark| mark.span.start));
    findings
}

/// Shows `look` every statement of a script in the file's order, those inside of blocks too.
fn visit<'a>(script: &'a Script, look: &mut impl FnMut(&'a Statement)) {
    let tests = script.tests.iter().flat_map(|test| &test.statements);
    for statement in script.preamble.iter().chain(tests) {
        visit_statement(statement, look);
    }
}

fn visit_statement<'a>(statement: &'a Statement, look: &mut impl FnMut(&'a Statement)) {
    look(statement);
    for inner in statement.kind.block().into_iter().flat_map(|block| &block.statements) {
        visit_statement(inner, look);
    }
}

/// The texts of a statement, in order.
fn templates(kind: &StatementKind) -> Vec<&Template> {
    match kind {
        StatementKind::Connect(opening) | StatementKind::Open(opening) => {
            opening.users.iter().filter_map(|declaration| declaration.wire_name.as_ref()).collect()
        }
        StatementKind::Send(send) => match &send.text {
            SendText::Line(text) => vec![text],
            SendText::Block { lines, .. } => lines.iter().collect(),
        },
        StatementKind::Expect(Expectation { pattern, .. }) | StatementKind::Ignore(Ignore { pattern, .. }) => {
            vec![pattern.template()]
        }
        StatementKind::Let(constant) => vec![&constant.value],
        StatementKind::Param(param) => vec![&param.default],
        StatementKind::Assert(assert) => vec![&assert.left, &assert.right],
        StatementKind::Raw(_)
        | StatementKind::Silent(_)
        | StatementKind::Closed(_)
        | StatementKind::Drain(_)
        | StatementKind::Disconnect(_)
        | StatementKind::Reset(_)
        | StatementKind::Reconnect(_)
        | StatementKind::Stall(_)
        | StatementKind::Resume(_)
        | StatementKind::Chunk(_)
        | StatementKind::Unordered(_)
        | StatementKind::Together(_)
        | StatementKind::Each(_)
        | StatementKind::Repeat(_)
        | StatementKind::Every(_)
        | StatementKind::Pause(_)
        | StatementKind::Setup(_)
        | StatementKind::Finally(_)
        | StatementKind::Set(_) => Vec::new(),
    }
}

/// The users and groups that a statement declares.
fn declarations_of(statement: &Statement) -> &[Declaration] {
    match &statement.kind {
        StatementKind::Connect(opening) | StatementKind::Open(opening) => &opening.users,
        _ => &[],
    }
}

/// Where each label and group of the file is declared first, wherever that is.
fn declarations(script: &Script) -> HashMap<Name, Span> {
    let mut found = HashMap::new();
    visit(script, &mut |statement| {
        for declaration in declarations_of(statement) {
            for name in declaration.members.iter().chain([&declaration.label.value]) {
                found.entry(name.clone()).or_insert(declaration.label.span);
            }
        }
    });
    found
}
