//! What is done with a store by hand: whether it is whole, a copy of it, and all that it knows. All of it works beside a
//! server that writes.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::columns::{self, natural};
use super::open_error::OpenError;
use super::rows::{self, LINE, ROOM};
use super::{INDEX, TABLES, restore, schema};
use crate::hub::{Line, Record};
use crate::protocol::name::RoomName;

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The file that was checked.
    pub file: PathBuf,
    /// What is wrong, one sentence each.
    pub faults: Vec<String>,
    /// How many rooms there are.
    pub rooms: u64,
    /// How many lines.
    pub lines: u64,
}

/// Reads all of a store and looks for what cannot be.
///
/// # Errors
/// If there is no store that can be read.
pub fn check(dir: &Path) -> Result<Checked, OpenError> {
    let file = dir.join(TABLES);
    let tables = schema::open_for_reading(&file)?;
    let mut checked = Checked { file: file.clone(), faults: Vec::new(), rooms: 0, lines: 0 };
    // What SQLite cannot go on with is a finding too.
    if let Err(error) = look(&tables, &mut checked) {
        checked.faults.push(error.to_string());
    }
    checked.faults.extend(faults_of_index(&dir.join(INDEX)));
    Ok(checked)
}

/// What is wrong with the index for searches. That there is none is no fault: it is made anew.
fn faults_of_index(file: &Path) -> Vec<String> {
    if !file.exists() {
        return Vec::new();
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found = Connection::open_with_flags(file, flags).and_then(|index| {
        let mut faults = index.prepare("PRAGMA integrity_check")?;
        faults.query_map((), |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()
    });
    let faults = found.unwrap_or_else(|error| vec![error.to_string()]);
    let faults = faults.into_iter().filter(|fault| fault != "ok");
    faults.map(|fault| format!("{INDEX}, which can be deleted when no server runs: {fault}")).collect()
}

fn look(tables: &Connection, checked: &mut Checked) -> rusqlite::Result<()> {
    let mut faults = tables.prepare("PRAGMA integrity_check")?;
    for fault in faults.query_map((), |row| row.get::<_, String>(0))? {
        let fault = fault?;
        if fault != "ok" {
            checked.faults.push(fault);
        }
    }
    checked.rooms = tables.query_row("SELECT count(*) FROM place WHERE kind = ?1", [ROOM], |row| natural(row, 0))?;
    let sql = format!("SELECT {LINE} FROM line ORDER BY place, number");
    let mut lines = tables.prepare(&sql)?;
    let mut before: Option<(u64, u64, u64)> = None;
    for line in lines.query_map((), rows::line)? {
        let line = line?;
        checked.lines += 1;
        let (place, number, id) = (line.place.number(), line.number, line.mark.id);
        if let Some((same, last_number, last_id)) = before
            && same == place
            && (number != last_number + 1 || id <= last_id)
        {
            checked.faults.push(format!("place {place}: line #{number} follows line #{last_number}"));
        }
        before = Some((place, number, id));
    }
    Ok(())
}

/// Copies a store, as of one moment, into a new file. Copied back, it is the store of that moment, under another epoch: the
/// numbers after it may come again for other lines. That of a server of a cluster goes on from that moment with the log.
///
/// # Errors
/// If the store cannot be read or the file cannot be written.
pub fn back_up(dir: &Path, to: &Path) -> Result<(), OpenError> {
    let tables = schema::open_for_reading(&dir.join(TABLES))?;
    schema::copy(&tables, to, restore::begin_epoch_of_copy)
}

/// Calls this with every line and its room, one room after the other.
///
/// # Errors
/// If the store cannot be read.
pub fn export<E>(
    dir: &Path,
    mut each: impl FnMut(&RoomName, &Line) -> Result<(), E>,
) -> Result<Result<(), E>, OpenError> {
    let file = dir.join(TABLES);
    let tables = schema::open_for_reading(&file)?;
    let failed = |error: rusqlite::Error| OpenError::of(&file, &error);
    // All is read as of one moment.
    let moment = tables.unchecked_transaction().map_err(failed)?;
    let mut places = moment.prepare("SELECT id, name, last FROM place WHERE kind = ?1 ORDER BY id").map_err(failed)?;
    let rooms =
        places.query_map([ROOM], rows::room).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    for room in rooms {
        let Record::Place { place, name, .. } = room else { continue };
        let sql = format!("SELECT {LINE} FROM line WHERE place = ?1 ORDER BY number");
        let mut lines = moment.prepare_cached(&sql).map_err(failed)?;
        for line in lines.query_map([columns::integer(place.number())], rows::line).map_err(failed)? {
            if let Err(stopped) = each(&name, &*line.map_err(failed)?) {
                return Ok(Err(stopped));
            }
        }
    }
    Ok(Ok(()))
}
