//! What one generator measured of a load, as data that can be sent, and added to that of others exactly: distributions and
//! counts, no averages.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::failure_kind::FailureKind;
use super::failures::FailureExample;
use super::monitor::Measured;
use super::outcome::FailureGroup;
use super::stats::Shard;
use crate::delivery::counts::Counts;
use crate::diagnostic::{Color, Renderer};
use crate::lang::ast::Script;
use crate::run::explain::explain;

/// When and how a load came to its end.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct LoadEnd {
    /// When nothing new began any more.
    pub(super) at: Duration,
    /// Whether it was interrupted.
    pub(super) is_stopped: bool,
}

/// What one generator measured, or several together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) end: LoadEnd,
    /// The threshold that ended the load, with its figure.
    pub(super) aborted: Option<String>,
    /// The distributions of all workers.
    pub(super) total: Shard,
    /// What became of the stamped messages.
    pub(super) counts: Counts,
    /// How many plays ended.
    pub(super) plays: u64,
    /// Logins that succeeded.
    pub(super) connected: u64,
    /// Users that were made to stop reading.
    pub(super) stalled: u64,
    /// Stamped lines that reached another cast than their own.
    pub(super) strays: u64,
    /// Casts that were not complete when the load was over.
    pub(super) unready: u64,
    /// The longest that a cast waited for messages in flight.
    pub(super) settled: Duration,
    /// The failures inside casts, by kind.
    pub(super) failures: Vec<FailureGroup>,
    /// Threads of the generator.
    pub(super) workers: usize,
    /// What was measured from outside of the casts.
    pub(super) measured: Measured,
}

impl Tally {
    /// What has been measured up to this end.
    pub(super) fn of(script: &Script, context: &Context, end: LoadEnd, measured: Measured) -> Self {
        let (totals, ended) = (&context.totals, context.totals.ended());
        Self {
            end,
            aborted: context.aborted.get().cloned(),
            total: context.stats.total(),
            counts: ended.counts,
            plays: ended.plays,
            connected: totals.connected(),
            stalled: totals.stalled(),
            strays: totals.strays(),
            unready: totals.unready(),
            settled: totals.settled(),
            failures: context.failures.all().iter().map(|(kind, failures)| group(script, *kind, failures)).collect(),
            workers: context.plan.workers,
            measured,
        }
    }

    /// Adds what another generator measured of the same load.
    pub(super) fn merge(&mut self, other: &Self) {
        self.end.at = self.end.at.max(other.end.at);
        self.end.is_stopped |= other.end.is_stopped;
        self.total.merge(&other.total);
        self.counts.merge(&other.counts);
        self.plays += other.plays;
        self.connected += other.connected;
        self.stalled += other.stalled;
        self.strays += other.strays;
        self.unready += other.unready;
        self.settled = self.settled.max(other.settled);
        self.workers += other.workers;
        self.measured.merge(&other.measured);
        for failures in &other.failures {
            match self.failures.iter_mut().find(|own| own.kind == failures.kind) {
                Some(own) => own.count += failures.count,
                None => self.failures.push(failures.clone()),
            }
        }
    }
}

fn group(script: &Script, kind: FailureKind, failures: &FailureExample) -> FailureGroup {
    let diagnostic = explain(&script.source, &failures.example);
    let example = Renderer { color: Color::Plain }.render(&diagnostic);
    FailureGroup { kind, count: failures.count, example }
}
