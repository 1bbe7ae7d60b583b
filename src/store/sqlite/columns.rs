//! The values of single columns: numbers, moments, names and texts as SQLite has them.

use std::time::{Duration, SystemTime};

use rusqlite::Row;
use rusqlite::types::Type;

use crate::protocol::command::Phrase;
use crate::protocol::name::UserName;

/// The text that stands in a notice.
pub(super) fn phrase(column: usize, text: &str) -> rusqlite::Result<Phrase> {
    Phrase::new(text, "").map_err(|error| nonsense(column, error))
}

pub(super) fn user(column: usize, name: &str) -> rusqlite::Result<UserName> {
    UserName::new(name).map_err(|error| nonsense(column, error))
}

/// A moment in milliseconds since 1970.
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<SystemTime> {
    Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(natural(row, column)?))
}

/// A number that is not negative.
pub(super) fn natural(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number = row.get::<_, i64>(column)?;
    number.try_into().map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A number of the hub as SQLite has it. What a client may ask for is larger than what is ever kept.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970; 0 for what was before.
pub(super) fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn nonsense(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
