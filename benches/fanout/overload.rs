//! What the others notice when some misbehave: their latency without and with, what the server's memory does, and what
//! it says about it.
//!
//! The others are a room that talks at a moderate rate, every delivery checked. The mischief runs on a thread of this
//! process, so on a small machine it takes processor time from the measurement too.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::contestant::{Contestant, chatctl, irc_door};
use crate::crowd::Crowd;
use crate::drive::{Figures, drive};
use crate::mischief::Mischief;
use crate::process::{Server, chatctl_program};
use crate::report::say;
use crate::shape::Pace;

/// Members of the room of the others, and what they say in a second.
const MEMBERS: usize = 200;
const PER_SECOND: f64 = 50.0;

/// What the room says to a member who does not read, and the queue that this fills in a few seconds.
const PER_SECOND_TO_STALLED: f64 = 250.0;
const SMALL_QUEUE: &[&str] = &["--message-rate", "1000000", "--queue-soft", "16384", "--queue-hard", "32768"];

/// Descriptors of the server that runs out of them.
const FEW_DESCRIPTORS: usize = 400;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Mischief to make: all without it
    mischief: Vec<Mischief>,
    /// Seconds without it and with it
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let chosen = if arguments.mischief.is_empty() { Mischief::ALL } else { &arguments.mischief };
    chosen.iter().try_for_each(|mischief| measure(*mischief, Duration::from_secs_f64(arguments.seconds)))
}

fn measure(mischief: Mischief, time: Duration) -> anyhow::Result<()> {
    say(format_args!("\n{}", mischief.description()));
    let log = tempfile::NamedTempFile::new()?;
    let server = start(mischief, log.reopen()?)?;
    let door = match mischief {
        Mischief::Quits | Mischief::HangUps => Contestant::Irc,
        _ => Contestant::Chatctl,
    };
    let mut crowd = Crowd::gather(door, server.addr, &[MEMBERS])?;
    let pace = Pace::PerSecond(match mischief {
        Mischief::StalledReader => PER_SECOND_TO_STALLED,
        _ => PER_SECOND,
    });
    show("without", &drive(&mut crowd, &server, pace, time)?, &server)?;
    let gathered = mischief.gather(server.addr)?;
    if !gathered.is_empty() {
        show("gathered", &drive(&mut crowd, &server, pace, time / 4)?, &server)?;
    }
    // What takes a moment is measured around this moment.
    let while_made = if gathered.is_empty() { time } else { time / 4 };
    let over = AtomicBool::new(false);
    let figures = thread::scope(|scope| {
        let making = scope.spawn(|| mischief.make(server.addr, gathered, &over));
        let figures = drive(&mut crowd, &server, pace, while_made);
        over.store(true, Ordering::Relaxed);
        say(format_args!("  mischief: {}", making.join().unwrap_or_else(|_| "it panicked".to_owned())));
        figures
    })?;
    show("with", &figures, &server)?;
    show("after", &drive(&mut crowd, &server, pace, time / 4)?, &server)?;
    say(format_args!("  memory at most {:.1} MB", server.peak_memory()? as f64 / 1e6));
    show_log(&fs::read_to_string(log.path())?);
    Ok(())
}

fn start(mischief: Mischief, log: File) -> anyhow::Result<Server> {
    match mischief {
        Mischief::Descriptors => {}
        Mischief::StalledReader => return Ok(chatctl(SMALL_QUEUE, log)?),
        Mischief::Quits | Mischief::HangUps => return Ok(irc_door(&[], log)?),
        Mischief::BlockedLog => return Ok(chatctl(&[], Stdio::piped())?),
        Mischief::StalledReaders
        | Mischief::RenameStorm
        | Mischief::DepartedSleepers
        | Mischief::Burst
        | Mischief::ConnectStorm
        | Mischief::ConnectStorms
        | Mischief::Ghosts => return Ok(chatctl(&[], log)?),
        _ => return Ok(chatctl(&["--message-rate", "1000000"], log)?),
    }
    let limited = format!(
        "ulimit -n {FEW_DESCRIPTORS} && exec \"$0\" serve --listen 127.0.0.1:0 --message-rate 1000000 --max-connections 100000"
    );
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(limited).arg(chatctl_program()).stderr(Stdio::from(log));
    Ok(Server::that_says_where(&mut shell, 0)?)
}

fn show(when: &str, figures: &Figures, server: &Server) -> anyhow::Result<()> {
    say(format_args!(
        "  {when:<8} p50 {:>7.3} ms, p99 {:>7.3} ms, {:>8.0} deliveries/s, none lost; server {:>5.1} % CPU, {:>6.1} MB, {} descriptors",
        figures.percentile(50.0),
        figures.percentile(99.0),
        figures.rate(),
        100.0 * figures.cpu.total().as_secs_f64() / figures.elapsed.as_secs_f64(),
        server.memory()? as f64 / 1e6,
        server.descriptors()?,
    ));
    Ok(())
}

/// What the server said, each thing once and how often: without the time, and without digits, which tell peers apart.
fn show_log(log: &str) {
    let mut said: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for line in log.lines() {
        let message = line.split_once(' ').map_or(line, |(_time, message)| message.trim_start());
        let kind = message.chars().filter(|c| !c.is_ascii_digit()).collect();
        said.entry(kind).or_insert((0, message)).0 += 1;
    }
    said.retain(|kind, _| kind.starts_with("WARN") || kind.starts_with("ERROR"));
    said.values().for_each(|(times, message)| say(format_args!("  log      {times:>6} x {message}")));
}
