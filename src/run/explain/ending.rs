//! What is wrong at the end of a test: lines nobody looked at, connections that are gone, stamped messages that were not delivered correctly.

use super::evidence::Evidence;
use super::expectation;
use super::{OFFERED, ended, help};
use crate::delivery::finding::{Finding, FindingKind};
use crate::diagnostic::Diagnostic;
use crate::lang::ast::Name;
use crate::lang::quote::literal;
use crate::run::outcome::{Received, StreamEnd};
use crate::text::numbers::{counted, plural};

pub(super) fn leftovers(evidence: &Evidence<'_>, lines: &[(Name, Vec<Received>)]) -> Diagnostic {
    let total: usize = lines.iter().map(|(_, lines)| lines.len()).sum();
    let message = format!("{} left unread by {}", counted(total, "line"), names(lines.iter().map(|(user, _)| user)));
    let mut error = evidence.error(message, "the test ends here");
    for (user, unread) in lines {
        error = evidence.inbox(error, user, unread.first());
    }
    for (_, unread) in lines {
        error = expectation::second_answers(error, unread);
    }
    for (user, unread) in lines {
        error = help::expectations(error, user, unread);
    }
    error
}

/// Bytes that no newline has followed.
pub(super) fn unfinished(evidence: &Evidence<'_>, users: &[Name]) -> Diagnostic {
    let message = format!("bytes without a newline are left unread by {}", names(users.iter()));
    let mut error = evidence.error(message, "nothing is expected to wait here");
    for user in users {
        error = evidence.inbox(error, user, None);
        if let Some(waiting) = evidence.unfinished(user) {
            error = error.help(format!("{user}<| {}", literal(&waiting.text)));
        }
    }
    error
}

pub(super) fn closed(evidence: &Evidence<'_>, users: &[(Name, StreamEnd)]) -> Diagnostic {
    let labels = names(users.iter().map(|(user, _)| user));
    let plural = plural(users.len());
    let message = format!("the connection{plural} of {labels} ended unexpectedly");
    let mut error = evidence.error(message, "expected to be open here");
    for (user, end) in users {
        error = error.text(format!("{user}'s connection {}", ended(*end)));
        error = evidence.inbox(error, user, None);
    }
    error.help(format!("{labels} is closed"))
}

pub(super) fn astray(evidence: &Evidence<'_>, users: &[Name], findings: &[Finding]) -> Diagnostic {
    let message = not_delivered(findings.len());
    let mut error = evidence.error(message, "the test ends here");
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (finding.line, finding.recipient));
    for finding in sorted.into_iter().take(OFFERED) {
        let (sender, recipient) = (&users[finding.sender], &users[finding.recipient]);
        let how = match finding.kind {
            FindingKind::Lost => format!("{recipient} never received"),
            FindingKind::Duplicated => format!("{recipient} received more than once"),
            FindingKind::Reordered => format!("{recipient} received after a later one"),
            FindingKind::Misdelivered => format!("{recipient}, for whom it was not meant, received"),
        };
        let kind = finding.kind.as_str();
        error = error.text(format!("{kind}: {how} what {sender} sent in {}", evidence.line_name(finding.line)));
    }
    match findings.len().saturating_sub(OFFERED) {
        0 => error,
        more => error.text(format!("{more} more are not shown")),
    }
}

fn not_delivered(messages: usize) -> String {
    let verb = if messages == 1 { "was" } else { "were" };
    format!("{} {verb} not delivered correctly", counted(messages, "stamped message"))
}

fn names<'a>(users: impl Iterator<Item = &'a Name>) -> String {
    users.map(Name::as_str).collect::<Vec<_>>().join(", ")
}
