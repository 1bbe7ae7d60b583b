//! Samples a load once a second: what happened in it, and what it cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::resources::{Process, Usage, busy};
use super::sample::Sample;
use super::stats::Second;
use super::target::Target;

/// The time between two samples.
const STEP: Duration = Duration::from_secs(1);

/// What was measured of a load from outside of its casts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Measured {
    /// One sample for each second.
    pub(super) series: Vec<Sample>,
    /// What this process used during the load.
    pub(super) own: Option<Usage>,
    /// The memory of this process before the load, in bytes.
    pub(super) memory_before: u64,
    /// The most users at once.
    pub(super) most_users: u64,
    /// What the server's process used during the load.
    pub(super) server: Option<Usage>,
    /// What all programs of this machine used during the load.
    pub(super) machine: Option<Duration>,
}

impl Measured {
    /// The part (0 to 1) of this machine's processors that neither this process nor the server's used in this time.
    pub(super) fn others(&self, length: Duration) -> Option<f64> {
        let known = [self.own, self.server].into_iter().flatten().map(|usage| usage.cpu).sum();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let all = length.as_secs_f64().max(1e-3) * processors as f64;
        Some((self.machine?.saturating_sub(known).as_secs_f64() / all).min(1.0))
    }

    /// Adds what another generator used. Its series is left out, as its seconds are added one by one, and nothing is known of
    /// what others used, as it may be on another machine.
    pub(super) fn merge(&mut self, other: &Self) {
        let add = |one: Usage, two: Usage| Usage {
            cpu: one.cpu + two.cpu,
            memory: one.memory + two.memory,
            descriptors: one.descriptors + two.descriptors,
        };
        self.own = match (self.own, other.own) {
            (Some(one), Some(two)) => Some(add(one, two)),
            (one, two) => one.or(two),
        };
        self.memory_before += other.memory_before;
        self.most_users += other.most_users;
        self.machine = None;
    }
}

/// What happened in a second of a load, before it is a sample: it can be added to what other generators did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Moment {
    /// The end of the second.
    pub(super) at: Duration,
    /// Its length, in seconds.
    pub(super) passed: f64,
    /// Users that are logged in.
    pub(super) users: u64,
    /// What was measured in it.
    pub(super) second: Second,
    /// Processor time of the generator.
    pub(super) cpu: Duration,
}

impl Moment {
    /// Adds what another generator did in the same second.
    pub(super) fn merge(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        self.passed = self.passed.max(other.passed);
        self.users += other.users;
        self.second.merge(&other.second);
        self.cpu += other.cpu;
    }

    pub(super) fn sample(&self) -> Sample {
        let (second, passed) = (&self.second, self.passed.max(1e-3));
        let times = if second.delivery.is_empty() { &second.round } else { &second.delivery };
        let at = |part| times.quantile(part).map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
        Sample {
            at: tenth(self.at.as_secs_f64()),
            users: self.users,
            sent: tenth(second.sent as f64 / passed),
            delivered: tenth(second.delivered as f64 / passed),
            errors: second.errors,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: at(1.0),
            cpu: (self.cpu.as_secs_f64() / passed * 100.0).round() / 100.0,
        }
    }
}

/// Samples a load.
#[derive(Debug)]
pub(super) struct Monitor {
    context: Arc<Context>,
    begun: Instant,
    last: Duration,
    series: Vec<Sample>,
    own: ProcessMonitor,
    server: Option<ProcessMonitor>,
    most_users: u64,
    machine_before: Option<Duration>,
}

impl Monitor {
    /// Begins to watch the processes now.
    pub(super) fn new(context: Arc<Context>, target: &Target) -> Self {
        Self {
            begun: context.clock.instant(Duration::ZERO),
            context,
            last: Duration::ZERO,
            series: Vec::new(),
            own: ProcessMonitor::new(Process::own()),
            server: target.server_pid.map(|id| ProcessMonitor::new(Process::with_id(id))),
            most_users: 0,
            machine_before: busy(),
        }
    }

    /// When the next sample is due.
    pub(super) fn next_sample(&self) -> Instant {
        self.begun + STEP * (self.series.len() as u32 + 1)
    }

    /// Takes a sample of the time since the last one.
    pub(super) fn sample(&mut self) -> Moment {
        let now = self.context.clock.now();
        let passed = now.saturating_sub(self.last).as_secs_f64();
        self.last = now;
        let users = self.context.totals.online();
        self.most_users = self.most_users.max(users);
        if let Some(server) = &mut self.server {
            server.measure();
        }
        let (second, cpu) = (self.context.stats.take_second(), self.own.measure());
        let moment = Moment { at: now, passed, users, second, cpu };
        self.series.push(moment.sample());
        moment
    }

    /// Takes the last sample. It is dropped if less than half a second is left, which is too short to be a rate.
    pub(super) fn finish(mut self) -> Measured {
        let rest = self.context.clock.now().saturating_sub(self.last);
        self.sample();
        if rest < STEP / 2 && self.series.len() > 1 {
            self.series.pop();
        }
        Measured {
            series: self.series,
            own: self.own.used(),
            memory_before: self.own.before.map_or(0, |before| before.memory),
            most_users: self.most_users,
            server: self.server.and_then(|server| server.used()),
            machine: busy().zip(self.machine_before).map(|(now, before)| now.saturating_sub(before)),
        }
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A process whose use of resources is measured again and again.
#[derive(Debug)]
pub(super) struct ProcessMonitor {
    process: Process,
    before: Option<Usage>,
    last: Option<Usage>,
    most: Usage,
}

impl ProcessMonitor {
    pub(super) fn new(process: Process) -> Self {
        let before = process.usage();
        Self { process, before, last: before, most: before.unwrap_or_default() }
    }

    /// Measures the process. Returns the processor time since the last call.
    pub(super) fn measure(&mut self) -> Duration {
        let Some(now) = self.process.usage() else { return Duration::ZERO };
        let since = now.cpu.saturating_sub(self.last.unwrap_or_default().cpu);
        self.last = Some(now);
        self.most.memory = self.most.memory.max(now.memory);
        self.most.descriptors = self.most.descriptors.max(now.descriptors);
        since
    }

    /// The processor time since the first measurement, and the most of the rest.
    pub(super) fn used(&self) -> Option<Usage> {
        let (before, last) = (self.before?, self.last?);
        let cpu = last.cpu.saturating_sub(before.cpu);
        Some(Usage { cpu, memory: self.most.memory, descriptors: self.most.descriptors })
    }
}
