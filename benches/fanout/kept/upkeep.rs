//! How long commits take while everything else that a store does is done at the same time: lines are indexed, old ones pruned,
//! the log checkpointed, the whole copied.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use super::servers;
use super::talk::Talker;
use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::goal::Goal;
use crate::process::chatctl_program;
use crate::report::say;
use crate::shape::{Pace, Shape};

const SHAPE: Shape = Shape { name: "upkeep", rooms: 20, members: 10, pace: Pace::PerSecond(2000.0) };

/// Lines of an earlier server, which are too many for this one.
const OLD_LINES: u64 = 300_000;

/// Seconds that one of a thousand commits may take, as the server's metrics have it as a bound.
const LONGEST: &str = "0.02";

pub(super) fn measure(time: Duration) -> anyhow::Result<Vec<Goal>> {
    let time = time.max(Duration::from_secs(10));
    say(format_args!(
        "\nupkeep: 20 rooms of 10, 2,000 messages/s; {OLD_LINES} old lines are pruned, and the store is copied"
    ));
    let before = servers::chatctl(&["--message-rate", "0"])?;
    let mut talker = Talker::enter(before.addr, "talker")?;
    talker.open_rooms()?;
    talker.fill(OLD_LINES)?;
    let folder = before.end().context("it has a folder")?;
    let server = servers::chatctl_in(folder, &["--message-rate", "1000000", "--keep", "1s"])?;
    let data = server.folder().context("it has a folder")?.join("data");
    let copy = data.with_file_name("copy.db");
    let mut crowd = Crowd::gather(Contestant::Kept, server.addr, &SHAPE.sizes())?;
    let [all_before, short_before] = commits(&data)?;
    let over = AtomicBool::new(false);
    let (figures, copies) = thread::scope(|scope| {
        let copying = scope.spawn(|| {
            let mut copies = 0;
            while !over.load(Ordering::Relaxed) {
                let mut command = Command::new(chatctl_program());
                command.args(["store", "backup"]).arg(&data).arg(&copy).stdout(Stdio::null()).stderr(Stdio::null());
                copies += u32::from(command.status().is_ok_and(|status| status.success()));
                let _ = std::fs::remove_file(&copy);
            }
            copies
        });
        let figures = drive(&mut crowd, &server, SHAPE.pace, time);
        over.store(true, Ordering::Relaxed);
        (figures, copying.join().unwrap_or_default())
    });
    let figures = figures?;
    let [all, short] = commits(&data)?;
    let (all, long) = (all - all_before, all - all_before - (short - short_before));
    let [p50, p99, p999] = [50.0, 99.0, 99.9].map(|percent| figures.percentile(percent));
    say(format_args!(
        "  {all} commits, {long} of them longer than 20 ms; {copies} copies; messages p50 {p50:.3} ms, p99 {p99:.3} ms, p99.9 \
         {p999:.3} ms"
    ));
    Ok(vec![Goal::new("upkeep: commits longer than 20 ms", 1000.0 * long / all, 1.0, "of a thousand")])
}

/// Commits until now, and how many of them took no longer than [`LONGEST`].
fn commits(data: &Path) -> anyhow::Result<[f64; 2]> {
    let figures = Command::new(chatctl_program()).args(["admin", "--data"]).arg(data).arg("stats").output()?;
    let figures = String::from_utf8(figures.stdout)?;
    let figure = |name: &str| -> anyhow::Result<f64> {
        let found = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(found.with_context(|| format!("no figure {name}"))?.parse()?)
    };
    Ok([figure("commit_seconds_count")?, figure(&format!("commit_seconds_bucket{{le=\"{LONGEST}\"}}"))?])
}
