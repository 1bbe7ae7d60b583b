//! The figures of a load, as data. The keys of the JSON report are the names of [`Figure`].

use serde::{Deserialize, Serialize};

use crate::lang::ast::{Figure, Latency, Origin, Statistic};

/// The figures of a load. Latencies are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The latencies from the write.
    #[serde(flatten)]
    pub written: LatencyFigures,
    /// The same latencies from the intended start.
    pub scheduled: LatencyFigures,
    /// Stamped messages sent after the warm-up.
    pub sent: u64,
    /// Stamped messages per second.
    #[serde(rename = "sent.rate")]
    pub sent_rate: f64,
    /// Answers that the script waited for, after the warm-up.
    pub rounds: u64,
    /// Rounds per second.
    #[serde(rename = "rounds.rate")]
    pub round_rate: f64,
    /// First arrivals of stamped messages that were sent after the warm-up.
    pub delivered: u64,
    /// Deliveries per second.
    #[serde(rename = "delivered.rate")]
    pub delivered_rate: f64,
    /// Deliveries that there should have been; the warm-up is included, as in all figures that follow.
    pub expected: u64,
    /// Those of them that count in no latency, as their messages were sent in the warm-up or in a `setup`.
    pub expected_in_warmup: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub duplicated: u64,
    /// Deliveries after a later message of the same sender.
    pub reordered: u64,
    /// Deliveries to a user for whom the message was not meant.
    pub misdelivered: u64,
    /// Rooms whose members saw different orders.
    pub disordered: u64,
    /// Files that came with other bytes than were sent.
    #[serde(default)]
    pub corrupted: u64,
    /// Bytes of files sent and fetched per second, after the warm-up.
    #[serde(rename = "bytes.rate", default)]
    pub byte_rate: f64,
    /// Deliveries that were no longer due, as the recipient had left, was closed or did not read.
    pub undelivered: u64,
    /// Messages that a schedule had planned and that were not begun when the load ended.
    pub unsent: u64,
    /// Failures inside casts.
    pub errors: u64,
    /// Casts that were played.
    pub casts: u64,
    /// Casts whose users were still logging in when the load was over.
    #[serde(default)]
    pub unready: u64,
    /// Logins that succeeded.
    pub connected: u64,
}

/// The latencies of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyFigures {
    /// From the start of a connection to the welcome.
    pub connect: Quantiles,
    /// From a message to its arrival at one recipient.
    pub delivery: Quantiles,
    /// From a message to its arrival at the last recipient.
    pub fanout: Quantiles,
    /// From a message to the line that the script waits for next.
    pub round: Quantiles,
    /// From the announcement of a file to the word that the server has stored it.
    #[serde(default)]
    pub upload: Quantiles,
    /// From the request for a file to its last byte.
    #[serde(default)]
    pub download: Quantiles,
}

impl LatencyFigures {
    /// The distribution of one latency.
    #[must_use]
    pub fn of(&self, latency: Latency) -> &Quantiles {
        match latency {
            Latency::Connect => &self.connect,
            Latency::Delivery => &self.delivery,
            Latency::Fanout => &self.fanout,
            Latency::Round => &self.round,
            Latency::Upload => &self.upload,
            Latency::Download => &self.download,
        }
    }
}

/// The figures of what bears one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelFigures {
    /// From its messages to their arrival at each recipient, from the write.
    pub delivery: Quantiles,
    /// From its messages to the lines that the script waits for next, or to its lines, from the write.
    pub round: Quantiles,
    /// The same two from the intended start.
    pub scheduled: ScheduledLabelFigures,
    /// Rounds per second.
    #[serde(rename = "rounds.rate")]
    pub round_rate: f64,
    /// Deliveries per second.
    #[serde(rename = "delivered.rate")]
    pub delivered_rate: f64,
}

/// The latencies of what bears one label, from the intended start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduledLabelFigures {
    /// Of its messages.
    pub delivery: Quantiles,
    /// Of its rounds.
    pub round: Quantiles,
}

/// A distribution of times in a few numbers, in milliseconds; `None` if nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// The number of times measured.
    pub count: u64,
    /// The mean.
    pub mean: Option<f64>,
    /// The median: half of the times are not above it.
    pub p50: Option<f64>,
    /// 90 % of the times are not above it.
    pub p90: Option<f64>,
    /// 95 % of the times are not above it.
    pub p95: Option<f64>,
    /// 99 % of the times are not above it.
    pub p99: Option<f64>,
    /// 99.9 % of the times are not above it.
    pub p999: Option<f64>,
    /// The longest time.
    pub max: Option<f64>,
}

impl Quantiles {
    /// The value of one statistic.
    #[must_use]
    pub fn value(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            Statistic::Mean => self.mean,
            Statistic::P50 => self.p50,
            Statistic::P90 => self.p90,
            Statistic::P95 => self.p95,
            Statistic::P99 => self.p99,
            Statistic::P999 => self.p999,
            Statistic::Max => self.max,
        }
    }
}

impl Figures {
    /// A latency's distribution.
    #[must_use]
    pub fn quantiles(&self, latency: Latency, origin: Origin) -> &Quantiles {
        match origin {
            Origin::Written => self.written.of(latency),
            Origin::Intended => self.scheduled.of(latency),
        }
    }

    /// The value of a figure; `None` if it was not measured.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Latency { latency, origin, statistic } => self.quantiles(latency, origin).value(statistic),
            Figure::Sent => Some(self.sent as f64),
            Figure::SentRate => Some(self.sent_rate),
            Figure::Rounds => Some(self.rounds as f64),
            Figure::RoundRate => Some(self.round_rate),
            Figure::Delivered => Some(self.delivered as f64),
            Figure::Lost => Some(self.lost as f64),
            Figure::Duplicated => Some(self.duplicated as f64),
            Figure::Reordered => Some(self.reordered as f64),
            Figure::Misdelivered => Some(self.misdelivered as f64),
            Figure::Disordered => Some(self.disordered as f64),
            Figure::Corrupted => Some(self.corrupted as f64),
            Figure::ByteRate => Some(self.byte_rate),
            Figure::Undelivered => Some(self.undelivered as f64),
            Figure::Unsent => Some(self.unsent as f64),
            Figure::Errors => Some(self.errors as f64),
        }
    }

    /// How many files were sent and fetched after the warm-up.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.written.upload.count + self.written.download.count
    }

    /// The whole of which a percentage of this figure is a part.
    #[must_use]
    pub fn whole(&self, figure: Figure) -> f64 {
        let whole = match figure {
            Figure::Unsent | Figure::Sent => self.sent + self.unsent,
            Figure::Errors | Figure::Disordered => self.casts,
            Figure::Rounds => self.rounds,
            Figure::Corrupted => self.files(),
            Figure::Latency { .. }
            | Figure::SentRate
            | Figure::RoundRate
            | Figure::ByteRate
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_json_report_are_the_names_of_the_figures() {
        let json = serde_json::to_value(Figures::default()).unwrap();
        for figure in Figure::all() {
            let name = figure.name();
            let is_key = match figure {
                Figure::Latency { .. } => json.pointer(&format!("/{}", name.replace('.', "/"))).is_some(),
                _ => json.get(&name).is_some(),
            };
            assert!(is_key, "{name}");
        }
    }
}
