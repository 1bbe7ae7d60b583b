//! Messages a second, latency and processor time for each message of servers that keep what is said, taking turns.

use std::time::Duration;

use crate::contestant::Contestant;
use crate::crowd::Crowd;
use crate::drive::{Figures, drive};
use crate::goal::Goal;
use crate::report::{median, say};
use crate::shape::{Pace, Shape};

/// Shapes, and how the processor time of chatctl may compare with that of Redis.
const SHAPES: &[(Shape, f64)] = &[
    (Shape { name: "room-w1", rooms: 1, members: 200, pace: Pace::InFlight(1) }, 1.2),
    (Shape { name: "room-w8", rooms: 1, members: 200, pace: Pace::InFlight(8) }, 0.8),
    (Shape { name: "room-w64", rooms: 1, members: 200, pace: Pace::InFlight(64) }, 0.8),
    (Shape { name: "rooms-w8", rooms: 20, members: 10, pace: Pace::InFlight(8) }, 1.2),
    (Shape { name: "tens-1000", rooms: 50, members: 10, pace: Pace::PerSecond(1000.0) }, 1.5),
];

/// The first is compared with the second; the last keeps nothing.
const SERVERS: [Contestant; 4] = [Contestant::Kept, Contestant::RedisKept, Contestant::NatsKept, Contestant::Chatctl];

/// Measures the shapes whose name contains `part`.
pub(super) fn measure(part: &str, time: Duration, repeat: usize) -> anyhow::Result<Vec<Goal>> {
    let chosen = SHAPES.iter().filter(|(shape, _)| shape.name.contains(part));
    chosen.map(|(shape, at_most)| measure_shape(shape, *at_most, time, repeat)).collect()
}

fn measure_shape(shape: &Shape, at_most: f64, time: Duration, repeat: usize) -> anyhow::Result<Goal> {
    say(format_args!("\n{}: {} rooms of {}, {:?}", shape.name, shape.rooms, shape.members, shape.pace));
    let mut runs: Vec<(Contestant, Vec<Figures>)> = SERVERS.iter().map(|server| (*server, Vec::new())).collect();
    for _ in 0..repeat {
        for (contestant, figures) in &mut runs {
            match run_once(*contestant, shape, time) {
                Ok(run) => figures.push(run),
                Err(why) => say(format_args!("  {}: {why:#}", contestant.name())),
            }
        }
    }
    show(shape, &runs);
    let costs = runs[0].1.iter().zip(&runs[1].1).map(|(ours, theirs)| ours.cost() / theirs.cost());
    let what = format!("{}: CPU per delivery, of that of Redis with appendfsync always", shape.name);
    Ok(Goal::new(what, median(costs), at_most, "times"))
}

fn run_once(contestant: Contestant, shape: &Shape, time: Duration) -> anyhow::Result<Figures> {
    let server = contestant.start(shape).map_err(anyhow::Error::msg)?;
    let mut crowd = Crowd::gather(contestant, server.addr, &shape.sizes())?;
    drive(&mut crowd, &server, shape.pace, time)
}

fn show(shape: &Shape, runs: &[(Contestant, Vec<Figures>)]) {
    say(format_args!(
        "  {:<10} {:>10} {:>13} {:>15} {:>9} {:>9}",
        "", "messages/s", "us CPU, each", "us, a delivery", "p50 ms", "p99 ms"
    ));
    let members = shape.members as f64;
    for (contestant, figures) in runs {
        let middle = |of: &dyn Fn(&Figures) -> f64| median(figures.iter().map(of));
        say(format_args!(
            "  {:<10} {:>10.0} {:>13.1} {:>15.3} {:>9.3} {:>9.3}",
            contestant.name(),
            middle(&|run| run.rate() / members),
            middle(&|run| run.cost() * members),
            middle(&Figures::cost),
            middle(&|run| run.percentile(50.0)),
            middle(&|run| run.percentile(99.0)),
        ));
    }
}
