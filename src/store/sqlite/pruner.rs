//! Which lines need not be kept any more: those of rooms that are forgotten, those that are too old, and the oldest when
//! all together take too much room.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, params};

use super::columns::{integer, millis};
use crate::hub::{LinesEffect, PlaceId, Record};

/// Lines that one transaction prunes: a commit that waits for it waits for about a millisecond.
const LINES_AT_ONCE: i64 = 100;

/// How often it is looked for lines that are too old or too many.
pub(super) const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// While there are such lines, some are pruned at least so often, however busy the store is.
const PRUNE_AT_LEAST_EVERY: Duration = Duration::from_secs(1);

/// How much is kept.
#[derive(Debug, Default, Clone, Copy)]
pub struct Retention {
    /// Lines older than this are pruned; `None`: none.
    pub age: Option<Duration>,
    /// When the tables take more bytes than this, the oldest lines are pruned; `None`: never.
    pub bytes: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Pruner {
    retention: Retention,
    /// Places that are forgotten and whose lines may still be there.
    gone: Vec<PlaceId>,
    has_work: bool,
    /// Where the lines of places begin from which some were pruned.
    beginnings: Vec<(PlaceId, u64)>,
}

impl Pruner {
    /// Begins with the lines of places that were forgotten before.
    pub(super) fn new(tables: &Connection, retention: Retention) -> rusqlite::Result<Self> {
        let sql = "WITH RECURSIVE used(place) AS (
                       SELECT min(place) FROM line
                       UNION ALL SELECT (SELECT min(place) FROM line WHERE line.place > used.place) FROM used
                           WHERE used.place IS NOT NULL)
                   SELECT place FROM used WHERE place IS NOT NULL AND place NOT IN (SELECT id FROM place)";
        let gone = tables.prepare(sql)?.query_map((), |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
        let gone = gone.into_iter().map(|place| PlaceId::numbered(place.unsigned_abs())).collect();
        Ok(Self { retention, gone, has_work: true, beginnings: Vec::new() })
    }

    /// Whether there may be something to prune.
    pub(super) fn has_work(&self) -> bool {
        self.has_work
    }

    /// Whether some are to be pruned although the store is busy, so long after the last time.
    pub(super) fn is_due(&self, since_last: Duration) -> bool {
        since_last >= if self.has_work { PRUNE_AT_LEAST_EVERY } else { PRUNE_EVERY }
    }

    pub(super) fn set_work(&mut self, has_work: bool) {
        self.has_work = has_work;
    }

    /// Where the lines of those places begin now from which lines were pruned since the last call.
    pub(super) fn take_beginnings(&mut self) -> Vec<(PlaceId, u64)> {
        std::mem::take(&mut self.beginnings)
    }

    /// These records are kept now.
    pub(super) fn learn(&mut self, records: &[Record]) {
        for record in records {
            match record.effect_on_lines() {
                LinesEffect::Gone(place) => {
                    self.gone.push(place);
                    self.has_work = true;
                }
                LinesEffect::Added(_) | LinesEffect::Begun(..) | LinesEffect::None => {}
            }
        }
    }

    /// Prunes a few lines, within a transaction; true if there may be more.
    pub(super) fn prune_some(&mut self, tables: &Connection, now: SystemTime) -> rusqlite::Result<bool> {
        if let Some(place) = self.gone.last() {
            let sql = "DELETE FROM line WHERE id IN (SELECT id FROM line WHERE place = ?1 LIMIT ?2)";
            let pruned = tables.prepare_cached(sql)?.execute([integer(place.number()), LINES_AT_ONCE])?;
            if pruned == 0 {
                self.gone.pop();
            }
            return Ok(true);
        }
        let before = match self.retention.age.and_then(|age| now.checked_sub(age)) {
            _ if self.is_too_large(tables)? => i64::MAX,
            Some(time) => millis(time),
            None => return Ok(false),
        };
        let beginnings = prune_oldest(tables, before)?;
        let has_pruned = !beginnings.is_empty();
        self.beginnings.extend(beginnings);
        Ok(has_pruned)
    }

    fn is_too_large(&self, tables: &Connection) -> rusqlite::Result<bool> {
        let Some(limit) = self.retention.bytes else { return Ok(false) };
        let pragma = |name| tables.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = (pragma("page_count")? - pragma("freelist_count")?).saturating_mul(pragma("page_size")?);
        Ok(used.unsigned_abs() > limit)
    }
}

/// Prunes the oldest lines that were said before this time; where those of each place begin then. Their numbers do not
/// come again.
fn prune_oldest(tables: &Connection, before: i64) -> rusqlite::Result<Vec<(PlaceId, u64)>> {
    let mut oldest = tables.prepare_cached("SELECT id, place, number, at FROM line ORDER BY id LIMIT ?1")?;
    let oldest = oldest.query_map([LINES_AT_ONCE], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let oldest = oldest.collect::<Result<Vec<_>, _>>()?;
    // Ids and times are in one order.
    let pruned: Vec<_> = oldest.into_iter().take_while(|(_, _, _, at)| *at < before).collect();
    let Some((to, ..)) = pruned.last() else { return Ok(Vec::new()) };
    let highest: BTreeMap<i64, i64> = pruned.iter().map(|(_, place, number, _)| (*place, *number)).collect();
    for (place, number) in &highest {
        let sql = "UPDATE place SET last = max(last, ?2) WHERE id = ?1";
        tables.prepare_cached(sql)?.execute(params![place, number])?;
    }
    tables.prepare_cached("DELETE FROM line WHERE id <= ?1")?.execute([to])?;
    let begins = |(place, number): (i64, i64)| (PlaceId::numbered(place.unsigned_abs()), number.unsigned_abs() + 1);
    Ok(highest.into_iter().map(begins).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_never_idle_looks_for_old_lines_once_a_minute_and_prunes_them_once_a_second() {
        let due = |has_work, seconds| Pruner { has_work, ..Pruner::default() }.is_due(Duration::from_secs(seconds));
        assert_eq!([59, 60].map(|seconds| due(false, seconds)), [false, true]);
        assert_eq!([0, 1].map(|seconds| due(true, seconds)), [false, true]);
    }
}
