//! A failure as a diagnostic: what happened, what was expected, what came, and what would have passed.
//!
//! It is given a failure with everything that was known when it happened, and makes the value that the renderer shows.
//! Help offers only what would have passed on what was received.

mod difference;
mod evidence;
mod help;

use std::time::Duration;

use evidence::Evidence;

use super::ast::Name;
use super::diagnostic::{Diagnostic, Note, Quote};
use super::inbox::{Defect, End, Received};
use super::matching::{Contradiction, Matcher};
use super::outcome::{Expected, Failure, Problem};
use super::source::Source;
use crate::protocol::dialect::legacy;

/// How many unread lines are offered as expectations.
const OFFERED: usize = 20;

/// The diagnostic of a failure in this source.
#[must_use]
pub fn explain(source: &Source, failure: &Failure) -> Diagnostic {
    let evidence = Evidence::new(source, failure);
    match &failure.problem {
        Problem::NoConnection { user, error } => {
            evidence.error(format!("no connection for {user}"), visible_error(error))
        }
        Problem::LoginRefused { user, expected, received } => {
            login_refused(&evidence, user, expected, received.as_ref())
        }
        Problem::Different { expected, received } => different(&evidence, expected, received),
        Problem::Contradiction { expected, received, contradiction } => {
            contradicted(&evidence, expected, received, contradiction)
        }
        Problem::Missing { expected, waited } => missing(&evidence, expected, *waited),
        Problem::Late { expected, received, allowed, by } => late(&evidence, expected, received, *allowed, *by),
        Problem::Ended { expected, end } => {
            let message = format!("{} {} before the line came", whose_connection(&expected.user), ended(*end));
            evidence.inbox(evidence.error(message, is_expected(&expected.pattern)), &expected.user, None)
        }
        Problem::Unwanted { unwanted, received } => unwanted_line(&evidence, unwanted, received),
        Problem::NotSilent { user, lines } => {
            let error =
                evidence.error(format!("{user} is not silent"), format!("{} unread", count(lines.len(), "line")));
            let error = evidence.inbox(error, user, lines.first());
            help::expectations(error, user, lines)
        }
        Problem::NotClosed { user, waited } => {
            let message = format!("the server has not closed {user}'s connection");
            let error = evidence.error(message, format!("waited {}", shown(*waited)));
            evidence.inbox(error, user, None)
        }
        Problem::Unusable { user, received, left } => unusable(&evidence, user, received, left),
        Problem::Incomplete { user, left, waited, end } => {
            let why = end.map_or(format!("waited {}", shown(*waited)), |end| format!("the connection {}", ended(end)));
            let message = format!("{user} did not receive {}", count(left.len(), "expected line"));
            let error = left.iter().fold(evidence.error(message, why), missing_pattern);
            evidence.inbox(error, user, None)
        }
        Problem::Leftovers { lines } => leftovers(&evidence, lines),
        Problem::ClosedByServer { users } => closed(&evidence, users),
        Problem::NoPong { user, waited } => {
            let message = format!("{user} got no answer to the fence's ping");
            let error = evidence.error(message, format!("waited {}", shown(*waited)));
            evidence.inbox(error, user, None)
        }
        Problem::InboxFull { user } => {
            evidence.error(format!("{user}'s inbox is full"), "more than 100000 lines or 64 MiB are unread")
        }
        Problem::NotWritten { user, error } => {
            let reason = match error {
                std::io::ErrorKind::NotConnected => "the connection has ended".to_owned(),
                std::io::ErrorKind::InvalidInput => {
                    format!("more than {} bytes are two messages to an old server", legacy::READ_SIZE)
                }
                other => other.to_string(),
            };
            evidence.inbox(evidence.error(format!("{user} could not send"), reason), user, None)
        }
        Problem::NotAsserted { left, comparison, right } => {
            let values = format!("`{}` {} `{}` is not so", left, comparison.as_str(), right);
            evidence.error("an assertion does not hold", values)
        }
        Problem::NoValue { name } => {
            let reason = "nothing has been captured under this name yet";
            evidence.error(format!("{name} has no value"), reason)
        }
        Problem::PatternTooLarge => evidence.error("the pattern is too large", "with its values inserted"),
        Problem::Stamps { users, findings } => {
            let message = format!("{} went astray", count(findings.len(), "stamped line"));
            let mut error = evidence.error(message, "the test ends here");
            for finding in findings.iter().take(OFFERED) {
                let (sender, recipient) = (&users[finding.sender], &users[finding.recipient]);
                let kind = finding.kind.as_str();
                error = error.text(format!("{kind}: from {sender} to {recipient}, sent in line {}", finding.line));
            }
            error
        }
        Problem::NoServer { error } => Diagnostic::about(source, format!("the server could not be started: {error}")),
    }
}

fn login_refused(evidence: &Evidence<'_>, user: &Name, expected: &str, received: Option<&Received>) -> Diagnostic {
    let message = format!("the server did not let {user} in");
    let mut error = evidence.error(message, format!("expected `{expected}`"));
    if let Some(line) = received {
        error = error.note(Note::Quote(evidence.quote("received", line, Vec::new())));
    }
    evidence.inbox(error, user, received)
}

fn different(evidence: &Evidence<'_>, expected: &Expected, received: &Received) -> Diagnostic {
    let Expected { user, pattern } = expected;
    let error = evidence.error(format!("{user} received a different line"), is_expected(pattern));
    let differences = match (pattern.exact(), received.defect) {
        (Some(text), None) => difference::between(text, &received.text),
        (Some(_) | None, _) => Vec::new(),
    };
    let mut error = error.note(Note::Quote(evidence.quote("received", received, differences)));
    for remark in received
        .defect
        .map(defect)
        .into_iter()
        .chain(pattern.exact().and_then(|text| difference::look_alike(text, &received.text)))
    {
        error = error.text(remark);
    }
    let error = evidence.inbox(error, user, Some(received));
    let error = evidence.others(error, expected);
    help::for_different(error, evidence, expected, received)
}

fn contradicted(
    evidence: &Evidence<'_>,
    expected: &Expected,
    received: &Received,
    contradiction: &Contradiction,
) -> Diagnostic {
    let Contradiction { name, first, second } = contradiction;
    let error = evidence.error(format!("{name} has two values in one statement"), is_expected(&expected.pattern));
    let error = error.note(Note::Quote(evidence.quote("received", received, Vec::new())));
    let error = error.text(format!("first `{first}`, then `{second}`"));
    evidence.inbox(error, &expected.user, Some(received))
}

fn missing(evidence: &Evidence<'_>, expected: &Expected, waited: Duration) -> Diagnostic {
    let error = evidence.error(format!("{} did not receive the line", expected.user), is_expected(&expected.pattern));
    let error = error.text(format!("waited {}", shown(waited)));
    let error = evidence.inbox(error, &expected.user, None);
    let error = evidence.before(error, expected);
    evidence.others(error, expected)
}

fn late(
    evidence: &Evidence<'_>,
    expected: &Expected,
    received: &Received,
    allowed: Duration,
    by: Duration,
) -> Diagnostic {
    let message = format!("{} received the line late by {}", expected.user, shown(by));
    let error = evidence.error(message, format!("within {}", shown(allowed)));
    let error = error.note(Note::Quote(evidence.quote("received", received, Vec::new())));
    let error = evidence.inbox(error, &expected.user, Some(received));
    let enough = (allowed + by).as_micros().div_ceil(1000);
    error.help(format!("`@{enough}ms` would have been enough"))
}

fn unwanted_line(evidence: &Evidence<'_>, unwanted: &Expected, received: &Received) -> Diagnostic {
    let message = format!("{} received a line that must not come", unwanted.user);
    let error = evidence.error(message, format!("unwanted: `{}`", unwanted.pattern.shown()));
    let error = error.note(Note::Quote(evidence.quote("received", received, Vec::new())));
    evidence.inbox(error, &unwanted.user, Some(received))
}

fn unusable(evidence: &Evidence<'_>, user: &Name, received: &Received, left: &[Matcher]) -> Diagnostic {
    let message = format!("{user} received a line that no order of these can use");
    let error = evidence.error(message, format!("{} left", count(left.len(), "pattern")));
    let error = error.note(Note::Quote(evidence.quote("received", received, Vec::new())));
    let error = left.iter().fold(error, missing_pattern);
    evidence.inbox(error, user, Some(received))
}

fn missing_pattern(error: Diagnostic, pattern: &Matcher) -> Diagnostic {
    error.note(Note::Quote(Quote {
        key: "expected".to_owned(),
        text: pattern.shown().to_owned(),
        differences: Vec::new(),
        margin: None,
    }))
}

fn leftovers(evidence: &Evidence<'_>, lines: &[(Name, Vec<Received>)]) -> Diagnostic {
    let users: Vec<&str> = lines.iter().map(|(user, _)| user.as_str()).collect();
    let total = lines.iter().map(|(_, lines)| lines.len()).sum();
    let message = format!("{} left unread by {}", count(total, "line"), users.join(", "));
    let mut error = evidence.error(message, "the test ends here");
    for (user, unread) in lines {
        error = evidence.inbox(error, user, unread.first());
    }
    for (user, unread) in lines {
        error = help::expectations(error, user, unread);
    }
    error
}

fn closed(evidence: &Evidence<'_>, users: &[(Name, End)]) -> Diagnostic {
    let labels: Vec<&str> = users.iter().map(|(user, _)| user.as_str()).collect();
    let labels = labels.join(", ");
    let message = format!("the server has closed the connection of {labels}");
    let mut error = evidence.error(message, "not expected by the end of the test");
    for (user, end) in users {
        error = error.text(format!("{} {}", whose_connection(user), ended(*end)));
    }
    error.help(format!("{labels} is closed"))
}

fn is_expected(pattern: &Matcher) -> String {
    format!("expected `{}`", pattern.shown())
}

fn visible_error(error: &str) -> String {
    error.replace('\n', " ")
}

fn whose_connection(user: &Name) -> String {
    format!("{user}'s connection")
}

fn ended(end: End) -> String {
    match end {
        End::Closed => "was closed by the server".to_owned(),
        End::Broken(kind) => format!("broke: {kind}"),
        End::Left => "had been reset".to_owned(),
    }
}

fn defect(defect: Defect) -> String {
    match defect {
        Defect::Undecodable => "the line is not valid in the connection's encoding".to_owned(),
        Defect::TooLong => "the line is longer than 65536 bytes".to_owned(),
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A duration as people read it.
fn shown(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
