//! What a statement demands of its users, and whether they can do it.

use super::findings::{Basis, Findings};
use super::presence::{Presence, Status};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::Name;

/// What a statement asks of its users.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Demand {
    /// To write.
    Write,
    /// To have received something, or nothing.
    Receive,
    /// To be closed by the server.
    BeClosed,
    /// To leave with a fence.
    Leave,
    /// To break off.
    Reset,
    /// To come back.
    Return,
    /// To stop reading.
    Stall,
    /// To read on.
    Resume,
    /// To be connected, in whatever state.
    BeConnected,
    /// Nothing but to be known.
    BeKnown,
}

/// Reports a user who, as far as the text says, cannot do what a statement demands.
pub(super) fn check(presence: &Presence, user: &Name, span: Span, demand: Demand, findings: &mut Findings<'_>) {
    let Some(status) = presence.status(user) else { return };
    match (demand, status) {
        (Demand::BeKnown, _) => {}
        (Demand::Return, Status::Gone(..)) | (Demand::Resume, Status::Stalled(_)) => {}
        (Demand::Return, Status::Present | Status::Stalled(_)) => {
            let message = format!("{user} is still connected");
            let error = Diagnostic::error(findings.source, span, message, "cannot connect again");
            findings.add(
                Basis::User(user),
                error.help("`disconnect` or `reset` it first, or expect `is closed` if the server closes it"),
            );
        }
        (Demand::Resume, Status::Present) => {
            findings.error(Basis::User(user), span, &format!("{user} is not stalled"), "it reads already");
        }
        (Demand::Receive, Status::Gone(since, _) | Status::Stalled(since)) => {
            if presence.has_acted_since(since) {
                refuse(findings, user, span, status, "nothing more can come", "expect it above that line");
            }
        }
        (_, Status::Gone(..)) => refuse(findings, user, span, status, "cannot do this any more", "`reconnect` first"),
        (Demand::Reset | Demand::BeConnected, Status::Stalled(_)) => {}
        (Demand::Write | Demand::BeClosed | Demand::Leave | Demand::Stall, Status::Stalled(_)) => {
            refuse(findings, user, span, status, "cannot do this while stalled", "`resume` first");
        }
        (_, Status::Present) => {}
    }
}

fn refuse(findings: &mut Findings<'_>, user: &Name, span: Span, status: Status, mark: &str, help: &str) {
    let (message, since, why) = match status {
        Status::Present => return,
        Status::Stalled(since) => (format!("{user} is stalled"), since, format!("{user} stalls here")),
        Status::Gone(since, how) => (format!("{user} has left"), since, format!("{user} {} here", how.describe())),
    };
    let mut error = Diagnostic::error(findings.source, span, message, mark);
    if since.span != span {
        error = error.mark(since.span, why);
    }
    findings.add(Basis::User(user), error.help(help));
}
