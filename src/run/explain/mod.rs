//! A failure as a diagnostic: what happened, what was expected, what came, and what would have passed.
//!
//! It is given a failure with everything that was known when it happened, and makes the value that the renderer shows.
//! Help offers only what would have passed on what was received.

mod bytes;
mod difference;
mod ending;
mod evidence;
mod expectation;
mod help;
mod misfit;
mod transfer;

use std::io::ErrorKind;
use std::time::Duration;

use evidence::Evidence;

use crate::diagnostic::source::Source;
use crate::diagnostic::{Diagnostic, DiagnosticNote, Difference, Quote};
use crate::lang::ast::{Comparison, Name};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::LONGEST_OLD_MESSAGE;
use crate::run::matching::Matcher;
use crate::run::outcome::{DialectPlace, Failure, Problem, Received, StreamEnd};
use crate::run::user::inbox::{MAX_BYTES, MAX_BYTES_OF_ALL, MAX_LINES};
use crate::text::numbers::duration;
use crate::text::visible::visible;

/// How many unread lines are offered as expectations.
const OFFERED: usize = 20;

/// The diagnostic of a failure in this source.
#[must_use]
pub fn explain(source: &Source, failure: &Failure) -> Diagnostic {
    let evidence = Evidence::new(source, failure);
    let error = explained(source, &evidence, &failure.problem);
    evidence.circumstances(error)
}

fn explained(source: &Source, evidence: &Evidence<'_>, problem: &Problem) -> Diagnostic {
    match problem {
        Problem::NoConnection { user, error } => {
            evidence.error(format!("no connection for {user}"), error.replace('\n', " "))
        }
        Problem::LoginRefused { user, expected, received, place } => {
            login_refused(evidence, user, expected, received.as_ref(), place.as_deref())
        }
        Problem::Different { expected, received } => expectation::different(evidence, expected, received),
        Problem::Contradiction { expected, received, contradiction } => {
            expectation::contradicted(evidence, expected, received, contradiction)
        }
        Problem::Missing { expected, waited } => expectation::missing(evidence, expected, *waited),
        Problem::Late { expected, received, allowed, by } => {
            expectation::late(evidence, expected, received, *allowed, *by)
        }
        Problem::Ended { expected, end } => expectation::cut_off(evidence, expected, *end),
        Problem::OtherBytes { user, expected, received } => bytes::other(evidence, user, expected, received),
        Problem::MissingBytes { user, expected, received, waited, end } => {
            bytes::missing(evidence, user, (expected, received), *waited, *end)
        }
        Problem::LateBytes { user, expected, allowed, by } => bytes::late(evidence, user, expected, *allowed, *by),
        Problem::Unwanted { unwanted, received } => expectation::unwanted(evidence, unwanted, received),
        Problem::NotSilent { user, lines } => expectation::not_silent(evidence, user, lines),
        Problem::Unfinished { users } => ending::unfinished(evidence, users),
        Problem::NotClosed { user, waited } => not_closed(evidence, user, *waited),
        Problem::Unusable { user, received, left } => expectation::unusable(evidence, user, received, left),
        Problem::Incomplete { user, left, waited, end } => expectation::incomplete(evidence, user, left, *waited, *end),
        Problem::Leftovers { lines } => ending::leftovers(evidence, lines),
        Problem::ClosedByServer { users } => ending::closed(evidence, users),
        Problem::NoPong { user, waited, fence } => no_pong(evidence, user, *waited, fence.as_deref()),
        Problem::InboxFull { user } => inbox_full(evidence, user),
        Problem::NotWritten { user, error } => not_written(evidence, user, *error),
        Problem::LineBreak { text } => line_break(evidence, text),
        Problem::NotInCharset { user, character, charset } => not_in_charset(evidence, user, *character, *charset),
        Problem::NotAsserted { left, comparison, right } => not_asserted(evidence, left, *comparison, right),
        Problem::NoValue { name } => no_value(evidence, name),
        Problem::NotTransferred { user, error } => transfer::not_transferred(evidence, user, error),
        Problem::OtherContent { user, difference } => {
            evidence.error(format!("the file is not what {user} should have"), difference.clone())
        }
        Problem::NoFiles { user, dialect } => transfer::no_files(evidence, user, dialect),
        Problem::NoFile { path, error } => transfer::no_file(evidence, path, error),
        Problem::NotAFileId { text } => transfer::not_a_file_id(evidence, text),
        Problem::NotAName { text, error } => {
            evidence.error(format!("`{}` is not a name", visible(text)), error.clone())
        }
        Problem::PatternTooLarge => {
            evidence.error("the pattern is too large", "too large to compile with its values inserted")
        }
        Problem::Stamps { users, findings } => ending::astray(evidence, users, findings),
        Problem::NoServer { error } => Diagnostic::about(source, format!("the server could not be started: {error}")),
    }
}

fn not_closed(evidence: &Evidence<'_>, user: &Name, waited: Duration) -> Diagnostic {
    let message = format!("the server has not closed {user}'s connection");
    evidence.inbox(evidence.error(message, format!("waited {}", duration(waited))), user, None)
}

fn no_value(evidence: &Evidence<'_>, name: &Name) -> Diagnostic {
    let error = evidence.error(format!("{name} has no value"), format!("`{name}` is inserted here"));
    error.text(format!("no statement that captures `{name}` has run yet"))
}

fn inbox_full(evidence: &Evidence<'_>, user: &Name) -> Diagnostic {
    let limits = format!(
        "more than {MAX_LINES} lines or {} MiB are unread, or {} MiB by all users",
        MAX_BYTES >> 20,
        MAX_BYTES_OF_ALL >> 20
    );
    let error = evidence.error(format!("{user}'s inbox is full"), limits);
    evidence.inbox(error, user, None).help(format!("`{user} drain`, or an expectation further up, makes room"))
}

fn line_break(evidence: &Evidence<'_>, text: &str) -> Diagnostic {
    let error = evidence.error("one line cannot have a line break", "a line break is inserted here");
    let text = Quote { key: "text".to_owned(), text: text.to_owned(), differences: Vec::new(), margin: None };
    let error = error.note(DiagnosticNote::Quote(text));
    error.help("several lines are sent between `\"\"\"` and `\"\"\"`, any bytes by `raw`")
}

fn not_in_charset(evidence: &Evidence<'_>, user: &Name, character: char, charset: Charset) -> Diagnostic {
    let shown = visible(&character.to_string());
    let mark = format!("{charset} has no `{shown}` (U+{:04X})", u32::from(character));
    evidence.error(format!("{user} cannot send this in {charset}"), mark)
}

fn login_refused(
    evidence: &Evidence<'_>,
    user: &Name,
    expected: &str,
    received: Option<&Received>,
    place: Option<&DialectPlace>,
) -> Diagnostic {
    let message = match place {
        Some(place) if place.is_logout => format!("the server did not answer the logout of {user} as expected"),
        Some(_) | None => format!("the server refused the login of {user}"),
    };
    let mut error = evidence.error(message, format!("expected `{expected}`"));
    if let Some(DialectPlace { dialect, file, line, text, .. }) = place {
        error = error.text(format!("the dialect `{dialect}` says so in {file}:{line}: `{text}`"));
    }
    match received {
        Some(line) => evidence.inbox(
            error.note(DiagnosticNote::Quote(evidence.quote("received", line, Vec::new()))),
            user,
            Some(line),
        ),
        None => evidence.inbox(error.text("no line came in time, or the connection was closed"), user, None),
    }
}

fn no_pong(evidence: &Evidence<'_>, user: &Name, waited: Duration, fence: Option<&str>) -> Diagnostic {
    if let Some(sent) = fence {
        let message = format!("{user} got no answer to the fence of its dialect");
        let error = evidence.error(message, format!("waited {}", duration(waited)));
        let error = error.text(format!("the runner proves silence with `{sent}`; no answer arrived"));
        return evidence.inbox(error, user, None);
    }
    let message = format!("{user} got no answer to the runner's ping");
    let error = evidence.error(message, format!("waited {}", duration(waited)));
    let error = error.text("the runner proves silence with a `ping`; no pong came");
    evidence.inbox(error, user, None)
}

fn not_written(evidence: &Evidence<'_>, user: &Name, error: ErrorKind) -> Diagnostic {
    let reason = match error {
        ErrorKind::NotConnected => "the connection has ended".to_owned(),
        ErrorKind::InvalidInput => {
            format!("a legacy server reads more than {LONGEST_OLD_MESSAGE} bytes as two messages")
        }
        ErrorKind::TimedOut => "the server did not read it in time".to_owned(),
        other => other.to_string(),
    };
    evidence.inbox(evidence.error(format!("{user} could not send"), reason), user, None)
}

fn not_asserted(evidence: &Evidence<'_>, left: &str, comparison: Comparison, right: &str) -> Diagnostic {
    let error = evidence.error("the assertion failed", failed(comparison));
    let (differences, alike) = match comparison {
        Comparison::Equal => (difference::between(right, left), difference::look_alike(right, left)),
        Comparison::NotEqual
        | Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual
        | Comparison::Contains => (Vec::new(), None),
    };
    let error = error.note(side("left ", left, differences)).note(side("right", right, Vec::new()));
    alike.into_iter().fold(error, |error, alike| error.text(alike.remark))
}

fn failed(comparison: Comparison) -> String {
    match comparison {
        Comparison::Contains => "the left side does not contain the right side".to_owned(),
        Comparison::Equal => "the two sides differ".to_owned(),
        Comparison::NotEqual => "the two sides are equal".to_owned(),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            format!("the left side is not {} the right side", comparison.as_str())
        }
    }
}

fn side(key: &str, text: &str, differences: Vec<Difference>) -> DiagnosticNote {
    DiagnosticNote::Quote(Quote { key: key.to_owned(), text: text.to_owned(), differences, margin: None })
}

fn is_expected(pattern: &Matcher) -> String {
    format!("expected `{}`", pattern.shown())
}

/// How a connection ended, to stand after whose it was.
fn ended(end: StreamEnd) -> String {
    match end {
        StreamEnd::Closed => "was closed by the server".to_owned(),
        StreamEnd::Broken(kind) => format!("broke: {kind}"),
        StreamEnd::Left => "had been reset".to_owned(),
    }
}
