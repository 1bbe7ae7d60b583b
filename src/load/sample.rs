//! What a load did in one second. The samples of a load become the series of its report.

use serde::{Deserialize, Serialize};

/// One second of a load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The end of the second, in seconds from the start of the load.
    pub at: f64,
    /// Users that are logged in.
    pub users: u64,
    /// Stamped messages sent per second.
    pub sent: f64,
    /// Deliveries per second.
    pub delivered: f64,
    /// Failures and wrong deliveries in this second.
    pub errors: u64,
    /// The median latency of deliveries, or of rounds if nothing was delivered, from the intended start, in milliseconds.
    pub p50: Option<f64>,
    /// The 90th percentile of the same.
    pub p90: Option<f64>,
    /// The 99th percentile of the same.
    pub p99: Option<f64>,
    /// The longest of the same.
    pub max: Option<f64>,
    /// Processors that the generator kept busy.
    pub cpu: f64,
}
