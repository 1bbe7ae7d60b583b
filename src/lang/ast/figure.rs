//! The figures of a load by name: what a threshold may speak of, and what reports call it. Nothing else spells them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A figure of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Of a latency: `delivery.p99`, `scheduled.round.max`.
    Latency {
        /// Which latency.
        latency: Latency,
        /// The moment from which it counts.
        origin: Origin,
        /// What of the distribution.
        statistic: Statistic,
    },
    /// `sent`: stamped messages.
    Sent,
    /// `sent.rate`: stamped messages per second.
    SentRate,
    /// `rounds`: answers that the script waited for.
    Rounds,
    /// `rounds.rate`: those per second.
    RoundRate,
    /// `delivered`: first arrivals of stamped messages.
    Delivered,
    /// `lost`: deliveries that never came.
    Lost,
    /// `duplicated`: deliveries that came again.
    Duplicated,
    /// `reordered`: deliveries after a later message of the same sender.
    Reordered,
    /// `misdelivered`: deliveries to a user for whom the message was not meant.
    Misdelivered,
    /// `disordered`: rooms whose members saw different orders.
    Disordered,
    /// `corrupted`: files that came with other bytes than were sent.
    Corrupted,
    /// `bytes.rate`: bytes of files sent and fetched per second.
    ByteRate,
    /// `undelivered`: deliveries that were no longer due.
    Undelivered,
    /// `unsent`: messages that a schedule had planned and that were not begun.
    Unsent,
    /// `errors`: failures inside casts.
    Errors,
}

/// What the values of a figure are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A time, in milliseconds.
    Milliseconds,
    /// A number of events per second.
    PerSecond,
    /// A number of events.
    Count,
}

impl Figure {
    /// The figures that are not latencies.
    pub const COUNTS: [Self; 15] = [
        Self::Sent,
        Self::SentRate,
        Self::Rounds,
        Self::RoundRate,
        Self::Delivered,
        Self::Lost,
        Self::Duplicated,
        Self::Reordered,
        Self::Misdelivered,
        Self::Disordered,
        Self::Corrupted,
        Self::ByteRate,
        Self::Undelivered,
        Self::Unsent,
        Self::Errors,
    ];

    /// All figures: the latencies from the write, those from the intended start, then the counts.
    pub fn all() -> impl Iterator<Item = Self> {
        let latencies = Origin::ALL.into_iter().flat_map(|origin| {
            Latency::ALL.into_iter().flat_map(move |latency| {
                Statistic::ALL.into_iter().map(move |statistic| Self::Latency { latency, origin, statistic })
            })
        });
        latencies.chain(Self::COUNTS)
    }

    /// The figure with this name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|figure| figure.name() == name)
    }

    /// The name that scripts, flags and reports use.
    #[must_use]
    pub fn name(self) -> String {
        self.to_string()
    }

    /// What its values are.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Latency { .. } => Unit::Milliseconds,
            Self::SentRate | Self::RoundRate | Self::ByteRate => Unit::PerSecond,
            Self::Sent
            | Self::Rounds
            | Self::Delivered
            | Self::Lost
            | Self::Duplicated
            | Self::Reordered
            | Self::Misdelivered
            | Self::Disordered
            | Self::Corrupted
            | Self::Undelivered
            | Self::Unsent
            | Self::Errors => Unit::Count,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latency { latency, origin, statistic } => {
                return write!(f, "{}{}.{}", origin.prefix(), latency.name(), statistic.name());
            }
            Self::Sent => "sent",
            Self::SentRate => "sent.rate",
            Self::Rounds => "rounds",
            Self::RoundRate => "rounds.rate",
            Self::Delivered => "delivered",
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Reordered => "reordered",
            Self::Misdelivered => "misdelivered",
            Self::Disordered => "disordered",
            Self::Corrupted => "corrupted",
            Self::ByteRate => "bytes.rate",
            Self::Undelivered => "undelivered",
            Self::Unsent => "unsent",
            Self::Errors => "errors",
        })
    }
}

/// What a latency measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Latency {
    /// `connect`: from the start of the connection to the welcome.
    Connect,
    /// `delivery`: from a message to its arrival at one recipient.
    Delivery,
    /// `fanout`: from a message to its arrival at the last recipient.
    Fanout,
    /// `round`: from a message to the answer that the script waited for.
    Round,
    /// `upload`: from the announcement of a file to the word that the server has stored it.
    Upload,
    /// `download`: from the request for a file to its last byte.
    Download,
}

impl Latency {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [Self::Connect, Self::Delivery, Self::Fanout, Self::Round, Self::Upload, Self::Download];

    /// The name that scripts, flags and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Delivery => "delivery",
            Self::Fanout => "fanout",
            Self::Round => "round",
            Self::Upload => "upload",
            Self::Download => "download",
        }
    }
}

/// The moment from which a latency counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The moment at which the message was written.
    Written,
    /// `scheduled.`: the intended start.
    Intended,
}

impl Origin {
    /// Both origins.
    pub const ALL: [Self; 2] = [Self::Written, Self::Intended];

    fn prefix(self) -> &'static str {
        match self {
            Self::Written => "",
            Self::Intended => "scheduled.",
        }
    }
}

/// What of a distribution of latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// `mean`: the sum of all, divided by their number.
    Mean,
    /// `p50`: the median.
    P50,
    /// `p90`: 9 of 10 are not above it.
    P90,
    /// `p95`: 19 of 20 are not above it.
    P95,
    /// `p99`: 99 of 100 are not above it.
    P99,
    /// `p999`: 999 of 1,000 are not above it.
    P999,
    /// `max`: the longest.
    Max,
}

impl Statistic {
    /// All of them: the mean, then the percentiles from the lowest.
    pub const ALL: [Self; 7] = [Self::Mean, Self::P50, Self::P90, Self::P95, Self::P99, Self::P999, Self::Max];

    /// The name that scripts, flags and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p999",
            Self::Max => "max",
        }
    }

    /// The quantile, from 0 to 1; the mean is none.
    #[must_use]
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::Mean => None,
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Max => Some(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_read_by_its_name() {
        assert_eq!(Figure::all().count(), 2 * 6 * Statistic::ALL.len() + 15);
        for figure in Figure::all() {
            assert_eq!(Figure::parse(&figure.name()), Some(figure));
        }
        assert_eq!(Figure::parse("delivery"), None);
        assert_eq!(Figure::parse("scheduled.sent"), None);
    }

    #[test]
    fn a_scheduled_latency_says_so_first() {
        let (latency, statistic) = (Latency::Round, Statistic::P999);
        let figure = Figure::Latency { latency, origin: Origin::Intended, statistic };
        assert_eq!(figure.name(), "scheduled.round.p999");
    }
}
