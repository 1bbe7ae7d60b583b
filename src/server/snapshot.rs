//! What the server has counted until now, for those who operate it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

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
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl MetricsSnapshot {
    /// All figures as metrics.
    pub(in crate::server) fn metrics(&self, format: MetricsFormat) -> String {
        let mut metrics = Metrics { format, text: String::new() };
        self.write(&mut metrics).expect("writing to a text does not fail");
        metrics.text
    }

    /// The same by their names, without `chatctl_`.
    pub(in crate::server) fn by_name(&self) -> BTreeMap<String, f64> {
        let metrics = self.metrics(MetricsFormat::Text);
        let figures = metrics.lines().filter_map(|line| line.strip_prefix("chatctl_")?.rsplit_once(' '));
        figures.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
    }

    fn write(&self, out: &mut Metrics) -> fmt::Result {
        out.gauge("chatctl_uptime_seconds", "Time since the server started.", self.uptime.as_secs_f64())?;
        out.gauge(
            "chatctl_ready",
            "1 if the server takes connections and keeps lines, else 0.",
            f64::from(self.is_ready),
        )?;
        out.gauge("chatctl_connections", "Connections that are open.", self.connections as f64)?;
        out.counter("chatctl_logins", "Logins that were accepted.", self.logins as f64)?;
        out.counter("chatctl_commands", "Lines that were taken of clients that are logged in.", self.commands as f64)?;
        out.counter("chatctl_deliveries", "Events that were appended to a queue.", self.deliveries as f64)?;
        out.counter("chatctl_received_bytes", "Bytes that were read of clients.", self.received as f64)?;
        out.counter("chatctl_sent_bytes", "Bytes that were written to clients.", self.sent as f64)?;
        out.gauge("chatctl_queued_bytes", "Bytes that wait to be written to clients.", self.queued as f64)?;
        out.gauge(
            "chatctl_held_bytes",
            "Bytes that are held for clients: queued, or read and not taken.",
            self.held as f64,
        )?;
        let slow = "Clients that were cut off because they left too much unread.";
        out.counter("chatctl_slow_consumers", slow, self.slow_consumers as f64)?;
        let throttled = "Time for which clients were made to wait, all together.";
        out.counter("chatctl_throttled_seconds", throttled, self.throttled.as_secs_f64())?;
        out.refusals(&self.refusals)?;
        out.doors(&self.doors)?;
        let StoreFigures { commits, bytes } = self.store.clone().unwrap_or_default();
        let took = "How long commits of the store took.";
        let commits = (&COMMIT_BOUNDS[..], &commits.counts[..], commits.all, commits.took);
        out.histogram("chatctl_commit_seconds", took, commits)?;
        out.gauge("chatctl_store_bytes", "Bytes of the store on the disk; 0 without --data.", bytes as f64)?;
        out.gauge("chatctl_files", "Files that can be fetched.", self.files.files as f64)?;
        out.gauge("chatctl_files_bytes", "Bytes of their content.", self.files.bytes as f64)?;
        out.gauge("chatctl_transfers", "Files that are brought or fetched now.", self.transfers as f64)?;
        out.cluster(&self.cluster.clone().unwrap_or_default())?;
        out.end()
    }
}

/// Metrics as they are being written.
struct Metrics {
    format: MetricsFormat,
    text: String,
}

impl Metrics {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.head(name, help, "gauge")?;
        writeln!(self.text, "{name} {value}")
    }

    fn counter(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.counter_head(name, help)?;
        writeln!(self.text, "{name}_total {value}")
    }

    fn refusals(&mut self, refusals: &BTreeMap<&'static str, u64>) -> fmt::Result {
        let name = "chatctl_refusals";
        self.counter_head(name, "Answers that refuse something, by their code.")?;
        refusals.iter().try_for_each(|(code, count)| writeln!(self.text, "{name}_total{{code=\"{code}\"}} {count}"))
    }

    fn doors(&mut self, doors: &BTreeMap<(&'static str, bool), u64>) -> fmt::Result {
        let name = "chatctl_door_connections";
        self.head(name, "Connections that are open, by dialect and encryption.", "gauge")?;
        doors.iter().try_for_each(|((dialect, tls), count)| {
            writeln!(self.text, "{name}{{dialect=\"{dialect}\",tls=\"{tls}\"}} {count}")
        })
    }

    fn cluster(&mut self, figures: &ClusterFigures) -> fmt::Result {
        let ClusterFigures { lag, lines, resent, round_trips } = figures;
        let help = "How far the server is behind the log of its cluster; 0 without --cluster.";
        self.gauge("chatctl_cluster_lag_seconds", help, lag.as_secs_f64())?;
        let help = "Lines of its users that are under way to the log and back.";
        self.gauge("chatctl_cluster_waiting_lines", help, *lines as f64)?;
        let help = "Batches that were sent to the log again, as they had not come back.";
        self.counter("chatctl_cluster_resent_batches", help, *resent as f64)?;
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
        self.head(name, help, "histogram")?;
        let mut count = 0;
        for (bound, more) in bounds.iter().zip(counts) {
            count += more;
            // As OpenMetrics spells it: 1.0, not 1.
            writeln!(self.text, "{name}_bucket{{le=\"{bound:?}\"}} {count}")?;
        }
        writeln!(self.text, "{name}_bucket{{le=\"+Inf\"}} {all}")?;
        writeln!(self.text, "{name}_sum {}\n{name}_count {all}", took.as_secs_f64())
    }

    fn counter_head(&mut self, name: &str, help: &str) -> fmt::Result {
        match self.format {
            MetricsFormat::Text => self.head(&format!("{name}_total"), help, "counter"),
            MetricsFormat::OpenMetrics => self.head(name, help, "counter"),
        }
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) -> fmt::Result {
        writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}")
    }

    fn end(&mut self) -> fmt::Result {
        match self.format {
            MetricsFormat::Text => Ok(()),
            MetricsFormat::OpenMetrics => self.text.write_str("# EOF\n"),
        }
    }
}
