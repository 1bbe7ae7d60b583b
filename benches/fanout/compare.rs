//! Every server in every shape, in turn and several times, and how they compare.

use std::time::Duration;

use clap::Args;

use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::{Figures, drive};
use crate::report::{self, Runs, say};
use crate::shape::{SHAPES, Shape};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Shapes to measure: all whose name contains one of these
    shapes: Vec<String>,
    /// Servers to measure, the one to compare with the others first
    #[arg(long, value_delimiter = ',', default_value = "chatctl,floor,redis,nats")]
    servers: Vec<Contestant>,
    /// Seconds of each run, after a warm-up
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Runs of each server in each shape
    #[arg(long, default_value_t = 3)]
    repeat: usize,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for shape in SHAPES.iter().filter(|shape| arguments.wants(shape)) {
        let runs = measure(shape, arguments);
        report::show(&runs);
        all.push((shape.name, runs));
    }
    report::head_ratios();
    all.iter().for_each(|(name, runs)| report::show_ratios(name, runs));
    Ok(())
}

impl Arguments {
    fn wants(&self, shape: &Shape) -> bool {
        self.shapes.is_empty() || self.shapes.iter().any(|part| shape.name.contains(part.as_str()))
    }
}

/// Runs every server in turn, as often as asked; one that fails is left out.
fn measure(shape: &Shape, arguments: &Arguments) -> Runs {
    say(format_args!("\n{}: {} rooms of {}, {:?}", shape.name, shape.rooms, shape.members, shape.pace));
    let mut runs: Runs = arguments.servers.iter().map(|contestant| (*contestant, Vec::new())).collect();
    for _ in 0..arguments.repeat {
        runs.retain_mut(|(contestant, figures)| match run_once(*contestant, shape, arguments.seconds) {
            Ok(run) => {
                figures.push(run);
                true
            }
            Err(why) => {
                say(format_args!("  {}: {why:#}", contestant.name()));
                false
            }
        });
    }
    runs
}

/// Starts a server, fills its rooms and drives it.
fn run_once(contestant: Contestant, shape: &Shape, seconds: f64) -> anyhow::Result<Figures> {
    let server = contestant.start(shape).map_err(anyhow::Error::msg)?;
    let mut crowd = Crowd::gather(contestant, server.addr, &shape.sizes())?;
    drive(&mut crowd, &server, shape.pace, Duration::from_secs_f64(seconds))
}
