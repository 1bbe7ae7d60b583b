//! Messages of a place between two moments, read from the tables.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{integer, moment, natural};
use super::rows::{self, LINE, SAID, fitting};
use crate::hub::{Line, PageQuestion, PlaceId};
use crate::protocol::event::Mark;
use crate::protocol::recall::{RecallSpan, SpanEnd};

/// The messages that were asked for, oldest first; `first` is the oldest line that is kept.
pub(super) fn span(
    tables: &Connection,
    of: &PageQuestion,
    span: RecallSpan,
    first: u64,
) -> rusqlite::Result<Vec<Arc<Line>>> {
    let find = |passed: &dyn Fn(Mark) -> bool| partition(tables, of.place, (first, of.last.saturating_add(1)), passed);
    let from = span.after.map_or(Ok(first), |moment| find(&|mark| !moment.is_before(mark)))?;
    let to = span.before.map_or(Ok(of.last.saturating_add(1)), |moment| find(&|mark| moment.is_after(mark)))?;
    let kinds = if span.with_events { Kinds::All } else { Kinds::Said };
    match span.end {
        SpanEnd::Latest => latest(tables, of.place, (from, to), (of.most, kinds)),
        SpanEnd::Earliest => earliest(tables, of.place, (from, to), (of.most, kinds)),
        SpanEnd::Around(moment) => {
            let middle = find(&|mark| moment.is_after(mark))?.clamp(from, to.max(from));
            let mut lines = latest(tables, of.place, (from, middle), (of.most / 2, kinds))?;
            lines.extend(earliest(tables, of.place, (middle, to), (of.most - of.most / 2, kinds))?);
            Ok(lines)
        }
    }
}

/// The first number of these of whose line this does not hold, which holds up to some line; the end, if it always does.
fn partition(
    tables: &Connection,
    place: PlaceId,
    (mut from, mut to): (u64, u64),
    passed: &dyn Fn(Mark) -> bool,
) -> rusqlite::Result<u64> {
    let mut next = tables.prepare_cached(
        "SELECT number, id, at FROM line WHERE place = ?1 AND number >= ?2 AND number < ?3 ORDER BY number LIMIT 1",
    )?;
    while from < to {
        let middle = from + (to - from) / 2;
        let range = params![integer(place.number()), integer(middle), integer(to)];
        let found =
            next.query_row(range, |row| Ok((natural(row, 0)?, Mark { id: natural(row, 1)?, at: moment(row, 2)? })));
        match found.optional()? {
            Some((number, mark)) if passed(mark) => from = number + 1,
            Some(_) | None => to = middle,
        }
    }
    Ok(from)
}

/// Which lines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Said,
    All,
}

fn latest(
    tables: &Connection,
    place: PlaceId,
    range: (u64, u64),
    wanted: (usize, Kinds),
) -> rusqlite::Result<Vec<Arc<Line>>> {
    let mut lines = lines(tables, place, range, wanted, "DESC")?;
    lines.reverse();
    Ok(lines)
}

fn earliest(
    tables: &Connection,
    place: PlaceId,
    range: (u64, u64),
    wanted: (usize, Kinds),
) -> rusqlite::Result<Vec<Arc<Line>>> {
    lines(tables, place, range, wanted, "ASC")
}

fn lines(
    tables: &Connection,
    place: PlaceId,
    (from, to): (u64, u64),
    (most, kinds): (usize, Kinds),
    order: &str,
) -> rusqlite::Result<Vec<Arc<Line>>> {
    let of_kind = match kinds {
        Kinds::Said => format!("AND kind = {SAID}"),
        Kinds::All => String::new(),
    };
    let sql = format!(
        "SELECT {LINE} FROM line WHERE place = ?1 AND number >= ?2 AND number < ?3 {of_kind}
         ORDER BY number {order} LIMIT ?4"
    );
    let range = params![integer(place.number()), integer(from), integer(to), integer(most as u64)];
    fitting(tables.prepare_cached(&sql)?.query_map(range, rows::line)?)
}
