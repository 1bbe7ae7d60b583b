//! Pairs of users who write to each other, as rows of the tables, and back.

use rusqlite::{Connection, Row, params};

use super::columns::{integer, natural, nonsense, user};
use crate::hub::{AccountId, PairEnd, PairEnds, PlaceId, Record};

/// The kind of a place that is a pair.
pub(super) const PAIR: i64 = 1;

/// Stands before the name of a guest, which could be a number.
const GUEST: char = '=';

/// Writes a pair, or who it is of from now on.
pub(super) fn keep(tables: &Connection, place: PlaceId, ends: &PairEnds, number: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO place(id, kind, key, name, last) VALUES(?1, ?2, ?3, ?4, ?5)
               ON CONFLICT(id) DO UPDATE SET key = excluded.key, name = excluded.name";
    let spelled = |guest: fn(&crate::protocol::name::UserName) -> &str| {
        let ends = ends.both().map(|end| match end {
            PairEnd::Account(account) => account.number().to_string(),
            PairEnd::Guest(name) => format!("{GUEST}{}", guest(name)),
        });
        ends.join(",")
    };
    let (key, name) = (spelled(|name| name.key()), spelled(|name| name.as_str()));
    let row = params![integer(place.number()), PAIR, key, name, integer(number)];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

/// The pair whose id, name and last pruned number this row holds.
pub(super) fn pair(row: &Row<'_>) -> rusqlite::Result<Record> {
    let name = row.get_ref(1)?.as_str()?;
    let (one, other) = name.split_once(',').ok_or_else(|| nonsense(1, format!("a pair called {name}")))?;
    let ends = PairEnds::new(end(one)?, end(other)?);
    Ok(Record::Pair { place: PlaceId::numbered(natural(row, 0)?), ends, number: natural(row, 2)? })
}

fn end(text: &str) -> rusqlite::Result<PairEnd> {
    match text.strip_prefix(GUEST) {
        Some(name) => user(1, name).map(PairEnd::Guest),
        None => match text.parse() {
            Ok(number) => Ok(PairEnd::Account(AccountId::numbered(number))),
            Err(error) => Err(nonsense(1, error)),
        },
    }
}
