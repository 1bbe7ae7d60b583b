//! The figures of a load, by the names that thresholds and reports use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::stats::{Latencies, Times};
use crate::lang::ast::{Figure, Latency, Origin, Percentile};

/// Every figure of a load. Latencies are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// To the welcome of a login.
    pub connect: Quantiles,
    /// To one recipient.
    pub delivery: Quantiles,
    /// To the last recipient.
    pub fanout: Quantiles,
    /// To the line that the script waited for.
    pub round: Quantiles,
    /// The same latencies from the intended start.
    pub scheduled: Scheduled,
    /// Stamped messages sent after the warm-up.
    pub sent: u64,
    /// How many of them a second.
    #[serde(rename = "sent.rate")]
    pub sent_rate: f64,
    /// Deliveries of them.
    pub delivered: u64,
    /// How many of them a second.
    #[serde(rename = "delivered.rate")]
    pub delivered_rate: f64,
    /// Deliveries that there should have been, warm-up included, as in all that follows.
    pub expected: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub duplicated: u64,
    /// Deliveries after a later message of the same sender.
    pub reordered: u64,
    /// Deliveries to somebody else.
    pub misdelivered: u64,
    /// Rooms whose members saw different orders.
    pub disordered: u64,
    /// Deliveries that were not due any more, as the recipient had left, was closed or did not read.
    pub undelivered: u64,
    /// What of the schedules was not begun when the load ended.
    pub unsent: u64,
    /// Failures inside of casts.
    pub errors: u64,
    /// Casts that were played.
    pub casts: u64,
    /// Logins that succeeded.
    pub connected: u64,
}

/// The latencies from the intended start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// To the welcome of a login.
    pub connect: Quantiles,
    /// To one recipient.
    pub delivery: Quantiles,
    /// To the last recipient.
    pub fanout: Quantiles,
    /// To the line that the script waited for.
    pub round: Quantiles,
}

/// A distribution in five numbers, in milliseconds; absent if nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// How many were measured.
    pub count: u64,
    /// The median.
    pub p50: Option<f64>,
    /// 9 of 10 are not above it.
    pub p90: Option<f64>,
    /// 99 of 100.
    pub p99: Option<f64>,
    /// 999 of 1000.
    pub p999: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

impl Quantiles {
    /// Of this distribution.
    #[must_use]
    pub fn of(times: &Times) -> Self {
        // To a microsecond: nobody compares more, and reports stay short.
        let at = |part| times.quantile(part).map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
        Self { count: times.count(), p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1.0) }
    }

    /// One of the five.
    #[must_use]
    pub fn value(&self, percentile: Percentile) -> Option<f64> {
        match percentile {
            Percentile::P50 => self.p50,
            Percentile::P90 => self.p90,
            Percentile::P99 => self.p99,
            Percentile::P999 => self.p999,
            Percentile::Max => self.max,
        }
    }
}

impl Figures {
    /// Takes the latencies over.
    pub fn set_latencies(&mut self, latencies: &Latencies) {
        let of = |latency, origin| Quantiles::of(latencies.times(latency, origin));
        self.connect = of(Latency::Connect, Origin::Written);
        self.delivery = of(Latency::Delivery, Origin::Written);
        self.fanout = of(Latency::Fanout, Origin::Written);
        self.round = of(Latency::Round, Origin::Written);
        self.scheduled = Scheduled {
            connect: of(Latency::Connect, Origin::Intended),
            delivery: of(Latency::Delivery, Origin::Intended),
            fanout: of(Latency::Fanout, Origin::Intended),
            round: of(Latency::Round, Origin::Intended),
        };
    }

    /// A latency's distribution.
    #[must_use]
    pub fn quantiles(&self, latency: Latency, origin: Origin) -> &Quantiles {
        match (latency, origin) {
            (Latency::Connect, Origin::Written) => &self.connect,
            (Latency::Delivery, Origin::Written) => &self.delivery,
            (Latency::Fanout, Origin::Written) => &self.fanout,
            (Latency::Round, Origin::Written) => &self.round,
            (Latency::Connect, Origin::Intended) => &self.scheduled.connect,
            (Latency::Delivery, Origin::Intended) => &self.scheduled.delivery,
            (Latency::Fanout, Origin::Intended) => &self.scheduled.fanout,
            (Latency::Round, Origin::Intended) => &self.scheduled.round,
        }
    }

    /// A figure; `None` if it was not measured.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Latency { latency, origin, percentile } => self.quantiles(latency, origin).value(percentile),
            Figure::Sent => Some(self.sent as f64),
            Figure::SentRate => Some(self.sent_rate),
            Figure::Delivered => Some(self.delivered as f64),
            Figure::Lost => Some(self.lost as f64),
            Figure::Duplicated => Some(self.duplicated as f64),
            Figure::Reordered => Some(self.reordered as f64),
            Figure::Misdelivered => Some(self.misdelivered as f64),
            Figure::Disordered => Some(self.disordered as f64),
            Figure::Undelivered => Some(self.undelivered as f64),
            Figure::Unsent => Some(self.unsent as f64),
            Figure::Errors => Some(self.errors as f64),
        }
    }

    /// What a percentage of the figure is a part of.
    #[must_use]
    pub fn whole(&self, figure: Figure) -> f64 {
        let whole = match figure {
            Figure::Unsent | Figure::Sent => self.sent + self.unsent,
            Figure::Errors | Figure::Disordered => self.casts,
            Figure::Latency { .. }
            | Figure::SentRate
            | Figure::Delivered
            | Figure::Lost
            | Figure::Duplicated
            | Figure::Reordered
            | Figure::Misdelivered
            | Figure::Undelivered => self.expected,
        };
        whole as f64
    }
}

/// Failures by their kind.
pub type ByKind = BTreeMap<String, u64>;
