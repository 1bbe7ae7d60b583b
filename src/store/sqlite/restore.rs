//! What the tables know of an earlier server.

use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use super::columns::{self, natural};
use super::log_rows::{self, Foreign};
use super::pairs::{self, PAIR};
use super::rows::{self, LINE, ROOM, SAID};
use super::settings;
use super::{accounts, files, invitations, tokens};
use crate::hub::{AccountId, Line, Past, PlaceId, Record, SaidOnce};
use crate::protocol::name::RoomName;
use crate::store::KeptLog;

/// Ids of messages that one start may give. Those of messages that are not kept are known to nobody after a crash, so each
/// start begins with others.
const IDS_OF_A_START: u64 = 1 << 32;

/// Lines that are looked at for those that may be sent again: who was cut off sends again soon.
const LATELY: usize = 10_000;

/// Counts one more start; the rooms, numbers and ids to go on from.
pub(super) fn begin(tables: &mut Connection) -> rusqlite::Result<Past> {
    let transaction = tables.transaction_with_behavior(TransactionBehavior::Immediate)?;
    prepare(&transaction)?;
    if log_rows::leave(&transaction)? {
        tracing::warn!(
            "the store was of a cluster and is no more: what is said from now on has numbers of another epoch"
        );
        begin_epoch(&transaction)?;
    }
    transaction.execute("UPDATE meta SET value = value + 1 WHERE key = 'starts'", ())?;
    let starts = meta(&transaction, "starts")?;
    let last_line = transaction.query_row("SELECT coalesce(max(id), 0) FROM line", (), |row| natural(row, 0))?;
    settings::reset_the_empty(&transaction)?;
    tokens::forget_expired(&transaction)?;
    let mut records = places(&transaction)?;
    records.extend(accounts::all(&transaction)?);
    records.extend(invitations::all(&transaction)?);
    let waiting = pairs::waiting(&transaction, &records)?;
    records.extend(files::all(&transaction)?);
    let past = Past {
        records,
        last_message: last_line.max(starts.saturating_mul(IDS_OF_A_START)),
        last_place: PlaceId::numbered(meta(&transaction, "last_place")?),
        last_account: AccountId::numbered(meta(&transaction, "last_account")?),
        epoch: u32::try_from(meta(&transaction, "epoch")?).unwrap_or_default(),
        said_once: said_once(&transaction)?,
        waiting,
    };
    transaction.commit()?;
    Ok(past)
}

/// The places that there are, and how far the log of the cluster of this epoch was carried out, if the tables belong to it.
pub(super) fn begin_in_cluster(
    tables: &mut Connection,
    epoch: u32,
) -> rusqlite::Result<Result<(Past, KeptLog), Foreign>> {
    let transaction = tables.transaction_with_behavior(TransactionBehavior::Immediate)?;
    prepare(&transaction)?;
    let kept = match log_rows::belong(&transaction, epoch)? {
        Ok(kept) => kept,
        // Dropped, the transaction leaves no trace.
        Err(foreign) => return Ok(Err(foreign)),
    };
    let past = Past { records: places(&transaction)?, ..Past::none(epoch) };
    transaction.commit()?;
    Ok(Ok((past, kept)))
}

/// Has new tables be as those that were used.
fn prepare(tables: &Connection) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO meta VALUES('epoch', ?1), ('starts', 0), ('last_place', 0), ('last_account', 0)";
    tables.execute(sql, [fastrand::u32(..)]).map(drop)
}

/// The last lines that were said with a nonce, of those that were said last at all.
fn said_once(tables: &Connection) -> rusqlite::Result<Vec<SaidOnce>> {
    let sql = format!(
        "SELECT line.{}, nonce, place.name FROM (SELECT * FROM line ORDER BY id DESC LIMIT {LATELY}) AS line
             JOIN place ON place.id = line.place WHERE nonce IS NOT NULL AND line.kind = {SAID} ORDER BY line.id",
        LINE.replace(", ", ", line.")
    );
    let mut found = tables.prepare(&sql)?;
    let said = found.query_map((), |row| Ok((rows::line(row)?, row.get::<_, String>(7)?, row.get::<_, String>(8)?)))?;
    let said = said.collect::<Result<Vec<_>, _>>()?.into_iter().filter_map(|(line, nonce, room)| {
        Some(SaidOnce { nonce: nonce.into(), room: RoomName::new(&room).ok()?, line })
    });
    Ok(said.collect())
}

/// A copy of the tables names the numbering anew, unless it is that of a cluster, whose log goes on for the copy as well.
pub(super) fn begin_epoch_of_copy(tables: &Connection) -> rusqlite::Result<()> {
    if log_rows::read(tables)?.is_some() { Ok(()) } else { begin_epoch(tables) }
}

/// Names the numbering anew: what is said from here on need not be what others have seen under the same numbers.
fn begin_epoch(tables: &Connection) -> rusqlite::Result<()> {
    tables.execute("UPDATE meta SET value = ?1 WHERE key = 'epoch'", [fastrand::u32(..)]).map(drop)
}

fn meta(tables: &Connection, key: &str) -> rusqlite::Result<u64> {
    tables.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| natural(row, 0))
}

/// Every room and every pair with its first and its last line, which say since when it exists and how far it has come, in
/// the order of these lines; then what was decided about the rooms.
fn places(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let mut places = tables.prepare("SELECT id, name, last FROM place WHERE kind = ?1 ORDER BY id")?;
    let mut records = places.query_map([ROOM], rows::room)?.collect::<Result<Vec<_>, _>>()?;
    records.extend(places.query_map([PAIR], pairs::pair)?.collect::<Result<Vec<_>, _>>()?);
    let mut lines = Vec::new();
    for record in &records {
        if let Record::Place { place, .. } | Record::Pair { place, .. } = record {
            lines.extend(ends(tables, *place)?);
        }
    }
    lines.sort_by_key(|line| line.mark.id);
    records.extend(lines.into_iter().map(Record::Line));
    records.extend(settings::all(tables)?);
    Ok(records)
}

/// The first line that is still kept, and the last; one if they are the same.
fn ends(tables: &Connection, place: PlaceId) -> rusqlite::Result<Vec<Arc<Line>>> {
    let sql = format!(
        "SELECT {LINE} FROM line WHERE place = ?1 AND number IN (
             (SELECT min(number) FROM line WHERE place = ?1), (SELECT max(number) FROM line WHERE place = ?1))"
    );
    tables.prepare_cached(&sql)?.query_map([columns::integer(place.number())], rows::line)?.collect()
}
