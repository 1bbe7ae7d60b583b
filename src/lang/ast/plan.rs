//! The `load` block: how many copies of the script run, for how long, and what counts as a miss.

use std::time::Duration;

use super::figure::Figure;
use super::value::Comparison;
use crate::diagnostic::source::{Span, Spanned};

/// How long a load warms up unless that is set.
pub const DEFAULT_WARMUP: Duration = Duration::from_secs(2);

/// What the `load` block says. What it leaves out, flags and defaults decide.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPlan {
    /// The `load` line.
    pub span: Span,
    /// Its `end`.
    pub end: Span,
    /// `users 200`; never with `stages`.
    pub users: Option<Spanned<u64>>,
    /// `stages 0 -> 5000 in 60s, hold 5m`; never with `users`, never empty.
    pub stages: Option<Spanned<Vec<LoadStage>>>,
    /// `duration 10s`
    pub duration: Option<Spanned<Duration>>,
    /// `connect-rate 200/s`, per second.
    pub connect_rate: Option<Spanned<f64>>,
    /// `rate 500/s`: stamped sends per second in total.
    pub rate: Option<Spanned<TargetRate>>,
    /// `warmup 2s`
    pub warmup: Option<Spanned<Duration>>,
    /// `seed 42`
    pub seed: Option<Spanned<u64>>,
    /// `fail if ...`, in order.
    pub fail_if: Vec<Threshold>,
}

/// One piece of a profile of users over time.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadStage {
    /// Where it stands.
    pub span: Span,
    /// How the users change.
    pub kind: StageKind,
}

/// How the number of users moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// `0 -> 5000 in 60s`
    Ramp {
        /// Users at its begin.
        from: u64,
        /// Users at its end.
        to: u64,
        /// How long it takes.
        over: Duration,
    },
    /// `hold 5m`: as many as the stage before ended with.
    Hold(Duration),
}

/// How many stamped lines are sent in total, over the time of a load.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetRate {
    /// `500/s`
    Constant(f64),
    /// `0 -> 5000/s in 2m, hold 1m`, from the first connect; never empty. It stays as the last stage ended.
    Stages(Vec<RateStage>),
}

/// How the rate moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateStage {
    /// `0 -> 5000/s in 2m`
    Ramp {
        /// Lines per second at its begin.
        from: f64,
        /// Lines per second at its end.
        to: f64,
        /// How long it takes.
        over: Duration,
    },
    /// `hold 1m`: as many as the stage before ended with.
    Hold(Duration),
}

impl TargetRate {
    /// The highest rate at any time.
    pub fn peak(&self) -> f64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Stages(stages) => stages.iter().map(RateStage::highest).fold(0.0, f64::max),
        }
    }

    /// The length of all stages; `None` if the rate is constant.
    pub fn length(&self) -> Option<Duration> {
        match self {
            Self::Constant(_) => None,
            Self::Stages(stages) => {
                Some(stages.iter().map(RateStage::length).fold(Duration::ZERO, Duration::saturating_add))
            }
        }
    }
}

impl RateStage {
    /// How long it takes.
    pub fn length(&self) -> Duration {
        match *self {
            Self::Ramp { over, .. } => over,
            Self::Hold(length) => length,
        }
    }

    fn highest(&self) -> f64 {
        match *self {
            Self::Ramp { from, to, .. } => from.max(to),
            Self::Hold(_) => 0.0,
        }
    }
}

impl From<f64> for TargetRate {
    fn from(rate: f64) -> Self {
        Self::Constant(rate)
    }
}

/// `fail if delivery.p99 > 250ms`: the load fails when this holds at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// From the figure to the limit.
    pub span: Span,
    /// The figure that is compared.
    pub figure: Spanned<Figure>,
    /// How it compares with the limit; never [`Comparison::Contains`].
    pub comparison: Comparison,
    /// The limit.
    pub limit: Spanned<Limit>,
}

/// What a figure is compared with. It fits the figure: a duration for a latency, a rate for `sent.rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// `250ms`
    Duration(Duration),
    /// `3`
    Count(u64),
    /// `0.1%` of what was sent, or of what was expected.
    Percent(f64),
    /// `500/s`
    PerSecond(f64),
}
