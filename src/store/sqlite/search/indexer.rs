//! The thread that keeps the index: it follows the writer, in the background.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, params};

use super::index::{IndexEntry, IndexFile, SearchIndex};
use crate::protocol::hindrance::Hindrance;
use crate::store::sqlite::trouble::hindrance;
use crate::store::sqlite::{rows, schema};

/// Lines that are indexed in one transaction.
const LINES_AT_ONCE: i64 = 1000;

/// So many lines call the indexer.
const MANY_LINES: u64 = 10_000;

/// Fewer lines wait no longer than this: within a second they are found by the index.
const INDEX_AFTER: Duration = Duration::from_millis(500);

/// How often the thread looks at what was pruned while nothing is said.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How much less important the thread is than the others, as `nice` counts.
const NICE: i32 = 10;

/// What the others tell the thread.
#[derive(Debug, Default)]
pub(in crate::store::sqlite) struct Indexer {
    /// Lines that were committed since it last looked.
    waiting: AtomicU64,
    stop: AtomicBool,
}

impl Indexer {
    /// So many lines more are committed; true if the thread is to be unparked.
    pub(in crate::store::sqlite) fn add(&self, lines: u64) -> bool {
        let before = self.waiting.fetch_add(lines, Ordering::Relaxed);
        lines > 0 && (before == 0 || before < MANY_LINES && before + lines >= MANY_LINES)
    }

    /// The thread ends as soon as it can, once it is unparked.
    pub(in crate::store::sqlite) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Follows the tables in this file until it is stopped. What cannot be indexed now is scanned until it can.
    pub(in crate::store::sqlite) fn work(&self, tables: &Path, file: &IndexFile) {
        step_back();
        let mut opened: Option<(Connection, SearchIndex)> = None;
        while !self.is_stopped() {
            self.waiting.store(0, Ordering::Relaxed);
            let known = opened.take().filter(|_| !file.is_damaged());
            let followed = known.map_or_else(|| open(tables, file), Ok).and_then(|(lines, mut index)| {
                self.follow(&lines, &mut index)?;
                Ok((lines, index))
            });
            opened = match followed {
                Ok(opened) => Some(opened),
                Err(error) => {
                    tracing::warn!("lines cannot be indexed: {error}");
                    if hindrance(&error) == Hindrance::Damaged {
                        file.report_damage();
                    }
                    None
                }
            };
            self.wait();
        }
    }

    /// Waits until a line is committed, and then for others that can be indexed with it.
    fn wait(&self) {
        for (enough, at_most) in [(1, LOOK_EVERY), (MANY_LINES, INDEX_AFTER)] {
            if !self.is_stopped() && self.waiting.load(Ordering::Relaxed) < enough {
                thread::park_timeout(at_most);
            }
        }
    }

    /// Indexes what has been said since.
    fn follow(&self, lines: &Connection, index: &mut SearchIndex) -> rusqlite::Result<()> {
        let mut position = index.position()?;
        while !self.is_stopped() {
            let (entries, to) = lines_after(lines, position)?;
            if to == position {
                break;
            }
            index.add(&entries, to)?;
            position = to;
        }
        let oldest: Option<i64> = lines.query_row("SELECT min(id) FROM line", (), |row| row.get(0))?;
        index.forget_before(oldest.unwrap_or(0))
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What was said in the next lines after this one, and the last of them.
fn lines_after(lines: &Connection, position: i64) -> rusqlite::Result<(Vec<IndexEntry>, i64)> {
    let sql = "SELECT id, place, kind, text FROM line WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut statement = lines.prepare_cached(sql)?;
    let mut found = statement.query(params![position, LINES_AT_ONCE])?;
    let (mut entries, mut to) = (Vec::new(), position);
    while let Some(row) = found.next()? {
        to = row.get(0)?;
        if row.get::<_, i64>(2)? == rows::SAID {
            entries.push(IndexEntry { id: to, place: row.get(1)?, text: row.get(3)? });
        }
    }
    Ok((entries, to))
}

fn open(tables: &Path, file: &IndexFile) -> rusqlite::Result<(Connection, SearchIndex)> {
    let lines =
        schema::open_for_reading(tables).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let last: Option<i64> = lines.query_row("SELECT max(id) FROM line", (), |row| row.get(0))?;
    let epoch: i64 = lines.query_row("SELECT value FROM meta WHERE key = 'epoch'", (), |row| row.get(0))?;
    let index = file.open_or_make(epoch, last.unwrap_or(0))?;
    Ok((lines, index))
}

/// Lets the threads that serve users go first. If it may not, it competes with them.
fn step_back() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_calls_the_indexer_and_so_do_many() {
        let indexer = Indexer::default();
        let called = [0, 1, 1, MANY_LINES - 3, 1, 1].map(|lines| indexer.add(lines));
        assert_eq!(called, [false, true, false, false, true, false]);
    }
}
