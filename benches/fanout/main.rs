//! What fan-out costs: `chatctl serve` against the floor, Redis and NATS, on one machine in one run.
//!
//! Each server is a process of its own; one thread of this one drives it with raw non-blocking sockets and checks every
//! delivery. Servers take turns, several times, and what is compared are runs that followed each other, as no machine
//! is quiet. `cargo bench --bench fanout -- --help` says what can be chosen.

mod contestant;
mod crowd;
mod drive;
mod epoll;
mod floor;
mod ledger;
mod link;
mod process;
mod report;
mod shape;
mod stamp;

use std::env;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;

use contestant::Contestant;
use crowd::Crowd;
use drive::Figures;
use report::{Runs, say};
use shape::{SHAPES, Shape};

/// Measure fan-out: deliveries a second, processor time for each, latency.
#[derive(Debug, Parser)]
struct Arguments {
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
    /// What cargo passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    if arguments.next().is_some_and(|first| first == floor::ARGUMENT) {
        let mut numbers = arguments.map(|number| number.parse());
        let mut number = || numbers.next().context("two numbers are expected")?.context("not a number");
        return Ok(floor::run(number()?, number()?)?);
    }
    rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of open files")?;
    let arguments = Arguments::parse();
    let mut all = Vec::new();
    for shape in SHAPES.iter().filter(|shape| arguments.wants(shape)) {
        let runs = measure(shape, &arguments)?;
        report::show(&runs);
        all.push((shape.name, runs));
    }
    say(format_args!(
        "\n  {:<10} {:<16} {:>12} {:>8} {:>9} {:>9}",
        "ratios", "", "deliveries/s", "us CPU", "p50", "p99"
    ));
    all.iter().for_each(|(name, runs)| report::show_ratios(name, runs));
    Ok(())
}

impl Arguments {
    fn wants(&self, shape: &Shape) -> bool {
        self.shapes.is_empty() || self.shapes.iter().any(|part| shape.name.contains(part.as_str()))
    }
}

/// Runs every server in turn, as often as asked.
fn measure(shape: &Shape, arguments: &Arguments) -> anyhow::Result<Runs> {
    say(format_args!("\n{}: {} rooms of {}, {:?}", shape.name, shape.rooms, shape.members, shape.pace));
    let mut runs: Runs = arguments.servers.iter().map(|contestant| (*contestant, Vec::new())).collect();
    for _ in 0..arguments.repeat {
        runs.retain_mut(|(contestant, figures)| match run(*contestant, shape, arguments.seconds) {
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
    Ok(runs)
}

/// Starts a server, fills its rooms and drives it.
fn run(contestant: Contestant, shape: &Shape, seconds: f64) -> anyhow::Result<Figures> {
    let server = contestant.start(shape).map_err(anyhow::Error::msg)?;
    let mut crowd = Crowd::gather(contestant, server.addr, shape.rooms, shape.members)?;
    drive::drive(&mut crowd, &server, shape.pace, Duration::from_secs_f64(seconds))
}
