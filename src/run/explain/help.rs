//! Help: what to write instead. It offers only what would have passed on the lines received.

use super::OFFERED;
use super::difference::look_alike;
use super::evidence::Evidence;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{CaptureKind, Name};
use crate::lang::quote::literal;
use crate::run::matching::{Matcher, Piece};
use crate::run::outcome::{Expected, Received};
use crate::text::numbers::counted;
use crate::text::visible::start_of;

/// How many bytes of a line are offered.
const LONGEST: usize = 200;

/// The unread lines as expectations, ready to be pasted.
pub(super) fn expectations(error: Diagnostic, user: &Name, lines: &[Received]) -> Diagnostic {
    let readable = lines.iter().filter(|line| line.defect.is_none());
    let offered = readable.take(OFFERED).map(|line| format!("{user}< {}", short(&line.text)));
    let error = offered.fold(error, Diagnostic::help);
    match lines.len().saturating_sub(OFFERED) {
        0 => error,
        more => error.text(format!("{} of {user} not shown", counted(more, "more line"))),
    }
}

/// An expectation that accepts the line, cut off if it is very long.
fn short(text: &str) -> String {
    if text.len() <= LONGEST {
        return literal(text);
    }
    format!("{}{{{{_}}}}", literal(start_of(text, LONGEST)))
}

/// What the writer of `text` may have meant, if that accepts what was received.
fn meant(user: &Name, text: &str, received: &str) -> Option<String> {
    if received.len() > text.len() && received.starts_with(text) {
        return Some(format!("`{}{{{{_}}}}` accepts a longer text", literal(text)));
    }
    if received.strip_suffix(text).is_some_and(|source| source.ends_with(": ")) {
        return Some(format!("`{user}< {}`: a line begins with its sender", literal(received)));
    }
    if text.trim_matches(['"', '\'', '`']) == received {
        return Some(format!("`{user}< {}`: a line has no quotes around it", literal(received)));
    }
    let is_accepted = |pattern: &Matcher| pattern.accepts(received);
    let pieces: Vec<Piece> = text.split_inclusive('*').flat_map(star).collect();
    if text.contains('*') && Matcher::text(&pieces).is_ok_and(|pattern| is_accepted(&pattern)) {
        let written: String = pieces.iter().map(Piece::shown).collect();
        return Some(format!("`{written}`: `{{{{_}}}}` matches anything"));
    }
    let is_regex = text.contains(['*', '+', '[', '\\', '(']) && !text.contains("{{");
    let regex = is_regex.then(|| Matcher::regex(text, &[]).ok()).flatten();
    regex.filter(is_accepted).map(|_| format!("`{user}<~ {text}` matches a regular expression"))
}

/// The text before a star, and the star as a hole.
fn star(part: &str) -> Vec<Piece> {
    match part.strip_suffix('*') {
        Some(before) => vec![Piece::Text(before.to_owned()), Piece::Anything(CaptureKind::Any)],
        None => vec![Piece::Text(part.to_owned())],
    }
}

/// The regular expression with what it lacks to match the whole line, if it matches a part of it.
fn whole_expression(user: &Name, pattern: &Matcher, received: &Received) -> Option<String> {
    let source = pattern.expression().filter(|_| received.defect.is_none())?;
    let longer = [format!(".*{source}"), format!("{source}.*"), format!(".*{source}.*")];
    let fits = |source: &&String| Matcher::regex(source, &[]).is_ok_and(|matcher| matcher.accepts(&received.text));
    let longer = longer.iter().find(fits)?;
    Some(format!("an expression has to match the whole line: `{user}<~ {longer}`"))
}

/// What would have accepted another line than the expected one.
pub(super) fn for_different(
    error: Diagnostic,
    evidence: &Evidence<'_>,
    expected: &Expected,
    received: &Received,
) -> Diagnostic {
    let Expected { user, pattern } = expected;
    let exact = pattern.exact().filter(|_| received.defect.is_none());
    if let Some(alike) = exact.and_then(|text| look_alike(text, &received.text)) {
        return match alike.written {
            Some(written) => error.help(format!("{user}< {written}")),
            None => error.help(format!("`{user}<~ (?i){}` accepts any case", regex::escape(&received.text))),
        };
    }
    if let Some(help) = exact.and_then(|text| meant(user, text, &received.text)) {
        return error.help(help);
    }
    if let Some(help) = whole_expression(user, pattern, received) {
        return error.help(help);
    }
    let later = evidence.expected_later(user, received);
    let is_later = later.is_some();
    let error = later.into_iter().fold(error, Diagnostic::help);
    let Some(skipped) = evidence.unread_match(expected).filter(|skipped| *skipped > 0) else { return error };
    let error = if is_later || received.defect.is_some() {
        error
    } else {
        error.help(in_between(evidence, user, received, skipped))
    };
    error.help(format!("`{user}<.. ` skips {} before it", counted(skipped, "line")))
}

/// What would have taken the line that came first, which was forgotten: by everybody, or of this user only.
fn in_between(evidence: &Evidence<'_>, user: &Name, received: &Received, skipped: usize) -> String {
    let what = if skipped == 1 { "the line before it" } else { "the first of the lines before it" };
    let expects = format!("`{user}< {}` expects {what}", short(&received.text));
    match evidence.taken_by(user, received) {
        Some((other, line)) => format!("{expects}, which {other} took in {}", evidence.line_name(line)),
        None => format!("{expects}, which no statement above has taken"),
    }
}
