//! How cost grows with the number of users: a fifth of them in one room, the others in rooms of ten, one in fifty
//! talking once a second.

use std::time::{Duration, Instant};

use clap::Args;

use crate::contestant::{Contestant, chatctl};
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::report::say;
use crate::shape::Pace;

const SMALL_ROOM: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Numbers of users
    #[arg(default_values_t = [10, 100, 1000, 3000, 10_000])]
    users: Vec<usize>,
    /// Seconds of each run
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    say(format_args!(
        "{:>6} {:>6} {:>8} {:>10} {:>8} {:>8} {:>9} {:>9} {:>7} {:>7} {:>11}",
        "users", "room", "talkers", "deliv./s", "CPU %", "us CPU", "p50 ms", "p99 ms", "MB", "fds", "joined in s"
    ));
    arguments.users.iter().try_for_each(|users| measure(*users, Duration::from_secs_f64(arguments.seconds)))
}

fn measure(users: usize, time: Duration) -> anyhow::Result<()> {
    let server = chatctl(&["--message-rate", "1000000"], std::process::Stdio::null())?;
    let big = (users / 5).max(1);
    let mut sizes = vec![big];
    sizes.extend((big..users).step_by(SMALL_ROOM).map(|before| SMALL_ROOM.min(users - before)));
    let started = Instant::now();
    let mut crowd = Crowd::gather(Contestant::Chatctl, server.addr, &sizes)?;
    let joined = started.elapsed();
    crowd.talkers = (0..crowd.links.len()).step_by(50).collect();
    let talkers = crowd.talkers.len();
    let figures = drive(&mut crowd, &server, Pace::PerSecond(talkers as f64), time)?;
    let busy = 100.0 * figures.cpu.total().as_secs_f64() / figures.elapsed.as_secs_f64();
    say(format_args!(
        "{:>6} {big:>6} {talkers:>8} {:>10.0} {busy:>8.1} {:>8.2} {:>9.3} {:>9.3} {:>7.1} {:>7} {:>11.1}",
        crowd.links.len(),
        figures.rate(),
        figures.cost(),
        figures.percentile(50.0),
        figures.percentile(99.0),
        server.memory()? as f64 / 1e6,
        server.descriptors()?,
        joined.as_secs_f64(),
    ));
    Ok(())
}
