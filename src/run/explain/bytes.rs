//! Bytes that were not the expected ones, or did not come.

use std::time::Duration;

use super::evidence::Evidence;
use super::{difference, ended};
use crate::diagnostic::{Diagnostic, DiagnosticNote, Quote};
use crate::lang::ast::Name;
use crate::lang::quote;
use crate::run::outcome::StreamEnd;
use crate::text::numbers::{counted, duration, setting};

pub(super) fn other(evidence: &Evidence<'_>, user: &Name, expected: &[u8], received: &[u8]) -> Diagnostic {
    let at = expected.iter().zip(received).take_while(|(one, other)| one == other).count();
    let (wanted, text) = (quote::bytes(expected), quote::bytes(received));
    let error = evidence.error(format!("{user} received other bytes"), format!("expected `{wanted}`"));
    let differences = difference::between(&wanted, &text);
    let error =
        error.note(DiagnosticNote::Quote(Quote { key: "received".to_owned(), text, differences, margin: None }));
    let error = match at {
        0 => error.text("the first byte differs"),
        same => error.text(format!("they differ after {}", counted(same, "byte"))),
    };
    evidence.inbox(error, user, None)
}

pub(super) fn missing(
    evidence: &Evidence<'_>,
    user: &Name,
    (expected, received): (&[u8], &[u8]),
    waited: Duration,
    end: Option<StreamEnd>,
) -> Diagnostic {
    let message = format!("{user} did not receive {}", counted(expected.len(), "byte"));
    let error = evidence.error(message, format!("expected `{}`", quote::bytes(expected)));
    let error = error.text(match end {
        Some(end) => format!("the connection {}", ended(end)),
        None => format!("waited {}", duration(waited)),
    });
    let error = match received {
        [] => error,
        some => error.text(format!("{} of them came: `{}`", some.len(), quote::bytes(some))),
    };
    evidence.inbox(error, user, None)
}

pub(super) fn late(
    evidence: &Evidence<'_>,
    user: &Name,
    expected: &[u8],
    allowed: Duration,
    by: Duration,
) -> Diagnostic {
    let message = format!("{user} received the bytes late by {}", duration(by));
    let error = evidence.error(message, format!("expected within {}", setting(allowed)));
    evidence.inbox(error.text(format!("received `{}`", quote::bytes(expected))), user, None)
}
