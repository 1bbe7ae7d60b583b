//! The newest lines that hold the words that are looked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::index::{IndexFile, SearchIndex};
use super::tokens::needed;
use crate::hub::{Hits, Line, PlaceId, SearchQuestion};
use crate::protocol::hindrance::Hindrance;
use crate::store::sqlite::columns::integer;
use crate::store::sqlite::rows::{self, LINE, SAID};
use crate::store::sqlite::trouble::hindrance;

/// Lines on their way into an answer.
struct Gathered<'a> {
    of: &'a SearchQuestion,
    /// The highest number that may be shown of each place.
    places: BTreeMap<PlaceId, u64>,
    /// The newest first; one more than are wanted says that there are more.
    lines: Vec<Arc<Line>>,
}

/// The newest lines that were asked for, oldest first.
pub(in crate::store::sqlite) fn search(
    tables: &mut Connection,
    file: &IndexFile,
    of: SearchQuestion,
) -> rusqlite::Result<Hits> {
    let moment = tables.transaction()?;
    let places: BTreeMap<PlaceId, u64> = of.places.iter().map(|place| (place.id, place.last)).collect();
    let mut gathered = Gathered { of: &of, places, lines: Vec::new() };
    if !gathered.places.is_empty()
        && let Err(error) = search_with_index(&moment, file, &mut gathered)
    {
        tracing::debug!("a search without the index: {error}");
        gathered.lines.clear();
        scan(&moment, 0, &mut gathered)?;
    }
    let mut lines = gathered.lines;
    let more = lines.len() > of.most;
    lines.truncate(of.most);
    lines.reverse();
    Ok(Hits { of, lines, more })
}

fn search_with_index(tables: &Connection, file: &IndexFile, gathered: &mut Gathered<'_>) -> rusqlite::Result<()> {
    let index = file.open()?;
    search_in(tables, &index, gathered).inspect_err(|error| {
        if hindrance(error) == Hindrance::Damaged {
            file.report_damage();
        }
    })
}

/// Looks at what the index does not know yet, then at what it names.
fn search_in(tables: &Connection, index: &SearchIndex, gathered: &mut Gathered<'_>) -> rusqlite::Result<()> {
    let _moment = index.moment()?;
    scan(tables, index.position()?, gathered)?;
    if gathered.are_enough() {
        return Ok(());
    }
    let places: Vec<i64> = gathered.places.keys().map(|place| integer(place.number())).collect();
    let mut by_id = tables.prepare_cached(&format!("SELECT {LINE} FROM line WHERE id = ?1 AND kind = {SAID}"))?;
    index.candidates(&places, &needed(&gathered.of.words), integer(gathered.of.before), |ids| {
        for id in ids {
            // One that is not there any more was pruned.
            for line in by_id.query_map([id], rows::line)? {
                gathered.take(line?);
            }
            if gathered.are_enough() {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Looks at every line after this id, the newest first.
fn scan(tables: &Connection, after: i64, gathered: &mut Gathered<'_>) -> rusqlite::Result<()> {
    let sql = format!("SELECT {LINE} FROM line WHERE id > ?1 AND id < ?2 AND kind = {SAID} ORDER BY id DESC");
    let mut statement = tables.prepare_cached(&sql)?;
    for line in statement.query_map([after, integer(gathered.of.before)], rows::line)? {
        if gathered.are_enough() {
            break;
        }
        gathered.take(line?);
    }
    Ok(())
}

impl Gathered<'_> {
    fn are_enough(&self) -> bool {
        self.lines.len() > self.of.most
    }

    /// Takes a line if it is one of those that were asked for.
    fn take(&mut self, line: Arc<Line>) {
        if self.places.get(&line.place).is_some_and(|last| line.number <= *last) && self.of.wants(&line) {
            self.lines.push(line);
        }
    }
}
