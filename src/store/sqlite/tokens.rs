//! What accounts are logged in to with beside their passwords, as rows of the tables, and back.

use std::time::SystemTime;

use rusqlite::{Connection, Row, params};

use super::columns::{integer, millis, moment, natural};
use crate::hub::{AccountId, Record, TOKEN_LIFETIME};
use crate::protocol::token::TokenHash;

pub(super) fn keep(
    tables: &Connection,
    hash: &TokenHash,
    account: AccountId,
    used: SystemTime,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO token(hash, account, used) VALUES(?1, ?2, ?3)";
    let row = params![hash.bytes(), integer(account.number()), millis(used)];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

pub(super) fn forget(tables: &Connection, hash: &TokenHash) -> rusqlite::Result<()> {
    tables.prepare_cached("DELETE FROM token WHERE hash = ?1")?.execute([hash.bytes()]).map(drop)
}

/// Forgets all tokens of an account.
pub(super) fn forget_all(tables: &Connection, account: AccountId) -> rusqlite::Result<()> {
    let sql = "DELETE FROM token WHERE account = ?1";
    tables.prepare_cached(sql)?.execute([integer(account.number())]).map(drop)
}

/// Forgets those that nobody has used for too long.
pub(super) fn forget_expired(tables: &Connection) -> rusqlite::Result<()> {
    let since = SystemTime::now().checked_sub(TOKEN_LIFETIME).unwrap_or(SystemTime::UNIX_EPOCH);
    tables.execute("DELETE FROM token WHERE used < ?1", [millis(since)]).map(drop)
}

/// Every token that there is.
pub(super) fn all(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    tables.prepare("SELECT hash, account, used FROM token ORDER BY hash")?.query_map((), token)?.collect()
}

fn token(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Token {
        hash: TokenHash::new(row.get(0)?),
        account: AccountId::numbered(natural(row, 1)?),
        used: moment(row, 2)?,
    })
}
