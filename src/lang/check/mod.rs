//! What a file has to obey beyond its syntax, settled from the text before a byte is sent: who is connected where,
//! what every name means, where a statement may stand, and which lane it belongs to.
//!
//! [`resolve`] finds the errors and completes the tree with what it settles; the warnings come from walks of their own
//! over the complete tree.

#[cfg(test)]
mod tests;

mod context;
mod demand;
mod dialects;
mod findings;
mod labels;
mod lanes;
mod literal_names;
mod load;
mod names;
mod people;
mod plan;
mod presence;
mod refused;
mod scope;
mod speech;
mod templates;
mod transfers;
mod unused;
mod walk;
mod wire;

pub use dialects::{NUMBER as DIALECT_NUMBER, TOKEN as DIALECT_TOKEN};

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{
    Act, Declaration, Download, Expectation, Name, Script, SendText, Statement, StatementKind, Template, Unresolved,
    Value,
};
use crate::lang::parser::Syntax;
use findings::Findings;
use speech::Speeches;
use walk::Walk;

/// Settles the names, users and lanes of a script, as far as it was understood.
///
/// # Errors
/// Everything that is wrong with it, in the file's order: all errors of syntax, and what is sure in spite of them.
pub(super) fn resolve(
    Syntax { tree, errors, doubt }: Syntax,
    dialect: Option<&str>,
) -> Result<Script, Vec<Diagnostic>> {
    let Unresolved(mut script) = tree;
    let source = script.source.clone();
    let mut walk = Walk::new(Findings::new(&source, errors, doubt), declarations(&script));
    script.dialects.iter().for_each(|dialect| dialects::check(dialect, &mut walk.findings));
    walk.speeches = Speeches::new(&script, dialect, &mut walk.findings);
    let has_tests = script.tests.iter().any(|test| test.name.is_some());
    walk.preamble(&mut script.preamble);
    let before_each_test = walk.scope.state.clone();
    for test in &mut script.tests {
        walk.scope.state = before_each_test.clone();
        walk.test(&mut test.statements, has_tests);
    }
    let mut errors = walk.findings.errors;
    errors.extend(wire::find(&script));
    if errors.is_empty() { Ok(script) } else { Err(in_order(errors)) }
}

/// What of a script is probably not meant, in the file's order. It is carried out all the same.
pub fn warnings(script: &Script) -> Vec<Diagnostic> {
    let mut warnings = unused::find(script);
    warnings.extend(refused::find(script));
    warnings.extend(plan::find(script));
    warnings.extend(labels::find(script));
    in_order(warnings)
}

/// What keeps a script from being run in several casts at once, in the file's order: names that would collide, each
/// with the line to write instead. Without `casts` the number of a cast is taken to have up to five digits.
pub fn load_errors(script: &Script, casts: Option<u64>) -> Vec<Diagnostic> {
    in_order(load::find(script, casts))
}

/// What of a script probably keeps it from being run in several casts at once, in the file's order.
pub fn load_warnings(script: &Script) -> Vec<Diagnostic> {
    in_order(literal_names::find(script))
}

/// The text of the script with everything rewritten that keeps it from being run in several casts, as far as
/// [`load_errors`] knows what to write instead. `None` if there is nothing to rewrite.
pub fn load_fixes(script: &Script) -> Option<String> {
    load::fixed(script)
}

fn in_order(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.sort_by_key(|finding| finding.primary.as_ref().map_or(0, |mark| mark.span.start));
    findings
}

/// The texts of a statement, in order.
fn templates(kind: &StatementKind) -> Vec<&Template> {
    match kind {
        StatementKind::By { act, .. } => match act {
            Act::Send(text) => lines(text),
            Act::Expect(Expectation { pattern, .. }) | Act::Ignore(pattern) => vec![pattern.template()],
            Act::Upload(upload) => transfers::texts(upload),
            Act::Download(Download { id, same_as }) => [id].into_iter().chain(same_as).collect(),
            Act::Raw(_)
            | Act::ExpectBytes(_)
            | Act::Silent
            | Act::Closed
            | Act::Drain
            | Act::Disconnect
            | Act::Reset
            | Act::Reconnect
            | Act::Stall
            | Act::Resume
            | Act::Chunk(_) => Vec::new(),
        },
        StatementKind::Connect(opening) => {
            let names = opening.users.iter().filter_map(|declaration| declaration.wire_name.as_ref());
            names.chain(&opening.password).collect()
        }
        StatementKind::Value(Value::Let(constant)) => vec![&constant.value],
        StatementKind::Value(Value::Param(param)) => vec![&param.default],
        StatementKind::Value(Value::Assert(assert)) => vec![&assert.left, &assert.right],
        StatementKind::Block(_) | StatementKind::Wait(_) | StatementKind::Set(_) => Vec::new(),
    }
}

/// The lines of a text to send.
fn lines(text: &SendText) -> Vec<&Template> {
    match text {
        SendText::Line(line) => vec![line],
        SendText::Block { lines, .. } => lines.iter().collect(),
    }
}

/// The users and groups that a statement declares.
fn declarations_of(statement: &Statement) -> &[Declaration] {
    statement.kind.opening().map_or(&[], |opening| &opening.users)
}

/// Where each label and group of the file is declared first, wherever that is.
fn declarations(script: &Script) -> HashMap<Name, Span> {
    let mut found = HashMap::new();
    for declaration in script.statements().flat_map(declarations_of) {
        for name in declaration.members.iter().chain([&declaration.label.value]) {
            found.entry(name.clone()).or_insert(declaration.label.span);
        }
    }
    found
}
