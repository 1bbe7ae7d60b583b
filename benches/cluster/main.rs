//! What three servers that are one chat cost beside a single one, and what they do when something fails.
//!
//! Everything is a process of its own: the nodes, their `redis-server`, the single server, and `chatctl load`. What is
//! compared are loads that followed each other, as no machine is quiet. `cargo bench --bench cluster -- --help` says what
//! can be chosen; it exits with 1 if a goal is missed or a fault does what it must not.

mod account;
mod engine;
mod faults;
mod goals;
mod load;
mod process;
#[path = "../../tests/it/cluster/relay.rs"]
mod relay;
mod talk;

use std::env;

use clap::{Parser, Subcommand};

/// Measure a cluster: the goals of its design, and faults.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// Latency, throughput and processor time beside a single server, and how long users wait (the default)
    Goals(goals::Arguments),
    /// What becomes of lines when nodes or Redis die, stop or are cut off
    Faults(faults::Arguments),
}

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let mut arguments: Vec<String> = env::args().filter(|argument| argument != "--bench").collect();
    if arguments.len() == 1 {
        arguments.push("goals".to_owned());
    }
    match Arguments::parse_from(&arguments).measurement {
        Measurement::Faults(arguments) => faults::run(&arguments),
        Measurement::Goals(arguments) => goals::run(&arguments),
    }
}
