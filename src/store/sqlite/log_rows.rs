//! How far the log of a cluster was carried out, as rows of the tables, and whether tables and log belong together.

use rusqlite::{Connection, OptionalExtension, params};

use super::collector::Reached;
use super::columns::natural;
use crate::store::{KeptLog, KeptState, LogPosition};

/// The keys in `meta`: of the entry up to which all is kept, of the entry of the state, and of the state itself.
const POSITION: &str = "log";
const STATE_AT: &str = "log_state_at";
const STATE: &str = "log_state";

/// Why tables do not belong to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// They hold the chat of a server that was alone.
    OfOneServer,
    /// Their numbers are of another epoch.
    OfAnotherCluster,
}

/// Writes how far the log was carried out, within the transaction that has the records.
pub(super) fn keep(tables: &Connection, reached: &Reached) -> rusqlite::Result<()> {
    let Reached { position, state } = reached;
    if let Some(position) = position {
        set_text(tables, POSITION, position.name())?;
    }
    let Some(KeptState { position, bytes }) = state else { return Ok(()) };
    set_text(tables, STATE_AT, position.name())?;
    let sql = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)";
    tables.prepare_cached(sql)?.execute(params![STATE, bytes]).map(drop)
}

/// How far the log was carried out; `None` of tables that no server of a cluster has written.
pub(super) fn read(tables: &Connection) -> rusqlite::Result<Option<KeptLog>> {
    let Some(position) = text(tables, POSITION)? else { return Ok(None) };
    let state_at = text(tables, STATE_AT)?;
    let bytes = tables.query_row("SELECT value FROM meta WHERE key = ?1", [STATE], |row| row.get(0)).optional()?;
    let state = state_at.zip(bytes).map(|(position, bytes)| KeptState { position, bytes });
    Ok(Some(KeptLog { position, state }))
}

/// Has empty tables belong to the cluster of this epoch. Others belong to it if they are of its epoch.
pub(super) fn belong(tables: &Connection, epoch: u32) -> rusqlite::Result<Result<KeptLog, Foreign>> {
    if let Some(kept) = read(tables)? {
        let own: u64 = tables.query_row("SELECT value FROM meta WHERE key = 'epoch'", (), |row| natural(row, 0))?;
        return Ok(if own == u64::from(epoch) { Ok(kept) } else { Err(Foreign::OfAnotherCluster) });
    }
    let sql = "SELECT EXISTS(SELECT 1 FROM place UNION ALL SELECT 1 FROM account UNION ALL SELECT 1 FROM ban)";
    if tables.query_row(sql, (), |row| row.get(0))? {
        return Ok(Err(Foreign::OfOneServer));
    }
    tables.execute("UPDATE meta SET value = ?1 WHERE key = 'epoch'", [epoch])?;
    let kept = KeptLog::default();
    set_text(tables, POSITION, kept.position.name())?;
    Ok(Ok(kept))
}

/// The tables are of a server alone from now on; true if they were not.
pub(super) fn leave(tables: &Connection) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM meta WHERE key IN (?1, ?2, ?3)";
    Ok(tables.execute(sql, [POSITION, STATE_AT, STATE])? > 0)
}

fn set_text(tables: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)";
    tables.prepare_cached(sql)?.execute([key, value]).map(drop)
}

fn text(tables: &Connection, key: &str) -> rusqlite::Result<Option<LogPosition>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let found: Option<String> = tables.query_row(sql, [key], |row| row.get(0)).optional()?;
    Ok(found.map(|name| LogPosition::named(&name)))
}
