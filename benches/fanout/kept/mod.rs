//! What it costs to tell nothing before it is on the disk: `chatctl serve --data` beside Redis and NATS that keep each message
//! too, all on one disk in one run, and each figure beside its goal.

mod burst;
mod cost;
mod echo;
mod full;
mod million;
pub(crate) mod servers;
mod talk;
mod upkeep;

use std::time::Duration;

use clap::Args;

use crate::goal::{self, Goal};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Messages a second, latency and processor time for each message, beside the others
    Cost,
    /// What the disk adds to an echo
    Echo,
    /// 20,000 messages a second, and how soon the index of searches has them all
    Burst,
    /// How long commits take while the store indexes, prunes, checkpoints and is copied
    Upkeep,
    /// Memory while a million messages pass, then pages of history and searches in them
    Million,
    /// A disk that is full for ten seconds (needs root)
    Full,
}

const ALL: &[Part] = &[Part::Cost, Part::Echo, Part::Burst, Part::Upkeep, Part::Million, Part::Full];

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to measure: all without it
    parts: Vec<Part>,
    /// Seconds of each run, after a warm-up
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Runs of each server in each shape
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Shapes of `cost` to measure: all whose name contains this
    #[arg(long, default_value = "")]
    shape: String,
    /// Messages that pass
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let chosen = if arguments.parts.is_empty() { ALL } else { &arguments.parts };
    let time = Duration::from_secs_f64(arguments.seconds);
    let mut goals: Vec<Goal> = Vec::new();
    for part in chosen {
        goals.extend(match part {
            Part::Cost => cost::measure(&arguments.shape, time, arguments.repeat)?,
            Part::Echo => echo::measure(time, arguments.repeat)?,
            Part::Burst => burst::measure(time)?,
            Part::Upkeep => upkeep::measure(time)?,
            Part::Million => million::measure(arguments.messages)?,
            Part::Full => full::measure()?,
        });
    }
    goal::show(&goals);
    Ok(())
}
