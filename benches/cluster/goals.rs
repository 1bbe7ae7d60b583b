//! What a cluster has to reach, measured beside a single server in the same run.

use std::fs;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::faults::{ENGINE_KILLED, Fault, GONE_WITHIN, KILLED, Played, say};
use crate::load::{Figures, Target};

/// The users of a load.
const USERS: &str = "240";

/// Nodes of the cluster.
const NODES: usize = 3;

/// As many lines as each user of a room has under way, until all are said.
const SATURATION: &str = "\
connect talker[20]
let room = room_{{cast}}
setup
  talker1> create room {{room}} {{talker}}
  all< {{room}}/server: {{talker1}} created the room with {{_}}
end
together
  each talker
    repeat TURNS
      repeat 16
        me> send room {{room}} {{stamp}} {{text 20..60}}
      end
      me> ping {{i}}
      me< server: pong {{i}}
    end
  end
end
";

/// By how many milliseconds more than from a single server half of all deliveries come, at 240 lines a second.
const P50_MORE: f64 = 1.0;

/// The part of a single server's messages a second that a cluster on the same processors carries.
const RATIO: f64 = 0.8;

/// What the engine uses at 240 lines a second, of one core.
const ENGINE_PART: f64 = 0.12;

/// What the engine uses for a message if there is as much to do as can be done, in microseconds.
const ENGINE_MICROS: f64 = 1.0;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How often everything is measured; what counts is the median
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Seconds of each load at 240 lines a second
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often each user of the saturated load says 16 lines
    #[arg(long, default_value_t = 60)]
    turns: usize,
}

/// One load on a single server and then on a cluster.
struct Pair {
    single: Figures,
    cluster: Figures,
}

/// A goal and whether it is reached.
struct Goal {
    what: String,
    wanted: String,
    found: String,
    is_reached: bool,
}

impl Goal {
    fn at_most(what: &str, most: f64, found: f64, unit: &str) -> Self {
        let (wanted, shown) = (format!("at most {most}{unit}"), format!("{found:.2}{unit}"));
        Self { what: what.to_owned(), wanted, found: shown, is_reached: found <= most }
    }

    fn at_least(what: &str, least: f64, found: f64) -> Self {
        let (wanted, shown) = (format!("at least {least}"), format!("{found:.2}"));
        Self { what: what.to_owned(), wanted, found: shown, is_reached: found >= least }
    }
}

/// Measures everything and shows the table; fails if a goal is not reached.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let seconds = format!("{}s", arguments.seconds);
    let paced = ["--users", USERS, "--rate", "240/s", "--warmup", "2s", "--duration", &seconds];
    let paced = side_by_side("240 lines/s to rooms of 20", &paced, arguments.repeat)?;
    let script = tempfile::NamedTempFile::with_suffix(".chat")?;
    fs::write(script.path(), SATURATION.replace("TURNS", &arguments.turns.to_string()))?;
    let path = script.path().display().to_string();
    let saturated =
        side_by_side("saturated, rooms of 20", &[&path, "--users", USERS, "--warmup", "0s"], arguments.repeat)?;
    let middle = |pairs: &[Pair], of: fn(&Pair) -> f64| median(pairs.iter().map(of));
    let mut goals = vec![
        Goal::at_most(
            "p50 at 240 lines/s, beyond the single server's",
            P50_MORE,
            middle(&paced, Pair::p50_more),
            " ms",
        ),
        Goal::at_most("redis at 240 lines/s, of a core", ENGINE_PART, middle(&paced, |pair| pair.cluster.engine), ""),
        Goal::at_least("messages/s, saturated, to the single server's", RATIO, middle(&saturated, Pair::ratio)),
        Goal::at_most("redis a message, saturated", ENGINE_MICROS, middle(&saturated, Pair::engine_micros), " us"),
    ];
    for fault in [KILLED].iter().chain(&ENGINE_KILLED) {
        goals.push(survive(fault, arguments.repeat)?);
    }
    show(&goals)
}

impl Pair {
    fn p50_more(&self) -> f64 {
        self.cluster.p50 - self.single.p50
    }

    fn ratio(&self) -> f64 {
        self.cluster.sent_rate / self.single.sent_rate
    }

    fn engine_micros(&self) -> f64 {
        self.cluster.engine_micros
    }
}

fn side_by_side(title: &str, load: &[&str], repeat: usize) -> anyhow::Result<Vec<Pair>> {
    say(format_args!(
        "\n{title}\n  {:<8} {:>10} {:>12} {:>8} {:>8} {:>9} {:>7} {:>11} {:>9}",
        "", "messages/s", "deliveries/s", "p50 ms", "p99 ms", "servers %", "redis %", "servers us", "redis us"
    ));
    let one = |name: &str, target: anyhow::Result<Target>| -> anyhow::Result<Figures> {
        let figures = target?.load(load)?;
        let Figures { sent_rate, delivered_rate, p50, p99, servers, engine, servers_micros, engine_micros } = figures;
        say(format_args!(
            "  {name:<8} {sent_rate:>10.0} {delivered_rate:>12.0} {p50:>8.2} {p99:>8.2} {:>9.0} {:>7.1} {servers_micros:>11.1} {engine_micros:>9.2}",
            servers * 100.0,
            engine * 100.0
        ));
        Ok(figures)
    };
    let pair =
        || Ok(Pair { single: one("single", Target::single())?, cluster: one("cluster", Target::cluster(NODES))? });
    (0..repeat).map(|_| pair()).collect()
}

/// The worst of several times that a fault befalls a cluster.
fn survive(fault: &Fault, repeat: usize) -> anyhow::Result<Goal> {
    let played = (0..repeat).map(|_| fault.play()).collect::<anyhow::Result<Vec<_>>>()?;
    let wrong: Vec<_> = played.iter().filter_map(|played| fault.wrong(played)).collect();
    let found = match fault.waits {
        Some(_) => played.iter().map(|played| played.account.longest_wait).max(),
        None => played.iter().filter_map(Played::gone_after).max(),
    };
    let found = found.unwrap_or_default();
    let what = if fault.waits.is_some() { "longest wait of a line" } else { "its users gone" };
    let most: Duration = fault.waits.unwrap_or(GONE_WITHIN);
    Ok(Goal {
        what: format!("{}: {what}, the worst of {repeat}", fault.name),
        wanted: format!("at most {:.1} s", most.as_secs_f64()),
        found: format!("{:.2} s {}", found.as_secs_f64(), wrong.join("; ")),
        is_reached: wrong.is_empty(),
    })
}

fn show(goals: &[Goal]) -> anyhow::Result<()> {
    say(format_args!("\n{:<70} {:<16} {:<12}", "goal", "wanted", "found"));
    for Goal { what, wanted, found, is_reached } in goals {
        let verdict = if *is_reached { "pass" } else { "FAIL" };
        say(format_args!("{what:<70} {wanted:<16} {found:<12} {verdict}"));
    }
    let missed = goals.iter().filter(|goal| !goal.is_reached).count();
    if missed > 0 {
        bail!("{missed} goals are not reached");
    }
    Ok(())
}

/// The middle one, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count => f64::midpoint(values[(count - 1) / 2], values[count / 2]),
    }
}
