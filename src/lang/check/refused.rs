//! Lines that the chat grammar would refuse, where the script does not seem to expect that.

use std::collections::{HashMap, HashSet};

use super::lines;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{
    Act, BlockKind, Me, Name, Opening, OpeningKind, Part, PartKind, Script, SendText, Speech, StatementKind, Template,
    Users,
};
use crate::protocol::command::{BAD_PASSWORD, Command};
use crate::protocol::dialect::{Dialect, ServerLine};
use crate::protocol::event::Event;

/// What stands for the value of a hole: it is a name, a text and a word.
const PLACEHOLDER: &str = "x1";

/// The warnings about lines that would be refused, unless the sender next expects a refusal.
pub(super) fn find(script: &Script) -> Vec<Diagnostic> {
    let exempt = exempt(script);
    let mut warnings = Vec::new();
    let mut waiting: HashMap<Name, Vec<Diagnostic>> = HashMap::new();
    for statement in script.statements() {
        let StatementKind::By { users, act } = &statement.kind else { continue };
        match act {
            Act::Send(text) => {
                for user in people(users).into_iter().filter(|user| !exempt.contains(user)) {
                    waiting.entry(user).or_default().extend(refusals(script, text));
                }
            }
            Act::Expect(expectation) => {
                for user in people(users) {
                    let sent = waiting.remove(&user).unwrap_or_default();
                    if !may_be_refusal(expectation.pattern.template()) {
                        warnings.extend(sent);
                    }
                }
            }
            Act::Drain | Act::ExpectBytes(_) => people(users).iter().for_each(|user| drop(waiting.remove(user))),
            Act::Raw(_)
            | Act::Ignore(_)
            | Act::Silent
            | Act::Closed
            | Act::Disconnect
            | Act::Reset
            | Act::Reconnect
            | Act::Stall
            | Act::Resume
            | Act::Chunk(_)
            | Act::Upload(_)
            | Act::Download(_) => {}
        }
    }
    warnings.extend(waiting.into_values().flatten());
    warnings.dedup();
    once_each(warnings)
}

/// One warning for a line, however many users send it.
fn once_each(warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let is_new = |warning: &Diagnostic| warning.primary.as_ref().is_none_or(|mark| seen.insert(mark.span));
    warnings.into_iter().filter(is_new).collect()
}

/// Users whose lines need not be commands: those that log in by hand, and those of another dialect; `me` too, if it may be
/// one of them.
fn exempt(script: &Script) -> HashSet<Name> {
    let openings = script.statements().filter_map(|statement| statement.kind.opening());
    let openings = openings.filter(|opening| is_exempt(opening));
    let mut exempt: HashSet<Name> = openings.flat_map(Opening::members).map(|(_, member)| member.clone()).collect();
    let mut turns = script.statements().filter_map(|statement| match &statement.kind.block()?.kind {
        BlockKind::Each(users) => Some(users.labels(None)),
        _ => None,
    });
    if turns.any(|users| users.iter().any(|user| exempt.contains(user))) {
        exempt.insert(Name::new("me"));
    }
    exempt
}

fn is_exempt(opening: &Opening) -> bool {
    opening.kind == OpeningKind::Open
        || opening.speech.as_ref().is_some_and(|speech| *speech != Speech::Own(Dialect::default()))
}

/// The users of a statement, with `me` as one of them.
fn people(users: &Users) -> Vec<Name> {
    let mut people = users.labels(None);
    if let Me::At(_) = users.me {
        people.push(Name::new("me"));
    }
    people
}

fn refusals(script: &Script, text: &SendText) -> Vec<Diagnostic> {
    lines(text).into_iter().filter_map(|line| refusal(script, line)).collect()
}

fn refusal(script: &Script, line: &Template) -> Option<Diagnostic> {
    let begins_openly = !matches!(line.parts.first().map(|part| &part.kind), Some(PartKind::Literal(_)));
    if begins_openly {
        return None;
    }
    let text = sample(line, PLACEHOLDER);
    let wrong = Command::parse(&text).err()?;
    // Of a password that a value is to give, the placeholder says nothing.
    if wrong.code() == BAD_PASSWORD && text != sample(line, "") {
        return None;
    }
    let refusal = Event::Refused(wrong.into());
    let answer = Dialect::default().spelled(&refusal);
    let help = "if that is what the test is about, expect this answer next; else `raw` sends anything";
    let mark = format!("the answer would be `{}`", answer.trim_end());
    Some(Diagnostic::warning(&script.source, line.span, "the chat server would refuse this line", mark).help(help))
}

/// A text that a template could become, with `filling` for the value of each hole.
fn sample(template: &Template, filling: &str) -> String {
    let of_part = |part: &Part| match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => text.clone(),
        PartKind::Insert(_)
        | PartKind::Capture { .. }
        | PartKind::Anything(_)
        | PartKind::Generate(_)
        | PartKind::Stamp(_) => filling.to_owned(),
    };
    template.parts.iter().map(of_part).collect()
}

/// Whether a line in which the server refuses something could match.
fn may_be_refusal(pattern: &Template) -> bool {
    let is_refusal = |line: &str| matches!(Dialect::default().read(line), ServerLine::Refused { .. });
    match pattern.parts.first().map(|part| &part.kind) {
        // A hole may begin with the blank behind the code, or with the code itself.
        Some(PartKind::Literal(_) | PartKind::Quoted(_)) => {
            [PLACEHOLDER, " x1"].iter().any(|filling| is_refusal(&sample(pattern, filling)))
        }
        Some(_) => true,
        None => false,
    }
}
