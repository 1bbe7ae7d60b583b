//! Evidence from the inboxes: what the user in question received, and what all others did.

use std::sync::Arc;
use std::time::Instant;

use crate::diagnostic::source::Source;
use crate::diagnostic::{Diagnostic, DiagnosticNote, Difference, InboxExcerpt, InboxRow, Quote};
use crate::lang::ast::Name;
use crate::lang::quote::literal;
use crate::protocol::dialect::{Dialect, ServerLine};
use crate::run::outcome::{ActionKind, Defect, Expected, Failure, Fate, Received, Turn, Unfinished};
use crate::text::numbers::{counted, duration};
use crate::text::visible::{start_of, visible};

/// How many lines of an inbox are shown.
const ROWS: usize = 8;
/// How many of them come after the line in question.
const ROWS_AFTER: usize = 3;

/// The most other users whose lines are shown.
const OTHERS: usize = 5;
/// A difference further than this into a line, in bytes, is shown without the beginning of the line.
const FAR: usize = 200;
/// How many bytes before such a difference are shown.
const CONTEXT: usize = 60;
/// What stands for the rest.
const LEFT_OUT: &str = "...";

/// Whether the line refuses something, in any dialect.
fn is_refusal(line: &str) -> bool {
    Dialect::ALL.into_iter().any(|dialect| matches!(dialect.read(line), ServerLine::Refused { .. }))
}

/// A failure, and where it stands.
pub(super) struct Evidence<'f> {
    source: &'f Source,
    failure: &'f Failure,
}

impl<'f> Evidence<'f> {
    pub(super) fn new(source: &'f Source, failure: &'f Failure) -> Self {
        Self { source, failure }
    }

    /// The error at the failure's place, with what was done last before it.
    pub(super) fn error(&self, message: impl Into<String>, mark: impl Into<String>) -> Diagnostic {
        let error = Diagnostic::error(self.source, self.failure.span, message, mark);
        let snapshot = &self.failure.snapshot;
        match snapshot.action {
            Some(action) if action.line < self.failure.line || self.is_elsewhere(action.line) => {
                let at = action.at.saturating_duration_since(snapshot.start).as_secs_f64();
                let verb = match action.kind {
                    ActionKind::Sent => "sent",
                    ActionKind::Connected => "connected",
                    ActionKind::Left => "left",
                    ActionKind::Transferred => "sent or fetched a file",
                };
                error.margin(action.line, format!("{verb} at {at:.3} s"))
            }
            Some(_) | None => error,
        }
    }

    /// Whether the line stands in another file than the statement that failed.
    fn is_elsewhere(&self, line: usize) -> bool {
        self.source.place(line).0 != self.source.place(self.failure.line).0
    }

    /// The line of the statement that failed.
    pub(super) fn line(&self) -> usize {
        self.failure.line
    }

    /// A line as sentences name it.
    pub(super) fn line_name(&self, line: usize) -> String {
        self.source.line_name(line)
    }

    /// Adds the turn of the loops, the test, and whether the server is gone.
    pub(super) fn circumstances(&self, error: Diagnostic) -> Diagnostic {
        let snapshot = &self.failure.snapshot;
        let turn = match (&snapshot.turn.me, snapshot.turn.turn) {
            (Some(me), Some(Turn { of, number })) => {
                Some(format!("in {me}'s turn of the `each`, turn {number} of the `{of}`"))
            }
            (Some(me), None) => Some(format!("in {me}'s turn of the `each`")),
            (None, Some(Turn { of, number })) => Some(format!("in turn {number} of the `{of}`")),
            (None, None) => None,
        };
        let error = turn.into_iter().fold(error, Diagnostic::text);
        let error = snapshot.test.iter().fold(error, |error, test| error.text(format!("in the test \"{test}\"")));
        if snapshot.server_is_gone {
            return error.text("all connections have ended and no new one can be made: the server is gone");
        }
        error
    }

    /// A received line as evidence, with its latency.
    pub(super) fn quote(&self, key: &str, line: &Received, differences: Vec<Difference>) -> Quote {
        let (text, differences) = near_the_difference(text_of(line), differences);
        Quote { key: key.to_owned(), text, differences, margin: self.latency(line.at) }
    }

    /// Adds the last lines of a user's inbox, up to a few after `here`.
    pub(super) fn inbox(&self, error: Diagnostic, user: &Name, here: Option<&Received>) -> Diagnostic {
        let lines = self.history(user);
        let unfinished = self.unfinished(user).map(|waiting| {
            let bytes = counted(waiting.bytes, "byte");
            format!("{bytes} without a newline: \"{}\"", visible(&waiting.text))
        });
        match (lines, unfinished) {
            ([], None) => error.text(format!("{user} has received nothing")),
            ([], Some(waiting)) => error.text(format!("{user} has received {waiting}")),
            (lines, waiting) => {
                let error = self.rows(error, user, lines, here);
                waiting.into_iter().fold(error, |error, waiting| error.text(format!("and {waiting}")))
            }
        }
    }

    fn rows(&self, error: Diagnostic, user: &Name, lines: &[Received], here: Option<&Received>) -> Diagnostic {
        let is_here = |line: &Received| here.is_some_and(|here| Arc::ptr_eq(&here.text, &line.text));
        let position = lines.iter().position(is_here).map_or(lines.len(), |here| here + 1 + ROWS_AFTER);
        let end = position.min(lines.len());
        let rows = lines[end.saturating_sub(ROWS)..end].iter().map(|line| InboxRow {
            time: line.at.saturating_duration_since(self.failure.snapshot.start),
            text: text_of(line),
            fate: if is_here(line) { "<- here".to_owned() } else { self.fate(line.fate) },
            is_dimmed: is_the_dialects(line.fate),
        });
        let error =
            error.note(DiagnosticNote::Inbox(InboxExcerpt { title: format!("{user}'s inbox"), rows: rows.collect() }));
        match lines.len() - end {
            0 => error,
            more => error.text(format!("{} not shown", counted(more, "later line"))),
        }
    }

    /// Adds who else received the expected line, and what the server refused to other users meanwhile.
    pub(super) fn others(&self, error: Diagnostic, expected: &Expected) -> Diagnostic {
        let since = self.failure.snapshot.action.map(|action| action.at);
        let has_come = self.unread_match(expected).is_some();
        let is_known = |line: &&Received| line.defect.is_none() && since.is_none_or(|since| line.at >= since);
        let others = self.failure.snapshot.inboxes.iter().filter(|(user, _)| *user != expected.user);
        let others: Vec<_> = others.map(|(user, lines)| (user, lines.iter().filter(is_known))).collect();
        // It has come to this user as well, behind another line: then it says nothing that others have it.
        let received = others.iter().filter(|_| !has_come).filter_map(|(user, lines)| {
            let line = lines.clone().find(|line| expected.pattern.accepts(&line.text))?;
            let what = if expected.pattern.exact().is_some() { "exactly this line" } else { "a matching line" };
            let when = self.latency(line.at).map_or(String::new(), |latency| format!(" {latency}"));
            Some(format!("{user} received {what}{when}"))
        });
        let received: Vec<String> = received.collect();
        let more = received.len().saturating_sub(OTHERS);
        let error = received.into_iter().take(OTHERS).fold(error, Diagnostic::text);
        let error = if more == 0 { error } else { error.text(format!("{more} others received it too")) };
        let refused = others.into_iter().filter_map(|(user, mut lines)| {
            let line = lines.find(|line| line.fate == Fate::Unread && is_refusal(&line.text))?;
            Some(DiagnosticNote::Quote(self.quote(&format!("{user} was told"), line, Vec::new())))
        });
        refused.take(OTHERS).fold(error, Diagnostic::note)
    }

    /// How many lines stand unread before one that matches; `None` if none does.
    pub(super) fn unread_match(&self, expected: &Expected) -> Option<usize> {
        let unread = self.history(&expected.user).iter().filter(|line| line.fate == Fate::Unread);
        let matches = |line: &Received| line.defect.is_none() && expected.pattern.accepts(&line.text);
        unread.into_iter().position(matches)
    }

    /// Who else received this line and where an expectation has taken it.
    pub(super) fn taken_by(&self, user: &Name, received: &Received) -> Option<(&'f Name, usize)> {
        let others = self.failure.snapshot.inboxes.iter().filter(|(other, _)| other != user);
        others.into_iter().find_map(|(other, lines)| {
            lines.iter().find_map(|line| match line.fate {
                Fate::Matched(at) if line.text == received.text => Some((other, at)),
                _ => None,
            })
        })
    }

    /// Where the script expects the line of this user further down, if it does so in these very words.
    pub(super) fn expected_later(&self, user: &Name, received: &Received) -> Option<String> {
        let written = literal(&received.text);
        let expects = |line: &usize| {
            let text = self.source.line(*line).trim_start_matches([' ', '\t']);
            let operator = text.split_once("< ").filter(|(_, pattern)| *pattern == written);
            operator.is_some_and(|(users, _)| users.split(',').any(|name| name.trim() == user.as_str()))
        };
        let last = self.source.line_count();
        let line = (self.failure.line + 1..=last).find(expects).filter(|_| received.defect.is_none())?;
        Some(format!("this line is expected in line {line}; in `unordered` ... `end` the order does not matter"))
    }

    /// Adds where a matching line was taken earlier.
    pub(super) fn before(&self, error: Diagnostic, expected: &Expected) -> Diagnostic {
        let lines = self.history(&expected.user);
        let taken = lines.iter().rev().find(|line| line.defect.is_none() && expected.pattern.accepts(&line.text));
        match taken {
            Some(line) => error.text(format!("a matching line came earlier: {}", self.fate(line.fate))),
            None => error,
        }
    }

    /// The lines of a user's inbox that are still known.
    pub(super) fn history(&self, user: &Name) -> &'f [Received] {
        let inboxes = &self.failure.snapshot.inboxes;
        inboxes.iter().find(|(label, _)| label == user).map_or(&[], |(_, lines)| lines.as_slice())
    }

    /// The bytes that waited for a user without a newline.
    pub(super) fn unfinished(&self, user: &Name) -> Option<&'f Unfinished> {
        self.failure.snapshot.unfinished.iter().find(|(label, _)| label == user).map(|(_, waiting)| waiting)
    }

    fn fate(&self, fate: Fate) -> String {
        match fate {
            Fate::Unread => "unread".to_owned(),
            Fate::Connect => "connect".to_owned(),
            Fate::Matched(line) => format!("matched, {}", self.line_name(line)),
            Fate::Skipped(line) => format!("skipped, {}", self.line_name(line)),
            Fate::Ignored(line) => format!("ignored, {}", self.line_name(line)),
            Fate::Drained(line) => format!("drained, {}", self.line_name(line)),
            Fate::Fence => "answers the fence".to_owned(),
            Fate::Answered => "answered by the dialect".to_owned(),
            Fate::Noise => "ignored by the dialect".to_owned(),
            Fate::Left => "came while leaving".to_owned(),
        }
    }

    fn latency(&self, at: Instant) -> Option<String> {
        let action = self.failure.snapshot.action?;
        Some(match at.checked_duration_since(action.at) {
            Some(latency) => format!("{} after {}", duration(latency), self.line_name(action.line)),
            None => format!("before {}", self.line_name(action.line)),
        })
    }
}

/// Whether the dialect took the line, so that statements never see it.
fn is_the_dialects(fate: Fate) -> bool {
    match fate {
        Fate::Fence | Fate::Answered | Fate::Noise => true,
        Fate::Unread
        | Fate::Connect
        | Fate::Matched(_)
        | Fate::Skipped(_)
        | Fate::Ignored(_)
        | Fate::Drained(_)
        | Fate::Left => false,
    }
}

/// The text from a little before its first difference, if that is far into it.
fn near_the_difference(text: String, differences: Vec<Difference>) -> (String, Vec<Difference>) {
    let first = differences.first().map_or(0, |difference| difference.range.start);
    if first < FAR {
        return (text, differences);
    }
    let start = start_of(&text, first - CONTEXT).len();
    let moved = |offset: usize| offset - start + LEFT_OUT.len();
    let differences = differences
        .into_iter()
        .map(|Difference { range, kind }| Difference { range: moved(range.start)..moved(range.end), kind });
    (format!("{LEFT_OUT}{}", &text[start..]), differences.collect())
}

fn text_of(line: &Received) -> String {
    match line.defect {
        Some(Defect::TooLong) => "(line too long)".to_owned(),
        Some(Defect::Undecodable | Defect::AnsweredTwice) | None => line.text.to_string(),
    }
}
