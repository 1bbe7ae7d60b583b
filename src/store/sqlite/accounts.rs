//! Accounts and what they are members of, as rows of the tables, and back.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, Row, params};

use super::columns::{integer, millis, natural, user};
use super::{invitations, settings, tokens};
use crate::hub::{Account, AccountId, PasswordHash, PlaceId, Record};

/// Writes an account, or what has changed of it.
pub(super) fn keep(tables: &Connection, account: &Account) -> rusqlite::Result<()> {
    let Account { id, name, hash, is_operator, is_asked, created } = account;
    let sql = "INSERT INTO account(id, key, name, hash, operator, created, asked)
                   VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT(id) DO UPDATE SET key = excluded.key, name = excluded.name, hash = excluded.hash,
                   operator = excluded.operator, asked = excluded.asked";
    let number = integer(id.number());
    let row = params![number, name.key(), name.as_str(), hash.as_str(), is_operator, millis(*created), is_asked];
    tables.prepare_cached(sql)?.execute(row)?;
    let sql = "INSERT INTO meta VALUES('last_account', ?1) ON CONFLICT(key) DO UPDATE SET value = max(value, ?1)";
    tables.prepare_cached(sql)?.execute([number]).map(drop)
}

/// Forgets an account and where it was a member.
pub(super) fn forget(tables: &Connection, account: AccountId) -> rusqlite::Result<()> {
    for sql in ["DELETE FROM member WHERE account = ?1", "DELETE FROM account WHERE id = ?1"] {
        tables.prepare_cached(sql)?.execute([integer(account.number())])?;
    }
    tokens::forget_all(tables, account)?;
    invitations::forget_all(tables, account)
}

pub(super) fn keep_member(tables: &Connection, place: PlaceId, account: AccountId, read: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO member(place, account, read) VALUES(?1, ?2, ?3)
               ON CONFLICT(place, account) DO UPDATE SET read = excluded.read";
    let row = params![integer(place.number()), integer(account.number()), integer(read)];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

pub(super) fn forget_member(tables: &Connection, place: PlaceId, account: AccountId) -> rusqlite::Result<()> {
    let row = params![integer(place.number()), integer(account.number())];
    tables.prepare_cached("DELETE FROM member WHERE place = ?1 AND account = ?2")?.execute(row).map(drop)
}

/// Every account, everything that one is a member of and what it may do there, and what one can be logged in to with.
pub(super) fn all(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let mut accounts = tables.prepare("SELECT id, name, hash, operator, created, asked FROM account ORDER BY id")?;
    let mut records = accounts.query_map((), account)?.collect::<Result<Vec<_>, _>>()?;
    let mut members = tables.prepare("SELECT place, account, read FROM member ORDER BY place, account")?;
    for member in members.query_map((), member)? {
        records.push(member?);
    }
    records.extend(settings::ranks(tables)?);
    records.extend(tokens::all(tables)?);
    Ok(records)
}

fn account(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Account(Arc::new(Account {
        id: AccountId::numbered(natural(row, 0)?),
        name: user(1, row.get_ref(1)?.as_str()?)?,
        hash: PasswordHash::new(row.get_ref(2)?.as_str()?),
        is_operator: row.get(3)?,
        created: SystemTime::UNIX_EPOCH + Duration::from_millis(natural(row, 4)?),
        is_asked: row.get(5)?,
    })))
}

fn member(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Member {
        place: PlaceId::numbered(natural(row, 0)?),
        account: AccountId::numbered(natural(row, 1)?),
        read: natural(row, 2)?,
    })
}
