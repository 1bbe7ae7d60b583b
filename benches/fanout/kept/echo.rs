//! What keeping adds to the time until a room of two has heard a message, beside what a commit takes by itself.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rusqlite::Connection;

use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::goal::Goal;
use crate::report::{median, say};
use crate::shape::{Pace, Shape};

const SHAPE: Shape = Shape { name: "echo", rooms: 1, members: 2, pace: Pace::PerSecond(100.0) };

/// Milliseconds that may be added to a commit.
const ADDED: f64 = 0.3;

pub(super) fn measure(time: Duration, repeat: usize) -> anyhow::Result<Vec<Goal>> {
    say(format_args!("\necho: a room of two, 100 messages/s"));
    let (mut added, mut commits) = (Vec::new(), Vec::new());
    for _ in 0..repeat {
        let [memory, kept, redis] =
            [Contestant::Chatctl, Contestant::Kept, Contestant::RedisKept].map(|server| echo(server, time));
        let (memory, kept) = (memory?, kept?);
        let folder = tempfile::tempdir()?;
        let commit = commit_alone(folder.path(), time)?;
        added.push(kept[0] - memory[0]);
        commits.push(commit);
        let redis = redis.map_or_else(|why| format!("{why:#}"), |[p50, p99]| format!("{p50:.3}, {p99:.3}"));
        say(format_args!(
            "  p50, p99 ms: in memory {:.3}, {:.3}; kept {:.3}, {:.3}; Redis always {redis}; a commit alone {commit:.3}",
            memory[0], memory[1], kept[0], kept[1]
        ));
    }
    let added = median(added.iter().zip(&commits).map(|(added, commit)| added - commit));
    Ok(vec![Goal::new("added to an echo at 100/s, p50, beyond the commit itself", added, ADDED, "ms")])
}

/// Milliseconds until a message was heard: median and 99 %.
fn echo(server: Contestant, time: Duration) -> anyhow::Result<[f64; 2]> {
    let process = server.start(&SHAPE).map_err(anyhow::Error::msg)?;
    let mut crowd = Crowd::gather(server, process.addr, &SHAPE.sizes())?;
    let figures = drive(&mut crowd, &process, SHAPE.pace, time)?;
    Ok([50.0, 99.0].map(|percent| figures.percentile(percent)))
}

/// Milliseconds that half of all commits of one row take at most, a hundred times a second.
fn commit_alone(folder: &Path, time: Duration) -> anyhow::Result<f64> {
    let tables = Connection::open(folder.join("alone.db"))?;
    tables.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE line(id INTEGER PRIMARY KEY, text TEXT) STRICT;",
    )?;
    let mut took = Histogram::<u64>::new(3)?;
    let end = Instant::now() + time;
    while Instant::now() < end {
        let begun = Instant::now();
        tables.execute("INSERT INTO line(text) VALUES (?1)", ["x".repeat(64)])?;
        took.record(u64::try_from(begun.elapsed().as_nanos())?)?;
        thread::sleep(Duration::from_millis(10).saturating_sub(begun.elapsed()));
    }
    Ok(took.value_at_quantile(0.5) as f64 / 1e6)
}
