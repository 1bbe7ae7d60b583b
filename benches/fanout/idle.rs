//! What a connection costs that does nothing: memory of the server before and after many have come.

use std::time::Duration;

use clap::Args;

use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::report::say;
use crate::shape::{Pace, Shape};

/// Everybody is in a room of so many.
const ROOM: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Connections
    #[arg(long, default_value_t = 5000)]
    connections: usize,
    /// Servers to measure
    #[arg(long, value_delimiter = ',', default_value = "chatctl,redis,nats")]
    servers: Vec<Contestant>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    say(format_args!("{} connections in rooms of {ROOM}: bytes of memory for each", arguments.connections));
    for contestant in &arguments.servers {
        match measure(*contestant, arguments.connections / ROOM) {
            Ok((idle, after)) => {
                say(format_args!("  {:<8} idle {idle:>6.0}, after all have talked {after:>6.0}", contestant.name()));
            }
            Err(why) => say(format_args!("  {}: {why:#}", contestant.name())),
        }
    }
    Ok(())
}

fn measure(contestant: Contestant, rooms: usize) -> anyhow::Result<(f64, f64)> {
    let shape = Shape { name: "idle", rooms, members: ROOM, pace: Pace::InFlight(64) };
    let server = contestant.start(&shape).map_err(anyhow::Error::msg)?;
    let empty = server.memory()?;
    let mut crowd = Crowd::gather(contestant, server.addr, &shape.sizes())?;
    let each = |memory: u64| memory.saturating_sub(empty) as f64 / (rooms * ROOM) as f64;
    let idle = each(server.memory()?);
    drive(&mut crowd, &server, shape.pace, Duration::from_secs(2))?;
    Ok((idle, each(server.memory()?)))
}
