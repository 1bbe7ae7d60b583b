//! What the server has counted until now, for those who operate it.

use std::collections::BTreeMap;
use std::fmt;
use std::iter;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric, MetricEncoder, NoLabelSet, prometheus_text,
    text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::server::cluster::{ClusterFigures, ROUND_TRIP_BOUNDS};
use crate::store::files::FileFigures;
use crate::store::{COMMIT_BOUNDS, StoreFigures};

/// All figures at one moment.
#[derive(Debug, Default, Clone, PartialEq)]
pub(in crate::server) struct MetricsSnapshot {
    pub(in crate::server) uptime: Duration,
    /// Neither stopping nor unable to keep lines.
    pub(in crate::server) is_ready: bool,
    pub(in crate::server) connections: u64,
    pub(in crate::server) logins: u64,
    pub(in crate::server) commands: u64,
    pub(in crate::server) deliveries: u64,
    pub(in crate::server) received: u64,
    pub(in crate::server) sent: u64,
    /// Bytes in outbound queues.
    pub(in crate::server) queued: u64,
    /// Those, and what was read of clients and waits to be taken.
    pub(in crate::server) held: u64,
    pub(in crate::server) slow_consumers: u64,
    pub(in crate::server) throttled: Duration,
    /// By the code of the refusal.
    pub(in crate::server) refusals: BTreeMap<&'static str, u64>,
    /// Open connections by their dialect and whether they are encrypted.
    pub(in crate::server) doors: BTreeMap<(&'static str, bool), u64>,
    /// Of a store on a disk.
    pub(in crate::server) store: Option<StoreFigures>,
    pub(in crate::server) files: FileFigures,
    /// Files that are brought or fetched now.
    pub(in crate::server) transfers: u64,
    /// Of a server that is one of several.
    pub(in crate::server) cluster: Option<ClusterFigures>,
}

/// The two formats that Prometheus reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum MetricsFormat {
    /// Its own text format.
    Text,
    /// OpenMetrics, where a counter is called without the suffix of its samples.
    OpenMetrics,
}

impl MetricsFormat {
    pub(in crate::server) fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl MetricsSnapshot {
    /// All figures as metrics.
    pub(in crate::server) fn metrics(self, format: MetricsFormat) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut metrics = String::new();
        let written = match format {
            MetricsFormat::Text => prometheus_text::encode(&mut metrics, &registry),
            MetricsFormat::OpenMetrics => text::encode(&mut metrics, &registry),
        };
        written.expect("writing to a text does not fail");
        metrics
    }

    /// The same by their names, without `chatctl_`.
    pub(in crate::server) fn by_name(self) -> BTreeMap<String, f64> {
        let metrics = self.metrics(MetricsFormat::OpenMetrics);
        let figures = metrics.lines().filter_map(|line| line.strip_prefix("chatctl_")?.rsplit_once(' '));
        figures.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
    }

    fn write(&self, out: &mut Metrics<'_>) -> fmt::Result {
        out.gauge("chatctl_uptime_seconds", "Time since the server started.", self.uptime.as_secs_f64())?;
        let ready = "1 if the server takes connections and keeps lines, else 0.";
        out.gauge("chatctl_ready", ready, u32::from(self.is_ready))?;
        out.gauge("chatctl_connections", "Connections that are open.", self.connections)?;
        out.counter("chatctl_logins", "Logins that were accepted.", self.logins)?;
        out.counter("chatctl_commands", "Lines that were taken of clients that are logged in.", self.commands)?;
        out.counter("chatctl_deliveries", "Events that were appended to a queue.", self.deliveries)?;
        out.counter("chatctl_received_bytes", "Bytes that were read of clients.", self.received)?;
        out.counter("chatctl_sent_bytes", "Bytes that were written to clients.", self.sent)?;
        out.gauge("chatctl_queued_bytes", "Bytes that wait to be written to clients.", self.queued)?;
        let held = "Bytes that are held for clients: queued, or read and not taken.";
        out.gauge("chatctl_held_bytes", held, self.held)?;
        let slow = "Clients that were cut off because they left too much unread.";
        out.counter("chatctl_slow_consumers", slow, self.slow_consumers)?;
        let throttled = "Time for which clients were made to wait, all together.";
        out.counter("chatctl_throttled_seconds", throttled, self.throttled.as_secs_f64())?;
        out.refusals(&self.refusals)?;
        out.doors(&self.doors)?;
        let StoreFigures { commits, bytes } = self.store.clone().unwrap_or_default();
        let took = "How long commits of the store took.";
        let commits = (&COMMIT_BOUNDS[..], &commits.counts[..], commits.all, commits.took);
        out.histogram("chatctl_commit_seconds", took, commits)?;
        out.gauge("chatctl_store_bytes", "Bytes of the store on the disk; 0 without --data.", bytes)?;
        out.gauge("chatctl_files", "Files that can be fetched.", self.files.files)?;
        out.gauge("chatctl_files_bytes", "Bytes of their content.", self.files.bytes)?;
        out.gauge("chatctl_transfers", "Files that are brought or fetched now.", self.transfers)?;
        out.cluster(&self.cluster.clone().unwrap_or_default())
    }
}

impl Collector for MetricsSnapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.write(&mut Metrics { encoder })
    }
}

/// Metrics as they are being written.
struct Metrics<'a> {
    encoder: DescriptorEncoder<'a>,
}

impl Metrics<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        ConstGauge::new(value).encode(self.head(name, help, MetricType::Gauge)?)
    }

    fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        ConstCounter::new(value).encode(self.head(name, help, MetricType::Counter)?)
    }

    fn refusals(&mut self, refusals: &BTreeMap<&'static str, u64>) -> fmt::Result {
        let help = "Answers that refuse something, by their code.";
        let mut family = self.head("chatctl_refusals", help, MetricType::Counter)?;
        refusals
            .iter()
            .try_for_each(|(code, count)| ConstCounter::new(*count).encode(family.encode_family(&[("code", *code)])?))
    }

    fn doors(&mut self, doors: &BTreeMap<(&'static str, bool), u64>) -> fmt::Result {
        let help = "Connections that are open, by dialect and encryption.";
        let mut family = self.head("chatctl_door_connections", help, MetricType::Gauge)?;
        doors.iter().try_for_each(|((dialect, tls), count)| {
            let labels = ([("dialect", *dialect)], [("tls", *tls)]);
            ConstGauge::new(*count).encode(family.encode_family(&labels)?)
        })
    }

    fn cluster(&mut self, figures: &ClusterFigures) -> fmt::Result {
        let ClusterFigures { lag, lines, resent, round_trips } = figures;
        let help = "How far the server is behind the log of its cluster; 0 without --cluster.";
        self.gauge("chatctl_cluster_lag_seconds", help, lag.as_secs_f64())?;
        let help = "Lines of its users that are under way to the log and back.";
        self.gauge("chatctl_cluster_waiting_lines", help, *lines)?;
        let help = "Batches that were sent to the log again, as they had not come back.";
        self.counter("chatctl_cluster_resent_batches", help, *resent)?;
        let help = "From the sending of a batch to the log until it was carried out here.";
        let trips = (&ROUND_TRIP_BOUNDS[..], &round_trips.counts[..], round_trips.all, round_trips.took);
        self.histogram("chatctl_cluster_round_trip_seconds", help, trips)
    }

    /// Times in classes: their upper bounds in seconds, how many are in each and in no lower one, how many there are, and
    /// their sum.
    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        (bounds, counts, all, took): (&[f64], &[u64], u64, Duration),
    ) -> fmt::Result {
        let longer = all.saturating_sub(counts.iter().sum());
        let classes = bounds.iter().copied().zip(counts.iter().copied());
        let classes: Vec<_> = classes.chain(iter::once((f64::INFINITY, longer))).collect();
        let mut histogram = self.head(name, help, MetricType::Histogram)?;
        histogram.encode_histogram::<NoLabelSet>(took.as_secs_f64(), all, &classes, None)
    }

    fn head<'s>(&'s mut self, name: &'s str, help: &str, kind: MetricType) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.encoder.encode_descriptor(name, help, None, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::CommitFigures;

    fn figures() -> MetricsSnapshot {
        let commits =
            CommitFigures { counts: [4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1], all: 9, took: Duration::from_micros(5_000_250) };
        let mut cluster =
            ClusterFigures { lag: Duration::from_millis(3), lines: 4, resent: 6, ..ClusterFigures::default() };
        cluster.round_trips.counts[1] = 3;
        cluster.round_trips.all = 3;
        cluster.round_trips.took = Duration::from_millis(2);
        MetricsSnapshot {
            uptime: Duration::from_millis(61_500),
            is_ready: true,
            connections: 3,
            logins: 5,
            commands: 12_345_678_901,
            deliveries: 200,
            received: 1_000_000,
            sent: 2_000_000,
            queued: 17,
            held: 18,
            slow_consumers: 1,
            throttled: Duration::from_millis(250),
            refusals: BTreeMap::from([("no-such-room", 2), ("not-kept", 1)]),
            doors: BTreeMap::from([(("irc", true), 1), (("text", false), 2)]),
            store: Some(StoreFigures { commits, bytes: 4096 }),
            files: FileFigures { files: 2, bytes: 1024 },
            transfers: 1,
            cluster: Some(cluster),
        }
    }

    #[test]
    fn all_figures_in_both_formats() {
        insta::assert_snapshot!("text", figures().metrics(MetricsFormat::Text));
        insta::assert_snapshot!("openmetrics", figures().metrics(MetricsFormat::OpenMetrics));
    }

    #[test]
    fn figures_have_the_names_of_their_samples() {
        let figures = figures().by_name();
        for (name, value) in [
            ("uptime_seconds", 61.5),
            ("logins_total", 5.0),
            ("commands_total", 12_345_678_901.0),
            ("refusals_total{code=\"not-kept\"}", 1.0),
            ("door_connections{dialect=\"irc\",tls=\"true\"}", 1.0),
            ("commit_seconds_bucket{le=\"0.00025\"}", 4.0),
            ("commit_seconds_bucket{le=\"1.0\"}", 7.0),
            ("commit_seconds_bucket{le=\"+Inf\"}", 9.0),
            ("commit_seconds_sum", 5.00025),
            ("commit_seconds_count", 9.0),
        ] {
            assert_eq!(figures.get(name), Some(&value), "{name} in {figures:?}");
        }
        assert_eq!(figures.len(), 16 + 2 + 2 + 14 + 3 + 14, "{figures:?}");
    }
}
