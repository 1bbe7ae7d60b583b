//! To which rooms accounts are asked to come, as rows of the tables, and back. The key of an invitation is the number of the
//! account: it is still invited after it has taken another name.

use std::time::SystemTime;

use rusqlite::{Connection, Row, params};

use super::columns::{integer, millis, moment, natural, user};
use crate::hub::{AccountId, PlaceId, Record};
use crate::protocol::name::UserName;

pub(super) fn keep(
    tables: &Connection,
    (place, account): (PlaceId, AccountId),
    by: &UserName,
    at: SystemTime,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO invitation(place, key, by, at) VALUES(?1, ?2, ?3, ?4)";
    let row = params![integer(place.number()), key(account), by.as_str(), millis(at)];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

pub(super) fn forget(tables: &Connection, place: PlaceId, account: AccountId) -> rusqlite::Result<()> {
    let row = params![integer(place.number()), key(account)];
    tables.prepare_cached("DELETE FROM invitation WHERE place = ?1 AND key = ?2")?.execute(row).map(drop)
}

/// Forgets all invitations of an account.
pub(super) fn forget_all(tables: &Connection, account: AccountId) -> rusqlite::Result<()> {
    tables.prepare_cached("DELETE FROM invitation WHERE key = ?1")?.execute([key(account)]).map(drop)
}

/// Every invitation to a place that there is.
pub(super) fn all(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let sql = "SELECT place, CAST(key AS INT), by, at FROM invitation WHERE place IN (SELECT id FROM place)
               ORDER BY place, CAST(key AS INT)";
    tables.prepare(sql)?.query_map((), invitation)?.collect()
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Invited {
        place: PlaceId::numbered(natural(row, 0)?),
        account: AccountId::numbered(natural(row, 1)?),
        by: user(2, row.get_ref(2)?.as_str()?)?,
        at: moment(row, 3)?,
    })
}

fn key(account: AccountId) -> String {
    account.number().to_string()
}
