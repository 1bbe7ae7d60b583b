//! Samples a load once a second: what happened in it, and what it cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::Context;
use super::resources::{Process, Usage, busy};
use super::sample::Sample;
use super::target::Target;

/// The time between two samples.
const STEP: Duration = Duration::from_secs(1);

/// What was measured of a load from outside of its casts.
#[derive(Clone, Debug)]
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
    pub(super) fn sample(&mut self) -> &Sample {
        let now = self.context.clock.now();
        let passed = now.saturating_sub(self.last).as_secs_f64().max(1e-3);
        self.last = now;
        let second = self.context.stats.take_second();
        let times = if second.delivery.is_empty() { &second.round } else { &second.delivery };
        let at = |part| times.quantile(part).map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
        let users = self.context.totals.online();
        self.most_users = self.most_users.max(users);
        if let Some(server) = &mut self.server {
            server.measure();
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
            cpu: (self.own.measure().as_secs_f64() / passed * 100.0).round() / 100.0,
        };
        self.series.push(sample);
        self.series.last().expect("it has just been added")
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
struct ProcessMonitor {
    process: Process,
    before: Option<Usage>,
    last: Option<Usage>,
    most: Usage,
}

impl ProcessMonitor {
    fn new(process: Process) -> Self {
        let before = process.usage();
        Self { process, before, last: before, most: before.unwrap_or_default() }
    }

    /// Measures the process. Returns the processor time since the last call.
    fn measure(&mut self) -> Duration {
        let Some(now) = self.process.usage() else { return Duration::ZERO };
        let since = now.cpu.saturating_sub(self.last.unwrap_or_default().cpu);
        self.last = Some(now);
        self.most.memory = self.most.memory.max(now.memory);
        self.most.descriptors = self.most.descriptors.max(now.descriptors);
        since
    }

    /// The processor time since the first measurement, and the most of the rest.
    fn used(&self) -> Option<Usage> {
        let (before, last) = (self.before?, self.last?);
        let cpu = last.cpu.saturating_sub(before.cpu);
        Some(Usage { cpu, memory: self.most.memory, descriptors: self.most.descriptors })
    }
}
