//! What keeps a dialect from working: holes that nothing fills, and answers that go round in a circle.

use std::collections::HashSet;

use regex::Regex;

use super::findings::{Basis, Findings};
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{
    AutoReply, DialogueAct, DialogueStep, Fence, ForeignDialect, Insert, Name, Part, PartKind, Pattern, SendText,
    Template,
};

/// What stands for the value of a hole.
const PLACEHOLDER: &str = "x1";
/// The name under which a fence has its token.
pub const TOKEN: &str = "token";
/// The name under which a user of a load has its number.
pub const NUMBER: &str = "number";

/// Reports everything that is wrong with a dialect of this file.
pub(super) fn check(dialect: &ForeignDialect, findings: &mut Findings<'_>) {
    for dialogue in [&dialect.login, &dialect.logout].into_iter().flatten() {
        steps(&dialogue.steps, HashSet::new(), findings);
    }
    if let Some(Fence { sent, answer, .. }) = &dialect.fence {
        let known = steps(sent, HashSet::from([Name::new(TOKEN)]), findings);
        answer.iter().for_each(|pattern| fixed_pattern(pattern, &known, findings));
        unsent_token(sent, answer, findings);
    }
    dialect.ignored.iter().for_each(|pattern| fixed_pattern(pattern, &HashSet::new(), findings));
    if let Some(name) = &dialect.load_name {
        filled(name, &HashSet::from([Name::new(NUMBER)]), findings);
    }
    for answer in &dialect.answers {
        let captured = answer.pattern.captures().map(|capture| capture.value).collect();
        pattern(&answer.pattern, &HashSet::new(), findings);
        filled(&answer.reply, &captured, findings);
    }
    circles(&dialect.answers, findings);
}

/// Looks at steps one after another, and returns all names that have a value after them.
fn steps(steps: &[DialogueStep], mut known: HashSet<Name>, findings: &mut Findings<'_>) -> HashSet<Name> {
    for step in steps {
        match &step.act {
            DialogueAct::Send(SendText::Line(line)) => filled(line, &known, findings),
            DialogueAct::Send(SendText::Block { lines, .. }) => {
                lines.iter().for_each(|line| filled(line, &known, findings));
            }
            DialogueAct::Raw(_) => {}
            DialogueAct::Expect(expectation) => {
                pattern(expectation.pattern.template(), &known, findings);
                known.extend(expectation.pattern.captures().into_iter().map(|capture| capture.value));
            }
        }
    }
    known
}

/// Reports an answer to a fence that nobody can give: its token is not sent.
fn unsent_token(sent: &[DialogueStep], answer: &[Pattern], findings: &mut Findings<'_>) {
    let is_token = |part: &&Part| matches!(&part.kind, PartKind::Insert(Insert::Value(name)) if name.as_str() == TOKEN);
    let is_sent = sent.iter().any(|step| match &step.act {
        DialogueAct::Send(SendText::Line(line)) => line.parts.iter().any(|part| is_token(&part)),
        DialogueAct::Send(SendText::Block { lines, .. }) => {
            lines.iter().flat_map(|line| &line.parts).any(|part| is_token(&part))
        }
        DialogueAct::Raw(_) | DialogueAct::Expect(_) => false,
    });
    let awaited = answer.iter().flat_map(|pattern| &pattern.template().parts).find(is_token);
    if let Some(part) = awaited.filter(|_| !is_sent) {
        let message = "the fence waits for a `{{token}}` that it does not send";
        findings.error(Basis::Itself, part.span, message, "expected `{{token}}` in its `me> ...` too");
    }
}

/// A pattern that may not capture.
fn fixed_pattern(found: &Pattern, known: &HashSet<Name>, findings: &mut Findings<'_>) {
    pattern(found.template(), known, findings);
    for capture in found.captures() {
        findings.error(Basis::Itself, capture.span, "nothing is captured here", "write `{{_}}`, which keeps nothing");
    }
}

fn pattern(template: &Template, known: &HashSet<Name>, findings: &mut Findings<'_>) {
    template.parts.iter().for_each(|part| hole(part, true, known, findings));
}

fn filled(template: &Template, known: &HashSet<Name>, findings: &mut Findings<'_>) {
    template.parts.iter().for_each(|part| hole(part, false, known, findings));
}

fn hole(part: &Part, is_pattern: bool, known: &HashSet<Name>, findings: &mut Findings<'_>) {
    match &part.kind {
        PartKind::Literal(_) | PartKind::Quoted(_) | PartKind::Insert(Insert::Me | Insert::Cast) => {}
        PartKind::Insert(Insert::Value(name)) if known.contains(name) => {}
        PartKind::Insert(Insert::Value(name)) => {
            let message = format!("`{name}` has no value in this part of a dialect");
            let mut known: Vec<String> = known.iter().map(|name| format!("`{{{{{name}}}}}`")).collect();
            known.push("`{{me}}`".to_owned());
            known.sort();
            findings.error(Basis::Itself, part.span, &message, &format!("expected {}", known.join(" or ")));
        }
        PartKind::Insert(Insert::Iteration | Insert::User(_) | Insert::Group(_)) | PartKind::Stamp(_) => {
            findings.error(Basis::Itself, part.span, "a dialect does not know the script", "not here");
        }
        PartKind::Capture { .. } | PartKind::Anything(_) if is_pattern => {}
        PartKind::Capture { .. } | PartKind::Anything(_) => {
            findings.error(Basis::Itself, part.span, "nothing is matched in a text to send", "not here");
        }
        PartKind::Generate(_) if !is_pattern => {}
        PartKind::Generate(_) => {
            findings.error(Basis::Itself, part.span, "a made-up value in an expectation", "not here");
        }
    }
}

/// Reports the first answer that, by way of others or alone, answers itself: against a server that echoes it would never
/// end.
fn circles(answers: &[AutoReply], findings: &mut Findings<'_>) {
    let patterns: Vec<Option<Regex>> = answers.iter().map(|answer| expression(&answer.pattern)).collect();
    let replies: Vec<String> = answers.iter().map(|answer| sample(&answer.reply)).collect();
    let answered_by = |reply: &str| {
        patterns.iter().position(|pattern| pattern.as_ref().is_some_and(|pattern| pattern.is_match(reply)))
    };
    for (start, answer) in answers.iter().enumerate() {
        let mut next = answered_by(&replies[start]);
        for _ in 0..answers.len() {
            let Some(at) = next else { break };
            if at == start {
                let message = "this answer leads back to itself";
                let mark = format!("`{}` is answered again", replies[start]);
                let help = "a server that sends back what it receives would be answered for ever";
                findings.add(Basis::Itself, Diagnostic::error(findings.source, answer.span, message, mark).help(help));
                return;
            }
            next = answered_by(&replies[at]);
        }
    }
}

fn expression(pattern: &Template) -> Option<Regex> {
    let parts = pattern.parts.iter().map(|part| match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => regex::escape(text),
        PartKind::Insert(_)
        | PartKind::Capture { .. }
        | PartKind::Anything(_)
        | PartKind::Generate(_)
        | PartKind::Stamp(_) => ".*".to_owned(),
    });
    Regex::new(&format!(r"(?s)\A{}\z", parts.collect::<String>())).ok()
}

fn sample(text: &Template) -> String {
    let parts = text.parts.iter().map(|part| match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => text.as_str(),
        PartKind::Insert(_)
        | PartKind::Capture { .. }
        | PartKind::Anything(_)
        | PartKind::Generate(_)
        | PartKind::Stamp(_) => PLACEHOLDER,
    });
    parts.collect()
}
