//! A burst of 20,000 messages a second: whether all are told in time, and how soon the index of searches has them.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rusqlite::{Connection, OpenFlags};

use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::goal::Goal;
use crate::report::say;
use crate::shape::{Pace, Shape};

const SHAPE: Shape = Shape { name: "burst", rooms: 20, members: 10, pace: Pace::PerSecond(20_000.0) };

/// How long the index may take until this gives up.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn measure(time: Duration) -> anyhow::Result<Vec<Goal>> {
    let time = time.max(Duration::from_secs(5));
    say(format_args!("\nburst: 20 rooms of 10, 20,000 messages/s for {time:?}"));
    let server = Contestant::Kept.start(&SHAPE).map_err(anyhow::Error::msg)?;
    let data = server.folder().context("it has a folder")?.join("data");
    let mut crowd = Crowd::gather(Contestant::Kept, server.addr, &SHAPE.sizes())?;
    let figures = drive(&mut crowd, &server, SHAPE.pace, time)?;
    let behind = lines_not_indexed(&data)?;
    let indexed = until_indexed(&data)?;
    let messages = figures.rate() / SHAPE.members as f64;
    let [p50, p99] = [50.0, 99.0].map(|percent| figures.percentile(percent));
    say(format_args!(
        "  {messages:.0} messages/s told, p50 {p50:.3} ms, p99 {p99:.3} ms, {:.1} us CPU each; at the end {behind} lines were \
         not indexed, {:.3} s later none",
        figures.cost() * SHAPE.members as f64,
        indexed.as_secs_f64(),
    ));
    Ok(vec![
        Goal::new("20,000 kept messages/s: missing of those in a second", 20_000.0 - messages, 200.0, "messages"),
        Goal::new("until the index has everything after the burst", indexed.as_secs_f64(), 1.0, "s"),
    ])
}

pub(super) fn until_indexed(data: &Path) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    while lines_not_indexed(data)? > 0 {
        ensure!(begun.elapsed() < PATIENCE, "the index did not keep up in {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
    Ok(begun.elapsed())
}

/// Lines that are kept and that the index does not have.
fn lines_not_indexed(data: &Path) -> anyhow::Result<i64> {
    let number = |file: &str, sql: &str| -> anyhow::Result<i64> {
        let tables = Connection::open_with_flags(data.join(file), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        tables.busy_timeout(Duration::from_secs(5))?;
        Ok(tables.query_row(sql, (), |row| row.get(0))?)
    };
    let last = number("chat.db", "SELECT max(id) FROM line")?;
    let position = number("search.db", "SELECT position FROM state")?;
    if position >= last {
        return Ok(0);
    }
    number("chat.db", &format!("SELECT count(*) FROM line WHERE id > {position}"))
}
