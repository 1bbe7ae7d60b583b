//! Templates and patterns with their holes filled: names inserted, values generated, stamps issued.

use super::Lane;
use crate::delivery::accounts::Issue;
use crate::lang::ast::{Insert, Name, Part, PartKind, Pattern, RegexPattern, Template, Users};
use crate::run::matching::{Matcher, Piece};
use crate::run::outcome::Problem;
use crate::run::user::{Reach, User};

/// The user for whom a template is evaluated, and the line of the statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct For<'u> {
    /// The user for whom the text is made.
    pub(super) user: &'u User,
    /// The statement's line.
    pub(super) line: usize,
}

/// The text of a template without captures.
pub(super) fn text(lane: &mut Lane<'_>, template: &Template, target: Option<For<'_>>) -> Result<String, Problem> {
    let parts = template.parts.iter();
    let pieces = parts.map(|part| piece(lane, part, target)).collect::<Result<Vec<Piece>, Problem>>()?;
    Ok(pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Capture(..) | Piece::Anything(_) => String::new(),
        })
        .collect())
}

/// The text of one line: a line break in it would make two of it.
pub(super) fn line(lane: &mut Lane<'_>, template: &Template, target: For<'_>) -> Result<String, Problem> {
    let text = text(lane, template, Some(target))?;
    if text.contains('\n') { Err(Problem::LineBreak { text }) } else { Ok(text) }
}

/// A pattern with its insertions made.
pub(super) fn matcher(lane: &mut Lane<'_>, pattern: &Pattern, target: For<'_>) -> Result<Matcher, Problem> {
    let compiled = match pattern {
        Pattern::Text(template) => {
            let parts = template.parts.iter();
            let pieces = parts.map(|part| piece(lane, part, Some(target))).collect::<Result<Vec<Piece>, Problem>>()?;
            Matcher::text(&pieces)
        }
        Pattern::Regex(regex) => Matcher::regex(&regex_source(lane, regex, target)?, &names(regex)),
    };
    compiled.map_err(|_| Problem::PatternTooLarge)
}

fn regex_source(lane: &mut Lane<'_>, pattern: &RegexPattern, target: For<'_>) -> Result<String, Problem> {
    let mut source = String::new();
    for part in &pattern.template.parts {
        match (&part.kind, piece(lane, part, Some(target))?) {
            (PartKind::Literal(text), _) => source.push_str(text),
            (_, Piece::Text(text)) => source.push_str(&regex::escape(&text)),
            (_, Piece::Capture(..) | Piece::Anything(_)) => {}
        }
    }
    Ok(source)
}

fn piece(lane: &mut Lane<'_>, part: &Part, target: Option<For<'_>>) -> Result<Piece, Problem> {
    Ok(match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => Piece::Text(text.clone()),
        PartKind::Insert(insert) => Piece::Text(inserted(lane, insert, target)?),
        PartKind::Capture { name, kind } => Piece::Capture(name.clone(), *kind),
        PartKind::Anything(kind) => Piece::Anything(*kind),
        PartKind::Generate(generator) => {
            lane.ctx.note_generated();
            Piece::Text(generator.generate(lane.values.random()))
        }
        PartKind::Stamp(users) => Piece::Text(stamp(lane, users.as_ref(), target)),
    })
}

fn inserted(lane: &Lane<'_>, insert: &Insert, target: Option<For<'_>>) -> Result<String, Problem> {
    Ok(match insert {
        Insert::Me => name_of_me(lane, target),
        Insert::Iteration => lane.values.iteration().to_string(),
        Insert::Cast => lane.ctx.director.as_ref().map_or(1, |director| director.cast()).to_string(),
        Insert::User(label) => wire_name(lane, label),
        Insert::Group(labels) => labels.iter().map(|label| wire_name(lane, label)).collect::<Vec<_>>().join(","),
        Insert::Value(name) => lane.values.value(name).ok_or_else(|| Problem::NoValue { name: name.clone() })?,
    })
}

/// Inside `each` its member, elsewhere the user of the statement.
fn name_of_me(lane: &Lane<'_>, target: Option<For<'_>>) -> String {
    match (lane.values.me(), target) {
        (Some(me), _) => wire_name(lane, me),
        (None, Some(target)) => target.user.state().wire_name.clone(),
        (None, None) => String::new(),
    }
}

fn wire_name(lane: &Lane<'_>, label: &Name) -> String {
    lane.ctx.user(label).state().wire_name.clone()
}

fn stamp(lane: &Lane<'_>, users: Option<&Users>, target: Option<For<'_>>) -> String {
    let Some(For { user: sender, line }) = target else { return String::new() };
    let named = users.map(|users| lane.users(users));
    let meant: Vec<&User> = match &named {
        Some(named) => named.clone(),
        None => lane.ctx.users().iter().collect(),
    };
    let targets: Option<Vec<usize>> = named.map(|named| named.iter().map(|user| user.number).collect());
    let (mut recipients, mut stalled) = (Vec::with_capacity(meant.len()), Vec::new());
    for user in meant {
        match user.reach(targets.is_some()) {
            Reach::Away => {}
            Reach::Reading => recipients.push(user.number),
            Reach::Stalled => stalled.push(user.number),
        }
    }
    lane.ctx.accounts.issue(&Issue {
        sender: sender.number,
        line,
        targets: targets.as_deref(),
        recipients: &recipients,
        stalled: &stalled,
        intended: lane.last.intended(),
        is_counted: lane.is_counted,
    })
}

fn names(pattern: &RegexPattern) -> Vec<Name> {
    pattern.captures.iter().map(|capture| capture.value.clone()).collect()
}
