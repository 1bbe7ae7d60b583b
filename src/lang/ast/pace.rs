//! How a script spends time: pauses, and the distances of an open schedule.

use std::time::Duration;

/// `pause ...`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// `200ms`
    Constant(Duration),
    /// `1s..3s`, the first not above the second.
    Uniform(Duration, Duration),
    /// `~2s`: exponential with this mean.
    Exponential(Duration),
}

/// The distance between two starts of an open schedule; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// `4s`
    Fixed(Duration),
    /// `~4s`: exponential with this mean.
    Poisson(Duration),
}
