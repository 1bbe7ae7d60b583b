//! How a node and its log get on with each other, for those who operate it.

use std::time::Duration;

/// The upper bounds of the classes that round trips are counted in, in seconds. One to an engine on the same network that
/// syncs to a good disk takes a few milliseconds; one of 100 ms is felt by everybody who speaks.
pub(in crate::server) const ROUND_TRIP_BOUNDS: [f64; 11] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// All figures at one moment.
#[derive(Debug, Default, Clone, PartialEq)]
pub(in crate::server) struct ClusterFigures {
    /// How far the node is behind the log.
    pub(in crate::server) lag: Duration,
    /// Lines of its users that are under way: not carried out yet.
    pub(in crate::server) lines: u64,
    /// Batches that were sent again, as they had not come back.
    pub(in crate::server) resent: u64,
    /// From the sending of a batch until it was carried out here.
    pub(in crate::server) round_trips: RoundTrips,
}

/// How long round trips took.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(in crate::server) struct RoundTrips {
    /// How many took at most as long as each of [`ROUND_TRIP_BOUNDS`], and longer than the one before.
    pub(in crate::server) counts: [u64; ROUND_TRIP_BOUNDS.len()],
    /// How many there were.
    pub(in crate::server) all: u64,
    /// How long all took together.
    pub(in crate::server) took: Duration,
}

impl RoundTrips {
    pub(super) fn count(&mut self, took: Duration) {
        let class = ROUND_TRIP_BOUNDS.iter().position(|bound| took.as_secs_f64() <= *bound);
        if let Some(count) = class.and_then(|class| self.counts.get_mut(class)) {
            *count += 1;
        }
        self.all += 1;
        self.took += took;
    }
}

/// How far a node is behind the log, by two clocks that need not agree: the log's, and its own. What they differ by is
/// known from the entries of the node itself, which it has sent at a time that it knows.
#[derive(Debug, Default)]
pub(super) struct Lag {
    /// The node's clock at the last sending of its own, less the log's at the entry, in seconds.
    ahead: Option<f64>,
    last: Duration,
}

impl Lag {
    /// An entry of the node itself, sent once: when it was sent by its clock, and the time of the entry.
    pub(super) fn note_own(&mut self, sent: Duration, at: Duration) {
        self.ahead = Some(sent.as_secs_f64() - at.as_secs_f64());
    }

    /// An entry of this time is carried out now, by the node's clock.
    pub(super) fn note(&mut self, now: Duration, at: Duration) {
        let behind = self.ahead.map_or(0.0, |ahead| now.as_secs_f64() - at.as_secs_f64() - ahead);
        self.last = Duration::try_from_secs_f64(behind).unwrap_or_default();
    }

    /// What it was at the last entry.
    pub(super) fn last(&self) -> Duration {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn lag_is_right_by_clocks_that_differ_by_an_hour() {
        let mut lag = Lag::default();
        lag.note(millis(500), millis(3_600_400));
        assert_eq!(lag.last(), Duration::ZERO, "nothing is known yet");
        lag.note_own(millis(1_000), millis(3_601_000));
        lag.note(millis(1_001), millis(3_601_000));
        assert_eq!(lag.last().as_millis(), 1);
        lag.note(millis(4_500), millis(3_602_000));
        assert_eq!(lag.last().as_millis(), 2_500);
    }

    #[test]
    fn a_round_trip_is_counted_in_its_class_and_one_that_is_longer_than_all_in_none() {
        let mut trips = RoundTrips::default();
        [500, 501, 5_000_000, 5_000_001].into_iter().for_each(|micros| trips.count(Duration::from_micros(micros)));
        assert_eq!((trips.counts[0], trips.counts[1], trips.counts[10], trips.all), (1, 1, 1, 4));
        assert_eq!(trips.took, Duration::from_micros(10_001_002));
    }
}
