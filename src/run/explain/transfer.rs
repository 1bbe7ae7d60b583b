//! Why a file was not sent or fetched.

use std::error::Error;

use super::evidence::Evidence;
use crate::client::transfer::TransferError;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::Name;
use crate::text::system::without_numbers;
use crate::text::visible::visible;

/// The error, and what the user had received.
pub(super) fn not_transferred(evidence: &Evidence<'_>, user: &Name, error: &TransferError) -> Diagnostic {
    let reason = match error.source() {
        Some(cause) => format!("{error}: {}", without_numbers(&cause.to_string())),
        None => error.to_string(),
    };
    evidence.inbox(evidence.error(format!("{user} could not send or fetch the file"), reason), user, None)
}

pub(super) fn no_files(evidence: &Evidence<'_>, user: &Name, dialect: &str) -> Diagnostic {
    evidence.error(format!("{user} cannot send or fetch a file"), format!("the dialect {dialect} has no files"))
}

pub(super) fn no_file(evidence: &Evidence<'_>, path: &str, error: &str) -> Diagnostic {
    let help = "a path is relative to the folder of the script";
    evidence.error(format!("cannot read {}", visible(path)), error.to_owned()).help(help)
}

pub(super) fn not_a_file_id(evidence: &Evidence<'_>, text: &str) -> Diagnostic {
    let help = "the line that tells of a file has its id: `alice sent the file {{id:word}} ({{_}}`";
    let mark = format!("expected an id, found `{}`", visible(text));
    evidence.error("this is not the id of a file", mark).help(help)
}
