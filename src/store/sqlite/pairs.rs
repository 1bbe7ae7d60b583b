//! Pairs of users who write to each other, as rows of the tables, and back.

use std::collections::BTreeMap;

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

/// How many messages each account has from others that it is not known to have read, where there are any.
pub(super) fn waiting(tables: &Connection, records: &[Record]) -> rusqlite::Result<Vec<(AccountId, usize)>> {
    let mut names = BTreeMap::new();
    let mut read = BTreeMap::new();
    for record in records {
        if let Record::Account(account) = record {
            names.insert(account.id, account.name.as_str());
        } else if let Record::Member { place, account, read: number } = record {
            read.insert((*place, *account), *number);
        }
    }
    let sql = "SELECT count(*) FROM line WHERE place = ?1 AND number > ?2 AND who <> ?3";
    let mut count = tables.prepare(sql)?;
    let mut waiting = BTreeMap::new();
    for record in records {
        let Record::Pair { place, ends, number: _ } = record else { continue };
        for end in ends.both() {
            let PairEnd::Account(account) = end else { continue };
            let Some(name) = names.get(account) else { continue };
            let read = read.get(&(*place, *account)).copied().unwrap_or(0);
            let row = params![integer(place.number()), integer(read), name];
            let messages = usize::try_from(count.query_row(row, |row| natural(row, 0))?).unwrap_or(usize::MAX);
            if messages > 0 {
                *waiting.entry(*account).or_default() += messages;
            }
        }
    }
    Ok(waiting.into_iter().collect())
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
