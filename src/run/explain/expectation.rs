//! Expectations that were not met: the line that came instead, or that none did.

use std::time::Duration;

use super::evidence::Evidence;
use super::{difference, ended, help, is_expected, misfit};
use crate::client::MAX_LINE;
use crate::diagnostic::{Diagnostic, DiagnosticNote, Difference, Quote};
use crate::lang::ast::Name;
use crate::run::matching::{Contradiction, Matcher};
use crate::run::outcome::{Defect, Expected, Fate, Received, StreamEnd, Wanted};
use crate::text::numbers::{counted, duration, setting};

/// How alike a skipped line must be to be worth showing.
const ALIKE: f64 = 0.6;
/// The longest lines whose likeness is looked at: it takes the product of their lengths.
const COMPARABLE: usize = 500;

pub(super) fn different(evidence: &Evidence<'_>, expected: &Expected, received: &Received) -> Diagnostic {
    let Expected { user, pattern } = expected;
    let mut error = evidence.error(format!("{user} received a different line"), is_expected(pattern));
    let (differences, remarks) = differing(pattern, received);
    error = error.note(DiagnosticNote::Quote(evidence.quote("received", received, differences)));
    error = remarks.into_iter().fold(error, Diagnostic::text);
    let error = evidence.inbox(error, user, Some(received));
    let error = evidence.others(error, expected);
    help::for_different(error, evidence, expected, received)
}

/// The parts in which the line differs from the pattern, and remarks about them.
fn differing(pattern: &Matcher, received: &Received) -> (Vec<Difference>, Vec<String>) {
    if let Some(defect) = received.defect {
        return (Vec::new(), vec![reason(defect)]);
    }
    if let Some(text) = pattern.exact() {
        let remark = difference::look_alike(text, &received.text).map(|alike| alike.remark);
        return (difference::between(text, &received.text), remark.into_iter().collect());
    }
    let Some(misfit) = misfit::of(pattern.pieces(), &received.text) else { return (Vec::new(), Vec::new()) };
    let part = &received.text[misfit.difference.range.clone()];
    let remark = misfit.hole.map(|hole| match part {
        "" => format!("nothing is left for `{}`", hole.shown()),
        part => format!("`{part}` does not match `{}`", hole.shown()),
    });
    (vec![misfit.difference], remark.into_iter().collect())
}

pub(super) fn contradicted(
    evidence: &Evidence<'_>,
    expected: &Expected,
    received: &Received,
    contradiction: &Contradiction,
) -> Diagnostic {
    let Contradiction { name, first, second } = contradiction;
    let error = evidence.error(format!("{name} has two values in one statement"), is_expected(&expected.pattern));
    let error = error.note(DiagnosticNote::Quote(evidence.quote("received", received, Vec::new())));
    let error = error.text(format!("first `{first}`, then `{second}`"));
    let error = evidence.inbox(error, &expected.user, Some(received));
    error.help("use two names to keep both values")
}

pub(super) fn missing(evidence: &Evidence<'_>, expected: &Expected, waited: Duration) -> Diagnostic {
    let error = evidence.error(format!("{} did not receive the line", expected.user), is_expected(&expected.pattern));
    let mut error = error.text(format!("waited {}", duration(waited)));
    if let Some(line) = nearest(evidence, expected) {
        let (differences, remarks) = differing(&expected.pattern, line);
        error = error.note(DiagnosticNote::Quote(evidence.quote("the nearest skipped line is", line, differences)));
        error = remarks.into_iter().fold(error, Diagnostic::text);
    }
    let error = evidence.inbox(error, &expected.user, None);
    let error = evidence.before(error, expected);
    evidence.others(error, expected)
}

/// The line most like the expected one, of those that this statement has skipped.
fn nearest<'f>(evidence: &Evidence<'f>, expected: &Expected) -> Option<&'f Received> {
    let pattern = expected.pattern.shown();
    let is_skipped = |line: &&Received| line.fate == Fate::Skipped(evidence.line()) && line.defect.is_none();
    let skipped = evidence.history(&expected.user).iter().filter(is_skipped);
    let comparable = skipped.filter(|line| line.text.len().max(pattern.len()) <= COMPARABLE);
    let likeness = comparable.map(|line| (strsim::normalized_levenshtein(pattern, &line.text), line));
    let nearest = likeness.filter(|(likeness, _)| *likeness >= ALIKE).max_by(|one, two| one.0.total_cmp(&two.0));
    nearest.map(|(_, line)| line)
}

pub(super) fn late(
    evidence: &Evidence<'_>,
    expected: &Expected,
    received: &Received,
    allowed: Duration,
    by: Duration,
) -> Diagnostic {
    let message = format!("{} received the line late by {}", expected.user, duration(by));
    let error = evidence.error(message, format!("expected within {}", setting(allowed)));
    let error = error.note(DiagnosticNote::Quote(evidence.quote("received", received, Vec::new())));
    let error = evidence.inbox(error, &expected.user, Some(received));
    let enough = (allowed + by).as_micros().div_ceil(1000);
    error.help(format!("`@{enough}ms` would have been enough"))
}

/// The connection ended before the line came.
pub(super) fn cut_off(evidence: &Evidence<'_>, expected: &Expected, end: StreamEnd) -> Diagnostic {
    let message = format!("{}'s connection ended before the line came", expected.user);
    let error = evidence.error(message, is_expected(&expected.pattern));
    let error = error.text(format!("the connection {}", ended(end)));
    let error = evidence.inbox(error, &expected.user, None);
    evidence.others(error, expected)
}

pub(super) fn unwanted(evidence: &Evidence<'_>, unwanted: &Expected, received: &Received) -> Diagnostic {
    let message = format!("{} received an unwanted line", unwanted.user);
    let error = evidence.error(message, format!("unwanted: `{}`", unwanted.pattern.shown()));
    let error = error.note(DiagnosticNote::Quote(evidence.quote("received", received, Vec::new())));
    evidence.inbox(error, &unwanted.user, Some(received))
}

pub(super) fn not_silent(evidence: &Evidence<'_>, user: &Name, lines: &[Received]) -> Diagnostic {
    let error = evidence.error(format!("{user} is not silent"), format!("{} unread", counted(lines.len(), "line")));
    let error = evidence.inbox(error, user, lines.first());
    let error = second_answers(error, lines);
    help::expectations(error, user, lines)
}

/// Says of lines that answer a fence again that they do.
pub(super) fn second_answers(error: Diagnostic, lines: &[Received]) -> Diagnostic {
    let is_any = lines.iter().any(|line| line.defect == Some(Defect::AnsweredTwice));
    if is_any { error.text(reason(Defect::AnsweredTwice)) } else { error }
}

pub(super) fn unusable(evidence: &Evidence<'_>, user: &Name, received: &Received, left: &[Wanted]) -> Diagnostic {
    let message = format!("{user} received a line that fits none of the patterns still open");
    let error = evidence.error(message, format!("{} still open", counted(left.len(), "pattern")));
    let mut error = error.note(DiagnosticNote::Quote(evidence.quote("received", received, Vec::new())));
    if let Some(defect) = received.defect {
        error = error.text(reason(defect));
    }
    let error = left.iter().fold(error, |error, wanted| missing_pattern(evidence, error, wanted));
    evidence.inbox(error, user, Some(received))
}

pub(super) fn incomplete(
    evidence: &Evidence<'_>,
    user: &Name,
    left: &[Wanted],
    waited: Duration,
    end: Option<StreamEnd>,
) -> Diagnostic {
    let why = end.map_or(format!("waited {}", duration(waited)), |end| format!("the connection {}", ended(end)));
    let message = format!("{user} did not receive {}", counted(left.len(), "expected line"));
    let error =
        left.iter().fold(evidence.error(message, why), |error, wanted| missing_pattern(evidence, error, wanted));
    evidence.inbox(error, user, None)
}

fn missing_pattern(evidence: &Evidence<'_>, error: Diagnostic, wanted: &Wanted) -> Diagnostic {
    error.note(DiagnosticNote::Quote(Quote {
        key: "expected".to_owned(),
        text: wanted.pattern.shown().to_owned(),
        differences: Vec::new(),
        margin: Some(evidence.line_name(wanted.line)),
    }))
}

fn reason(defect: Defect) -> String {
    match defect {
        Defect::Undecodable => "the line is not valid in the connection's encoding".to_owned(),
        Defect::AnsweredTwice => "the server has answered the fence of the dialect a second time".to_owned(),
        Defect::TooLong => format!("the line is longer than {MAX_LINE} bytes"),
    }
}
