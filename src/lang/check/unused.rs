//! What has no use: users nobody speaks of, captures and values nobody inserts, assertions that compare fixed texts.

use std::collections::HashSet;

use super::{declarations_of, templates};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{
    Act, BlockKind, CaptureKind, Insert, Name, PartKind, Pattern, Script, Statement, StatementKind, Template, Users,
    Value,
};

/// The warnings about a script's unused names.
pub(super) fn find(script: &Script) -> Vec<Diagnostic> {
    let used = used(script);
    let mut warnings = Vec::new();
    for statement in script.statements() {
        warn_of_users(script, statement, &used, &mut warnings);
        warn_of_captures(script, statement, &used, &mut warnings);
        warn_of_values(script, statement, &used, &mut warnings);
    }
    // What an included file gives, other scripts may use.
    let is_own =
        |warning: &Diagnostic| warning.primary.as_ref().is_none_or(|mark| !script.source.is_included(mark.span.start));
    warnings.retain(is_own);
    warnings
}

fn warn_of_users(script: &Script, statement: &Statement, used: &HashSet<Name>, warnings: &mut Vec<Diagnostic>) {
    for declaration in declarations_of(statement) {
        if declaration.members.iter().any(|member| used.contains(member)) {
            continue;
        }
        let label = &declaration.label;
        let help = format!("if nothing must reach {0}, say so: `{0} is silent`", label.value);
        let message = format!("{} is connected and never used", label.value);
        warnings.push(Diagnostic::warning(&script.source, label.span, message, "unused user").help(help));
    }
}

fn warn_of_captures(script: &Script, statement: &Statement, used: &HashSet<Name>, warnings: &mut Vec<Diagnostic>) {
    let StatementKind::By { users, act: Act::Expect(expectation) } = &statement.kind else { return };
    let captures = expectation.pattern.captures();
    for Spanned { value: name, span } in &captures {
        if used.contains(name) || requires_equality(users, &captures, name) {
            continue;
        }
        let help = match &expectation.pattern {
            Pattern::Text(template) => match kind_at(template, *span) {
                CaptureKind::Any => "`{{_}}` matches anything and keeps nothing",
                CaptureKind::Word => "`{{_:word}}` matches a word and keeps nothing",
                CaptureKind::Int => "`{{_:int}}` matches a number and keeps nothing",
            },
            Pattern::Regex(_) => "`(?:...)` groups and keeps nothing",
        };
        let message = format!("`{name}` is captured and never used");
        warnings.push(Diagnostic::warning(&script.source, *span, message, "unused capture").help(help));
    }
}

/// What the capture at this place matches.
fn kind_at(template: &Template, span: Span) -> CaptureKind {
    let mut kinds = template.parts.iter().filter(|part| part.span == span).filter_map(|part| match &part.kind {
        PartKind::Capture { kind, .. } => Some(*kind),
        PartKind::Literal(_)
        | PartKind::Quoted(_)
        | PartKind::Insert(_)
        | PartKind::Anything(_)
        | PartKind::Generate(_)
        | PartKind::Stamp(_) => None,
    });
    kinds.next_back().unwrap_or(CaptureKind::Any)
}

fn warn_of_values(script: &Script, statement: &Statement, used: &HashSet<Name>, warnings: &mut Vec<Diagnostic>) {
    let (name, what) = match &statement.kind {
        StatementKind::Value(Value::Let(constant)) => (&constant.name, "constant"),
        StatementKind::Value(Value::Param(param)) => (&param.name, "parameter"),
        StatementKind::Value(Value::Assert(assert)) => {
            if assert.left.is_literal() && assert.right.is_literal() {
                let message = "both sides of the assertion are fixed texts";
                let warning = Diagnostic::warning(&script.source, statement.span, message, "it is always the same");
                warnings.push(warning.help("a value stands in a hole: `assert {{n}} == 5`"));
            }
            for sign in [&assert.left, &assert.right].into_iter().filter_map(arithmetic) {
                let message = "nothing is computed in an assertion";
                let warning = Diagnostic::warning(&script.source, sign, message, "this is text");
                warnings.push(warning.help("both sides are compared as they are, with every value in its place"));
            }
            return;
        }
        StatementKind::By { .. }
        | StatementKind::Connect(_)
        | StatementKind::Block(_)
        | StatementKind::Wait(_)
        | StatementKind::Set(_) => return,
    };
    if !used.contains(&name.value) {
        let message = format!("`{}` is never used", name.value);
        warnings.push(Diagnostic::warning(&script.source, name.span, message, format!("unused {what}")));
    }
}

/// What stands between two numbers elsewhere.
const SIGNS: [&str; 4] = [" + ", " - ", " * ", " / "];

/// A text that would compute something with the value before it.
fn arithmetic(side: &Template) -> Option<Span> {
    side.parts.windows(2).find_map(|pair| match (&pair[0].kind, &pair[1].kind) {
        (PartKind::Insert(_), PartKind::Literal(text)) if SIGNS.iter().any(|sign| text.starts_with(sign)) => {
            Some(pair[1].span)
        }
        _ => None,
    })
}

/// Whether the capture says that several texts have to be equal, which is use enough.
fn requires_equality(users: &Users, captures: &[Spanned<Name>], name: &Name) -> bool {
    let is_repeated = captures.iter().filter(|capture| capture.value == *name).count() > 1;
    is_repeated || users.mentions_me() || users.labels(None).len() > 1
}

/// Every name that something uses: labels, and what is inserted.
fn used(script: &Script) -> HashSet<Name> {
    let mut used: HashSet<Name> = script.sizes.iter().map(|size| size.value.clone()).collect();
    for statement in script.statements() {
        if let Some(users) = statement.kind.users() {
            use_users(users, &mut used);
        }
        if let StatementKind::By { act: Act::Upload(upload), .. } = &statement.kind {
            upload.to.users.iter().for_each(|users| use_users(users, &mut used));
        }
        if let Some(BlockKind::Each(users)) = statement.kind.block().map(|block| &block.kind) {
            use_users(users, &mut used);
        }
        for part in templates(&statement.kind).into_iter().flat_map(|template| &template.parts) {
            use_part(&part.kind, &mut used);
        }
    }
    used
}

fn use_part(part: &PartKind, used: &mut HashSet<Name>) {
    match part {
        PartKind::Insert(Insert::User(name) | Insert::Value(name)) => {
            used.insert(name.clone());
        }
        PartKind::Insert(Insert::Group(members)) => used.extend(members.iter().cloned()),
        PartKind::Stamp(Some(targets)) => use_users(targets, used),
        PartKind::Insert(Insert::Me | Insert::Iteration | Insert::Cast)
        | PartKind::Stamp(None)
        | PartKind::Literal(_)
        | PartKind::Quoted(_)
        | PartKind::Capture { .. }
        | PartKind::Anything(_)
        | PartKind::Generate(_) => {}
    }
}

fn use_users(users: &Users, used: &mut HashSet<Name>) {
    used.extend(users.resolved.iter().cloned());
}
