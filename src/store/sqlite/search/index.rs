//! The file of the index: which tokens stand in which lines. It holds nothing that cannot be made anew.

use std::fmt::Write;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::tokens::{NeededToken, tokens};

/// Raised when the file is made in another way. One of another version is made anew.
const VERSION: i64 = 1;

/// Lines of one table: a table is dropped as a whole when its last line is pruned.
const LINES_OF_A_PART: i64 = 1_000_000;

/// Hits that are taken from the index at once, to be checked.
const HITS_AT_ONCE: i64 = 256;

/// Stands before the number of a place, which so is the token of no word.
const PLACE: char = '\u{e000}';

/// Where the index is, and whether it has been found damaged since it was made.
#[derive(Debug)]
pub(in crate::store::sqlite) struct IndexFile {
    path: PathBuf,
    damaged: AtomicBool,
}

/// A line to index.
#[derive(Debug)]
pub(super) struct IndexEntry {
    pub(super) id: i64,
    pub(super) place: i64,
    pub(super) text: String,
}

/// The index, opened.
#[derive(Debug)]
pub(super) struct SearchIndex(Connection);

impl IndexFile {
    pub(in crate::store::sqlite) fn new(path: PathBuf) -> Self {
        Self { path, damaged: AtomicBool::new(false) }
    }

    /// The index as it is; an error if there is none, or if it was found damaged.
    pub(super) fn open(&self) -> rusqlite::Result<SearchIndex> {
        if self.is_damaged() {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&self.path, flags).map(SearchIndex)
    }

    /// The index to write to: the one that is there if it is of these lines, or else a new one. `last` is the id of the last
    /// line that is kept.
    pub(super) fn open_or_make(&self, epoch: i64, last: i64) -> rusqlite::Result<SearchIndex> {
        if !self.is_damaged()
            && let Ok(index) = SearchIndex::connect(&self.path)
            && index.is_of(epoch, last).unwrap_or(false)
        {
            return Ok(index);
        }
        self.remove();
        let index = SearchIndex::connect(&self.path)?;
        index.make(epoch)?;
        self.damaged.store(false, Ordering::Relaxed);
        Ok(index)
    }

    /// The file makes no sense: it is to be made anew.
    pub(super) fn report_damage(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(Path::new(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!("cannot remove {}: {error}", name.display());
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

impl SearchIndex {
    fn connect(path: &Path) -> rusqlite::Result<Self> {
        // Nobody else reads along: SQLite itself would make it readable to all, and one that an earlier version made is.
        let made = File::options().write(true).create(true).truncate(false).mode(0o600).open(path);
        if let Err(error) = made.and_then(|file| file.set_permissions(Permissions::from_mode(0o600))) {
            tracing::debug!("the mode of the index cannot be set: {error}");
        }
        let tables = Connection::open(path)?;
        tables.pragma_update(None, "journal_mode", "WAL")?;
        tables.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Self(tables))
    }

    fn make(&self, epoch: i64) -> rusqlite::Result<()> {
        self.0.execute_batch(&format!(
            "BEGIN; PRAGMA user_version = {VERSION};
             CREATE TABLE state(epoch INT NOT NULL, position INT NOT NULL) STRICT;
             CREATE TABLE part(number INTEGER PRIMARY KEY, last INT NOT NULL, lines INT NOT NULL) STRICT;
             INSERT INTO state VALUES({epoch}, 0); COMMIT;"
        ))
    }

    /// Whether this is an index of lines of this epoch, of which the last has this id.
    fn is_of(&self, epoch: i64, last: i64) -> rusqlite::Result<bool> {
        let version: i64 = self.0.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let state = self.0.query_row("SELECT epoch, position FROM state", (), |row| Ok((row.get(0)?, row.get(1)?)));
        let (known, position): (i64, i64) = state?;
        Ok(version == VERSION && known == epoch && position <= last)
    }

    /// The id of the last line that it knows.
    pub(super) fn position(&self) -> rusqlite::Result<i64> {
        self.0.query_row("SELECT position FROM state", (), |row| row.get(0))
    }

    /// Reads as of one moment as long as the returned value lives.
    pub(super) fn moment(&self) -> rusqlite::Result<Transaction<'_>> {
        self.0.unchecked_transaction()
    }

    /// Adds lines, in the order of their ids, up to and with the id `to`.
    pub(super) fn add(&mut self, entries: &[IndexEntry], to: i64) -> rusqlite::Result<()> {
        let transaction = self.0.transaction()?;
        let part = part_to_add_to(&transaction)?;
        let sql = format!("INSERT INTO word_{part}(rowid, tokens) VALUES(?1, ?2)");
        for entry in entries {
            let mut text = tokens(&entry.text);
            text.push(place_token(entry.place));
            transaction.prepare_cached(&sql)?.execute(params![entry.id, text.join(" ")])?;
        }
        let lines = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        transaction.execute("UPDATE part SET last = ?1, lines = lines + ?2 WHERE number = ?3", [to, lines, part])?;
        transaction.execute("UPDATE state SET position = ?1", [to])?;
        transaction.commit()
    }

    /// Drops the tables whose lines are all older than this one. The last table stays.
    pub(super) fn forget_before(&mut self, id: i64) -> rusqlite::Result<()> {
        let transaction = self.0.transaction()?;
        let sql = "SELECT number FROM part WHERE last < ?1 AND number < (SELECT max(number) FROM part)";
        let old = transaction.prepare(sql)?.query_map([id], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for part in old {
            transaction.execute_batch(&format!("DROP TABLE word_{part}"))?;
            transaction.execute("DELETE FROM part WHERE number = ?1", [part])?;
        }
        transaction.commit()
    }

    /// Calls this with the ids of lines that may be meant, the newest first, until it says that it has enough.
    pub(super) fn candidates(
        &self,
        places: &[i64],
        needed: &[NeededToken],
        below: i64,
        mut have_enough: impl FnMut(&[i64]) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let expression = expression(places, needed);
        let mut parts = self.0.prepare_cached("SELECT number FROM part ORDER BY number DESC")?;
        let parts = parts.query_map((), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for part in parts {
            let sql = format!(
                "SELECT rowid FROM word_{part} WHERE word_{part} MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3"
            );
            let mut before = below;
            loop {
                let mut hits = self.0.prepare_cached(&sql)?;
                let hits = hits.query_map(params![expression, before, HITS_AT_ONCE], |row| row.get(0))?;
                let hits = hits.collect::<Result<Vec<i64>, _>>()?;
                let Some(last) = hits.last() else { break };
                before = *last;
                if have_enough(&hits)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn part_to_add_to(tables: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT number, lines FROM part ORDER BY number DESC LIMIT 1";
    let last = tables.query_row(sql, (), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()?;
    if let Some((number, lines)) = last
        && lines < LINES_OF_A_PART
    {
        return Ok(number);
    }
    let number = last.map_or(1, |(number, _)| number + 1);
    tables.execute_batch(&format!(
        "CREATE VIRTUAL TABLE word_{number} USING fts5(tokens, content='', detail=none, columnsize=0, tokenize='ascii');
         INSERT INTO word_{number}(word_{number}, rank) VALUES('hashsize', 16777216);
         INSERT INTO word_{number}(word_{number}, rank) VALUES('automerge', 16);
         INSERT INTO part VALUES({number}, 0, 0);"
    ))?;
    Ok(number)
}

fn place_token(place: i64) -> String {
    format!("{PLACE}{place}")
}

/// What FTS5 is asked for. No token holds a quotation mark.
fn expression(places: &[i64], needed: &[NeededToken]) -> String {
    let places: Vec<String> = places.iter().map(|place| format!("\"{}\"", place_token(*place))).collect();
    let mut expression = format!("({})", places.join(" OR "));
    for token in needed {
        let written = match token {
            NeededToken::Whole(token) => write!(expression, " AND \"{token}\""),
            NeededToken::Beginning(token) => write!(expression, " AND \"{token}\" *"),
        };
        written.expect("a string takes whatever is written to it");
    }
    expression
}
