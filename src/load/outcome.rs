//! What came of a load: everything that the reports show, as data. Its serialized form is the JSON report; see
//! `docs/load-report.md`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::engine::Target;
use super::failures::Failing;
use super::figures::Figures;
use super::monitor::{Sample, Seen, Used};
use super::plan::Plan;
use super::shared::Shared;
use super::stats::{Shard, Times};
use super::threshold::{self, Judgement};
use crate::delivery::counts::Undelivered;
use crate::diagnostic::{Color, Renderer};
use crate::lang::ast::Script;
use crate::run::explain::explain;
use crate::text::numbers::latency;

/// What a JSON report says that it is.
pub const SCHEMA: &str = "chatctl-load-1";
/// A generator whose turns begin this much late, one of a hundred, does not make the load that it reports.
const MOST_LATENESS: Duration = Duration::from_millis(10);
/// A generator that uses this part of the processors of its workers has nothing left.
const MOST_CPU: f64 = 0.9;
/// The most looks that are kept for a report; of longer loads every second, fourth, ... is.
const MOST_LOOKS: usize = 3_600;

/// When and how a load came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// When nothing new began any more.
    pub(super) at: Duration,
    /// Somebody asked for it.
    pub(super) is_stopped: bool,
}

/// What came of a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: String,
    /// The script's name and title.
    pub script: String,
    /// It was interrupted before its end.
    pub interrupted: bool,
    /// What was to be done.
    pub plan: Planned,
    /// The thresholds.
    pub thresholds: Vec<Threshold>,
    /// The figures.
    pub figures: Figures,
    /// Failures by kind, each with an example.
    pub errors: Vec<ErrorKind>,
    /// What need not arrive any more, by reason.
    pub undelivered: Undelivered,
    /// How long was waited for what was under way after the last send, in seconds.
    pub settled_s: f64,
    /// The generator itself.
    pub generator: Generator,
    /// The server's process, if it was looked at.
    pub server: Option<Server>,
    /// A look at each second.
    pub series: Vec<Sample>,
    /// The distribution of the main latency, from the write: the upper end of each range in milliseconds, and how many
    /// are in it.
    pub distribution: Vec<(f64, u64)>,
    /// Which latency that is: `delivery`, `round` or `connect`.
    pub main_latency: String,
}

/// What was to be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Users at the most.
    pub users: u64,
    /// Casts at the most.
    pub casts: u64,
    /// Users of one cast.
    pub cast_size: u64,
    /// How long nothing counted, in seconds.
    pub warmup_s: f64,
    /// How long it was under way until nothing new began, in seconds.
    pub duration_s: f64,
    /// Stamped sends a second, as planned for all casts.
    pub rate: f64,
    /// What generators and schedules began with.
    pub seed: u64,
    /// Threads.
    pub workers: usize,
    /// What was done to the users on purpose, in words.
    pub faults: Vec<String>,
}

/// A threshold and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// As it is written after `fail if`.
    pub fail_if: String,
    /// The figure; absent if nothing was measured.
    pub value: Option<String>,
    /// Whether the load is as it should be.
    pub kept: bool,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorKind {
    /// Which.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// The first one, in full.
    pub example: String,
}

/// How the generator itself did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// How late turns began that nothing but the generator kept waiting, in milliseconds.
    pub lateness_p99: Option<f64>,
    /// The most.
    pub lateness_max: Option<f64>,
    /// Processor seconds.
    pub cpu_s: f64,
    /// The part of its workers' processors that this is.
    pub cpu_part: f64,
    /// The most memory, in bytes.
    pub memory: u64,
    /// What a user took of it, in bytes.
    pub memory_per_user: u64,
    /// The most descriptors.
    pub descriptors: u64,
    /// The server ran in the same process.
    pub is_with_server: bool,
    /// Why the generator, and not the server, was the limit; absent if it was not.
    pub limit: Option<String>,
}

/// What the server's process used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Processor seconds.
    pub cpu_s: f64,
    /// Processor time for each delivery, in microseconds.
    pub cpu_per_delivery_us: Option<f64>,
    /// The most memory, in bytes.
    pub memory: u64,
    /// The most descriptors.
    pub descriptors: u64,
}

/// What a load comes to, in the order in which it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was interrupted.
    Interrupted,
    /// There was no connection, or all ended.
    NoConnection,
    /// A threshold was missed.
    Missed,
    /// Nothing was played.
    NothingRan,
    /// As it should be, but the generator was the limit.
    GeneratorLimited,
    /// As it should be.
    Passed,
}

impl Outcome {
    pub(super) fn new(script: &Script, shared: &Shared, seen: Seen, target: &Target, end: End) -> Self {
        let total = shared.stats.total();
        let closed = shared.closed();
        let plan = &shared.plan;
        let measured = end.at.saturating_sub(plan.warmup).as_secs_f64();
        let failures = shared.failures.all();
        let errors: u64 = failures.values().map(|failing| failing.count).sum();
        let mut figures = Figures {
            sent: total.sent,
            sent_rate: rate(total.sent, measured),
            delivered: total.delivered,
            delivered_rate: rate(total.delivered, measured),
            expected: closed.counts.expected,
            lost: closed.counts.lost,
            duplicated: closed.counts.duplicated,
            reordered: closed.counts.reordered,
            misdelivered: closed.counts.misdelivered + shared.strays.load(Ordering::Relaxed),
            disordered: closed.counts.disordered,
            undelivered: closed.counts.undelivered.total(),
            unsent: total.unsent,
            errors,
            casts: closed.plays,
            connected: shared.connected.load(Ordering::Relaxed),
            ..Figures::default()
        };
        figures.set_latencies(&total.latencies);
        let judged = plan.thresholds.iter().map(|threshold| threshold::judge(threshold, &figures).into()).collect();
        let (main_latency, times) = main_latency(&total);
        Self {
            schema: SCHEMA.to_owned(),
            script: script.title.as_ref().map_or(script.source.name(), |title| &title.value).to_owned(),
            interrupted: end.is_stopped,
            plan: planned(plan, end.at, shared),
            thresholds: judged,
            errors: failures.into_iter().map(|(kind, failing)| error(script, kind.as_str(), &failing)).collect(),
            undelivered: closed.counts.undelivered,
            settled_s: seconds(shared.settled()),
            generator: generator(plan, &seen, &total, target, end.at),
            server: seen.server.map(|server| of_server(server, closed.counts.delivered)),
            series: thinned(seen.series),
            distribution: times.ranges().into_iter().map(|(end, count)| (milliseconds(end), count)).collect(),
            main_latency: main_latency.to_owned(),
            figures,
        }
    }

    /// What it comes to. Without `is_strict` it does not matter whether the generator was the limit.
    #[must_use]
    pub fn verdict(&self, is_strict: bool) -> Verdict {
        let failed: u64 = self.errors.iter().map(|error| error.count).sum();
        if self.interrupted {
            Verdict::Interrupted
        } else if self.is_disconnected() {
            Verdict::NoConnection
        } else if self.figures.connected == 0 && failed == 0 {
            Verdict::NothingRan
        } else if is_strict && self.generator.limit.is_some() {
            Verdict::GeneratorLimited
        } else if self.thresholds.iter().any(|threshold| !threshold.kept) {
            Verdict::Missed
        } else {
            Verdict::Passed
        }
    }

    /// Nobody could connect, or nobody was left in the end and all of them for that reason.
    fn is_disconnected(&self) -> bool {
        let of_connection = |error: &&ErrorKind| OF_CONNECTION.contains(&error.kind.as_str());
        let lost: u64 = self.errors.iter().filter(of_connection).map(|error| error.count).sum();
        let is_all = !self.errors.is_empty() && self.errors.iter().all(|error| of_connection(&error));
        let nobody_came = self.figures.connected == 0 && lost > 0;
        nobody_came || (is_all && self.figures.casts > 0 && lost >= self.figures.casts)
    }
}

/// The kinds of failures that mean that there is no connection, or no longer one.
const OF_CONNECTION: [&str; 4] = ["no connection", "refused", "reset", "closed by the server"];

impl From<Judgement> for Threshold {
    fn from(judgement: Judgement) -> Self {
        Self { fail_if: judgement.threshold, value: judgement.value, kept: judgement.is_kept }
    }
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { (count as f64 / seconds * 10.0).round() / 10.0 } else { 0.0 }
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn main_latency(total: &Shard) -> (&'static str, &Times) {
    let latencies = &total.latencies;
    let all = [("delivery", &latencies.delivery), ("round", &latencies.round), ("connect", &latencies.connect)];
    let found = all.into_iter().find(|(_, both)| !both.written.is_empty());
    found.map_or(("delivery", &latencies.delivery.written), |(name, both)| (name, &both.written))
}

fn planned(plan: &Plan, end: Duration, shared: &Shared) -> Planned {
    let mut faults = Vec::new();
    if plan.stall > 0.0 {
        let stalled = shared.stalled.load(Ordering::Relaxed);
        faults.push(format!("{stalled} users ({}%) stopped reading after the warm-up", plan.stall * 100.0));
    }
    faults.extend(plan.churn.map(|rate| format!("{rate} casts a second left and came back")));
    faults.extend(plan.chunk.map(|chunk| format!("everybody wrote in pieces of {chunk} bytes")));
    Planned {
        users: plan.users(),
        casts: plan.casts,
        cast_size: plan.cast_size,
        warmup_s: seconds(plan.warmup),
        duration_s: seconds(end),
        rate: (plan.rate * 10.0).round() / 10.0,
        seed: plan.seed,
        workers: plan.workers,
        faults,
    }
}

fn error(script: &Script, kind: &str, failing: &Failing) -> ErrorKind {
    let diagnostic = explain(&script.source, &failing.example);
    let example = Renderer { color: Color::Plain }.render(&diagnostic);
    ErrorKind { kind: kind.to_owned(), count: failing.count, example }
}

fn generator(plan: &Plan, seen: &Seen, total: &Shard, target: &Target, end: Duration) -> Generator {
    let own = seen.own.unwrap_or_default();
    let processors = plan.workers as f64 * end.as_secs_f64().max(1e-3);
    let cpu_part = own.cpu.as_secs_f64() / processors;
    let lateness_p99 = total.lateness.quantile(0.99);
    let memory_per_user = own.memory.saturating_sub(seen.memory_before) / seen.most_users.max(1);
    Generator {
        lateness_p99: lateness_p99.map(milliseconds),
        lateness_max: total.lateness.quantile(1.0).map(milliseconds),
        cpu_s: seconds(own.cpu),
        cpu_part: (cpu_part * 1e3).round() / 1e3,
        memory: own.memory,
        memory_per_user,
        descriptors: own.descriptors,
        is_with_server: target.is_embedded,
        limit: limit(lateness_p99.unwrap_or_default(), cpu_part, target.is_embedded),
    }
}

/// Why the generator was the limit. With the server in the same process the processor time says nothing.
fn limit(lateness: Duration, cpu_part: f64, is_embedded: bool) -> Option<String> {
    if lateness > MOST_LATENESS {
        let lateness = latency(milliseconds(lateness));
        return Some(format!("its own turns began late (p99 {lateness})"));
    }
    let is_busy = !is_embedded && cpu_part > MOST_CPU;
    is_busy.then(|| format!("it used {:.0}% of its workers' processors; give it more with --workers", cpu_part * 100.0))
}

fn of_server(used: Used, delivered: u64) -> Server {
    let per_delivery = used.cpu.as_secs_f64() * 1e6 / delivered as f64;
    Server {
        cpu_s: seconds(used.cpu),
        cpu_per_delivery_us: (delivered > 0).then_some((per_delivery * 1e3).round() / 1e3),
        memory: used.memory,
        descriptors: used.descriptors,
    }
}

/// At most so many looks, evenly chosen.
fn thinned(series: Vec<Sample>) -> Vec<Sample> {
    let step = series.len().div_ceil(MOST_LOOKS).max(1);
    series.into_iter().step_by(step).collect()
}
