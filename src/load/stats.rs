//! What is measured while a load runs: histograms of latencies, and counts. Each worker thread has a set of its own, and
//! the sets are merged when a total is asked for. Recording takes a lock that is almost never contended, and allocates
//! nothing.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lang::ast::{Latency, Origin};
use crate::lock::Locked;

/// The shortest and the longest time of a histogram, in nanoseconds: a tenth of a microsecond and an hour.
const RANGE: (u64, u64) = (100, 3_600_000_000_000);
/// Significant decimal digits of a latency.
const DIGITS: u8 = 3;

thread_local! {
    /// The number of the worker that this thread is; other threads use the set of worker 0.
    static WORKER: Cell<usize> = const { Cell::new(0) };
}

/// Makes the current thread the worker with this number.
pub(super) fn enter_worker(number: usize) {
    WORKER.set(number);
}

/// A distribution of times.
#[derive(Clone, Debug)]
pub(super) struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        Self(
            Histogram::new_with_bounds(RANGE.0, RANGE.1, DIGITS).expect("the bounds are in order and 3 digits allowed"),
        )
    }
}

impl Times {
    /// Adds a time. A time above an hour counts as an hour.
    pub(super) fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds all times of another distribution.
    pub(super) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all distributions have the same bounds");
    }

    /// The mean; `None` if there are no times.
    #[must_use]
    pub(super) fn mean(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_nanos(self.0.mean() as u64))
    }

    /// The quantile `q` (0 to 1); `None` if there are no times.
    #[must_use]
    pub(super) fn quantile(&self, q: f64) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_nanos(self.0.value_at_quantile(q)))
    }

    /// The number of times.
    #[must_use]
    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are no times.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes all times.
    pub(super) fn clear(&mut self) {
        self.0.reset();
    }

    /// The number of times in each of a series of ranges, each a quarter longer than the one before, with the end of the
    /// range. Empty ranges before the first time are left out.
    #[must_use]
    pub(super) fn ranges(&self) -> Vec<(Duration, u64)> {
        let ranges = self.0.iter_log(1_000, 1.25);
        let all =
            ranges.map(|range| (Duration::from_nanos(range.value_iterated_to()), range.count_since_last_iteration()));
        let all: Vec<(Duration, u64)> = all.collect();
        let first = all.iter().position(|(_, count)| *count > 0).unwrap_or(all.len());
        all[first..].to_vec()
    }
}

impl Serialize for Times {
    /// As pairs of a time in nanoseconds, as exact as the distribution knows it, and how often it was recorded.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())))
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut times = Self::default();
        for (nanos, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            times.0.saturating_record_n(nanos, count);
        }
        Ok(times)
    }
}

/// The times of one latency, from both origins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct BothTimes {
    /// Counted from the write of the message.
    pub(super) written: Times,
    /// Counted from the time at which the message was planned.
    pub(super) intended: Times,
}

impl BothTimes {
    /// Adds a time, counted from both origins.
    pub(super) fn record(&mut self, written: Duration, intended: Duration) {
        self.written.record(written);
        self.intended.record(intended);
    }

    fn merge(&mut self, other: &Self) {
        self.written.merge(&other.written);
        self.intended.merge(&other.intended);
    }
}

/// All latencies of a load.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Latencies {
    /// From the start of a connection to the welcome.
    pub(super) connect: BothTimes,
    /// From a message to its arrival at one recipient.
    pub(super) delivery: BothTimes,
    /// From a message to its arrival at the last recipient.
    pub(super) fanout: BothTimes,
    /// To the line that the script waited for.
    pub(super) round: BothTimes,
    /// Of files to the server.
    pub(super) upload: BothTimes,
    /// Of files from the server.
    pub(super) download: BothTimes,
}

impl Latencies {
    /// The times of one latency from one origin.
    #[must_use]
    pub(super) fn times(&self, latency: Latency, origin: Origin) -> &Times {
        let both = match latency {
            Latency::Connect => &self.connect,
            Latency::Delivery => &self.delivery,
            Latency::Fanout => &self.fanout,
            Latency::Round => &self.round,
            Latency::Upload => &self.upload,
            Latency::Download => &self.download,
        };
        match origin {
            Origin::Written => &both.written,
            Origin::Intended => &both.intended,
        }
    }

    fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.connect, &other.connect),
            (&mut self.delivery, &other.delivery),
            (&mut self.fanout, &other.fanout),
            (&mut self.round, &other.round),
            (&mut self.upload, &other.upload),
            (&mut self.download, &other.download),
        ];
        pairs.into_iter().for_each(|(own, other)| own.merge(other));
    }
}

/// The times of what bears one label.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LabelTimes {
    /// Of its messages, at each recipient.
    pub(super) delivery: BothTimes,
    /// Of its rounds.
    pub(super) round: BothTimes,
}

/// The events of the current second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Second {
    /// Deliveries, from the intended start.
    pub(super) delivery: Times,
    /// Rounds, from the intended start.
    pub(super) round: Times,
    /// Stamped messages sent.
    pub(super) sent: u64,
    /// Deliveries of stamped messages.
    pub(super) delivered: u64,
    /// Failures and wrong deliveries.
    pub(super) errors: u64,
}

impl Second {
    /// Adds the events of another one.
    pub(super) fn merge(&mut self, other: &Self) {
        self.delivery.merge(&other.delivery);
        self.round.merge(&other.round);
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.errors += other.errors;
    }

    fn take_from(&mut self, other: &mut Self) {
        self.merge(other);
        other.delivery.clear();
        other.round.clear();
        (other.sent, other.delivered, other.errors) = (0, 0, 0);
    }
}

/// The measurements of one worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Shard {
    /// After the warm-up, connects from the first.
    pub(super) latencies: Latencies,
    /// The same by the numbers of the labels.
    pub(super) labels: Vec<LabelTimes>,
    /// How late turns began that nothing but the generator delayed.
    pub(super) lateness: Times,
    /// Stamped messages sent after the warm-up.
    pub(super) sent: u64,
    /// Deliveries of those.
    pub(super) delivered: u64,
    /// Stamped messages that a schedule had planned and that were not begun.
    pub(super) unsent: u64,
    /// Bytes of files that were sent and fetched after the warm-up.
    pub(super) bytes: u64,
    /// Files that came with other bytes than were sent.
    pub(super) corrupted: u64,
    /// What was measured since the last sample.
    #[serde(skip)]
    pub(super) second: Second,
}

impl Shard {
    /// Adds the measurements of another one, but for those since its last sample.
    pub(super) fn merge(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.labels.resize_with(self.labels.len().max(other.labels.len()), LabelTimes::default);
        for (own, other) in self.labels.iter_mut().zip(&other.labels) {
            own.delivery.merge(&other.delivery);
            own.round.merge(&other.round);
        }
        self.lateness.merge(&other.lateness);
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.unsent += other.unsent;
        self.bytes += other.bytes;
        self.corrupted += other.corrupted;
    }
}

/// The measurements of all workers.
#[derive(Debug)]
pub(super) struct Stats {
    shards: Box<[Mutex<Shard>]>,
}

impl Stats {
    /// Empty measurements for this many workers, at least one, and this many labels.
    #[must_use]
    pub(super) fn new(workers: usize, labels: usize) -> Self {
        let shard = || Shard { labels: vec![LabelTimes::default(); labels], ..Shard::default() };
        Self { shards: (0..workers.max(1)).map(|_| Mutex::new(shard())).collect() }
    }

    /// The measurements of the current thread.
    pub(super) fn own(&self) -> MutexGuard<'_, Shard> {
        lock(&self.shards[WORKER.get() % self.shards.len()])
    }

    /// The sum over all workers.
    #[must_use]
    pub(super) fn total(&self) -> Shard {
        let mut total = Shard::default();
        for shard in &self.shards {
            total.merge(&lock(shard));
        }
        total
    }

    /// Takes the events since the last call.
    pub(super) fn take_second(&self) -> Second {
        let mut second = Second::default();
        for shard in &self.shards {
            second.take_from(&mut lock(shard).second);
        }
        second
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.locked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_merged_and_seconds_begin_anew() {
        let stats = Stats::new(2, 0);
        for (worker, milliseconds) in [(0, 1), (1, 3), (1, 3)] {
            enter_worker(worker);
            let mut own = stats.own();
            own.latencies.delivery.record(Duration::from_millis(milliseconds), Duration::from_secs(1));
            own.second.delivered += 1;
        }
        enter_worker(0);
        let written = stats.total().latencies.delivery.written;
        assert_eq!(written.count(), 3);
        let median = written.quantile(0.5).unwrap();
        assert!(median.abs_diff(Duration::from_millis(3)) < Duration::from_micros(5), "{median:?}");
        assert_eq!((stats.take_second().delivered, stats.take_second().delivered), (3, 0));
    }

    #[test]
    fn a_distribution_that_was_sent_is_the_same_to_the_last_time() {
        let mut random = fastrand::Rng::with_seed(1);
        let [mut here, mut there, mut both] = [Times::default(), Times::default(), Times::default()];
        for number in 0..20_000 {
            let time = Duration::from_nanos(random.u64(0..10_000_000_000) >> random.u32(0..30));
            if number % 2 == 0 { &mut here } else { &mut there }.record(time);
            both.record(time);
        }
        let sent: Times = serde_json::from_str(&serde_json::to_string(&there).unwrap()).unwrap();
        here.merge(&sent);
        assert_eq!(here.count(), 20_000);
        for thousandth in 0..=1000 {
            let part = f64::from(thousandth) / 1e3;
            assert_eq!(here.quantile(part), both.quantile(part), "{part}");
        }
        assert_eq!((here.ranges(), here.mean()), (both.ranges(), both.mean()));
    }

    #[test]
    fn nothing_has_no_quantile_and_more_than_an_hour_is_an_hour() {
        let mut times = Times::default();
        assert_eq!(times.quantile(0.99), None);
        assert!(times.ranges().is_empty());
        times.record(Duration::from_secs(7200));
        assert!(times.quantile(1.0).unwrap() >= Duration::from_secs(3590));
    }
}
