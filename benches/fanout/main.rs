//! What fan-out costs: `chatctl serve` against the floor, Redis and NATS, on one machine in one run.
//!
//! Each server is a process of its own; one thread of this one drives it with raw non-blocking sockets and checks every
//! delivery. Servers take turns, several times, and what is compared are runs that followed each other, as no machine
//! is quiet. `cargo bench --bench fanout -- --help` says what can be chosen.

mod attacks;
mod compare;
mod contestant;
mod crowd;
mod departures;
mod drive;
mod entry;
mod epoll;
mod files;
mod floor;
mod goal;
mod idle;
mod kept;
mod ledger;
mod link;
mod login;
mod mischief;
mod overload;
mod process;
mod report;
mod scale;
mod secure;
mod shape;
mod soak;
mod stamp;
mod visitor;

use std::env;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Measure fan-out: deliveries a second, processor time for each, latency.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    measurement: Option<Measurement>,
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// chatctl, the floor, Redis and NATS side by side, in shapes of rooms (the default)
    Compare(compare::Arguments),
    /// Memory of a connection that does nothing
    Idle(idle::Arguments),
    /// Cost and latency from 10 users to 10,000
    Scale(scale::Arguments),
    /// What the others notice when some misbehave
    Overload(overload::Arguments),
    /// A large file there and back, and what a room notices of transfers
    Files(files::Arguments),
    /// What it costs to keep each message on the disk before it is told, beside Redis and NATS that do so too
    Kept(kept::Arguments),
    /// Logins with passwords, and what a room notices of them
    Login(login::Arguments),
    /// Minutes of talk while others come and go
    Soak(soak::Arguments),
}

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = env::args().filter(|argument| argument != "--bench").collect();
    if let [_, floor::ARGUMENT, rooms, members] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return Ok(floor::run(rooms.parse()?, members.parse()?)?);
    }
    rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of open files")?;
    match Arguments::parse_from(&arguments).measurement {
        Some(Measurement::Compare(arguments)) => compare::run(&arguments),
        Some(Measurement::Idle(arguments)) => idle::run(&arguments),
        Some(Measurement::Scale(arguments)) => scale::run(&arguments),
        Some(Measurement::Overload(arguments)) => overload::run(&arguments),
        Some(Measurement::Files(arguments)) => files::run(&arguments),
        Some(Measurement::Kept(arguments)) => kept::run(&arguments),
        Some(Measurement::Login(arguments)) => login::run(&arguments),
        Some(Measurement::Soak(arguments)) => soak::run(&arguments),
        None => match Arguments::parse_from([&arguments[0], "compare"]).measurement {
            Some(Measurement::Compare(arguments)) => compare::run(&arguments),
            _ => unreachable!("the subcommand is given"),
        },
    }
}
