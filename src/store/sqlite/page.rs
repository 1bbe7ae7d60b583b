//! Lines of a place, read from the tables.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{integer, natural};
use super::rows::{self, LINE, fitting};
use super::span::span;
use crate::hub::{Line, Page, PageQuestion, PageRange, PlaceId};

/// The lines that were asked for, all as of one moment.
pub(super) fn page(tables: &mut Connection, of: PageQuestion) -> rusqlite::Result<Page> {
    let moment = tables.transaction()?;
    let first = first(&moment, of.place)?;
    let lines = match of.range {
        PageRange::Latest => newest(&moment, &of, of.last)?,
        PageRange::Before(number) => newest(&moment, &of, of.last.min(number.saturating_sub(1)))?,
        PageRange::After(number) => oldest(&moment, &of, number)?,
        PageRange::Of(range) => first.map_or(Ok(Vec::new()), |first| span(&moment, &of, range, first))?,
        PageRange::Missed(number) | PageRange::Unread(number) => {
            let mut lines = newest(&moment, &of, of.last)?;
            lines.retain(|line| line.number > number);
            lines
        }
    };
    Ok(Page { of, lines, first })
}

/// The number of the oldest line of a place, if there is any.
pub(super) fn first(tables: &Connection, place: PlaceId) -> rusqlite::Result<Option<u64>> {
    let mut first = tables.prepare_cached("SELECT number FROM line WHERE place = ?1 ORDER BY number LIMIT 1")?;
    first.query_row([integer(place.number())], |row| natural(row, 0)).optional()
}

/// The last ones up to this number, oldest first.
fn newest(tables: &Connection, of: &PageQuestion, to: u64) -> rusqlite::Result<Vec<Arc<Line>>> {
    let sql = format!("SELECT {LINE} FROM line WHERE place = ?1 AND number <= ?2 ORDER BY number DESC LIMIT ?3");
    let range = params![integer(of.place.number()), integer(to), integer(of.most as u64)];
    let mut lines = fitting(tables.prepare_cached(&sql)?.query_map(range, rows::line)?)?;
    lines.reverse();
    Ok(lines)
}

/// The first ones after this number.
fn oldest(tables: &Connection, of: &PageQuestion, from: u64) -> rusqlite::Result<Vec<Arc<Line>>> {
    let sql =
        format!("SELECT {LINE} FROM line WHERE place = ?1 AND number > ?2 AND number <= ?3 ORDER BY number LIMIT ?4");
    let range = params![integer(of.place.number()), integer(from), integer(of.last), integer(of.most as u64)];
    fitting(tables.prepare_cached(&sql)?.query_map(range, rows::line)?)
}
