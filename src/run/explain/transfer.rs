//! Why a file was not sent or fetched.

use std::error::Error;

use super::evidence::Evidence;
use crate::client::transfer::TransferError;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::Name;
use crate::text::system::without_numbers;

/// The error, and what the user had received.
pub(super) fn not_transferred(evidence: &Evidence<'_>, user: &Name, error: &TransferError) -> Diagnostic {
    let reason = match error.source() {
        Some(cause) => format!("{error}: {}", without_numbers(&cause.to_string())),
        None => error.to_string(),
    };
    evidence.inbox(evidence.error(format!("{user} could not send or fetch the file"), reason), user, None)
}
