//! What an error of SQLite means for the users.

use rusqlite::{Connection, Error, ErrorCode};

use crate::protocol::hindrance::Hindrance;

/// What keeps a commit from being made. Whatever it is, the commit is tried again.
pub(super) fn hindrance(error: &Error) -> Hindrance {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Hindrance::DiskFull,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Hindrance::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Hindrance::Damaged,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Hindrance::Unwritable,
        Some(_) | None => Hindrance::Failing,
    }
}

/// Has all pages read again: those that were read while they made no sense would be taken from memory even after the file is
/// whole again.
pub(super) fn forget_pages(tables: &Connection) {
    if let Err(error) = tables.execute_batch("PRAGMA shrink_memory") {
        tracing::debug!("pages stay in memory: {error}");
    }
}
