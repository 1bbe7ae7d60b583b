//! Looks at a load once a second: what happened in it, what it costs. Its looks become the series of the report.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::engine::Target;
use super::health::{Process, Usage};
use super::shared::Shared;

/// How often is looked.
const STEP: Duration = Duration::from_secs(1);

/// One look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, in seconds from the begin.
    pub at: f64,
    /// Users that are logged in.
    pub users: u64,
    /// Stamped messages sent a second.
    pub sent: f64,
    /// Deliveries a second.
    pub delivered: f64,
    /// Failures, duplicates and the like in this second.
    pub errors: u64,
    /// The latency of deliveries, or of rounds where there are none, from the intended start, in milliseconds.
    pub p50: Option<f64>,
    /// The same.
    pub p90: Option<f64>,
    /// The same.
    pub p99: Option<f64>,
    /// The same.
    pub max: Option<f64>,
    /// Processors that the generator kept busy.
    pub cpu: f64,
}

/// What a process has used during the load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Processor time.
    pub cpu: Duration,
    /// The most memory, in bytes.
    pub memory: u64,
    /// The most descriptors.
    pub descriptors: u64,
}

/// What a monitor has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its looks.
    pub series: Vec<Sample>,
    /// This process.
    pub own: Option<Used>,
    /// Memory of this process before the load, in bytes.
    pub memory_before: u64,
    /// The most users at once.
    pub most_users: u64,
    /// The server's process.
    pub server: Option<Used>,
}

/// Looks.
#[derive(Debug)]
pub struct Monitor {
    shared: Arc<Shared>,
    begun: Instant,
    last: Duration,
    series: Vec<Sample>,
    own: Watched,
    server: Option<Watched>,
    most_users: u64,
}

impl Monitor {
    /// Begins now.
    pub(super) fn new(shared: Arc<Shared>, target: &Target) -> Self {
        Self {
            begun: shared.timer.instant(Duration::ZERO),
            shared,
            last: Duration::ZERO,
            series: Vec::new(),
            own: Watched::new(Process::own()),
            server: target.server_pid.map(|id| Watched::new(Process::with_id(id))),
            most_users: 0,
        }
    }

    /// When it is time for the next look.
    pub(super) fn next_look(&self) -> Instant {
        self.begun + STEP * (self.series.len() as u32 + 1)
    }

    /// Looks.
    pub(super) fn look(&mut self) -> &Sample {
        let now = self.shared.timer.now();
        let passed = now.saturating_sub(self.last).as_secs_f64().max(1e-3);
        self.last = now;
        let second = self.shared.stats.take_second();
        let times = if second.delivery.is_empty() { &second.round } else { &second.delivery };
        let at = |part| times.quantile(part).map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
        let users = self.shared.online.load(Ordering::Relaxed) as u64;
        self.most_users = self.most_users.max(users);
        if let Some(server) = &mut self.server {
            server.look();
        }
        let sample = Sample {
            at: tenth(now.as_secs_f64()),
            users,
            sent: tenth(second.sent as f64 / passed),
            delivered: tenth(second.delivered as f64 / passed),
            errors: second.errors,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: at(1.0),
            cpu: (self.own.look().as_secs_f64() / passed * 100.0).round() / 100.0,
        };
        self.series.push(sample);
        self.series.last().expect("it has just been added")
    }

    /// The last look. What is left of a second is too short to be a rate.
    pub(super) fn finish(mut self) -> Seen {
        let rest = self.shared.timer.now().saturating_sub(self.last);
        self.look();
        if rest < STEP / 2 && self.series.len() > 1 {
            self.series.pop();
        }
        Seen {
            series: self.series,
            own: self.own.used(),
            memory_before: self.own.before.map_or(0, |before| before.memory),
            most_users: self.most_users,
            server: self.server.and_then(|server| server.used()),
        }
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A process that is looked at again and again.
#[derive(Debug)]
struct Watched {
    process: Process,
    before: Option<Usage>,
    last: Option<Usage>,
    most: Usage,
}

impl Watched {
    fn new(process: Process) -> Self {
        let before = process.usage();
        Self { process, before, last: before, most: before.unwrap_or_default() }
    }

    /// Returns the processor time since the last look.
    fn look(&mut self) -> Duration {
        let Some(now) = self.process.usage() else { return Duration::ZERO };
        let since = now.cpu.saturating_sub(self.last.unwrap_or_default().cpu);
        self.last = Some(now);
        self.most.memory = self.most.memory.max(now.memory);
        self.most.descriptors = self.most.descriptors.max(now.descriptors);
        since
    }

    fn used(&self) -> Option<Used> {
        let (before, last) = (self.before?, self.last?);
        let cpu = last.cpu.saturating_sub(before.cpu);
        Some(Used { cpu, memory: self.most.memory, descriptors: self.most.descriptors })
    }
}
