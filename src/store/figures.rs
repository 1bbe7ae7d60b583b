//! What a store has counted until now, for those who operate a server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the classes that commits are counted in, in seconds. A commit on a good disk takes less than a
/// millisecond; one of 20 ms is felt by everybody who speaks.
pub const COMMIT_BOUNDS: [f64; 11] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0];

/// All figures at one moment.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct StoreFigures {
    /// How long commits took.
    pub commits: CommitFigures,
    /// Bytes on the disk, with logs and the index of searches.
    pub bytes: u64,
}

/// How long commits took.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct CommitFigures {
    /// How many took at most as long as each of [`COMMIT_BOUNDS`], and longer than the one before.
    pub counts: [u64; COMMIT_BOUNDS.len()],
    /// How many there were.
    pub all: u64,
    /// How long all took together.
    pub took: Duration,
}

/// The same, counted by the thread that makes the commits while others look.
#[derive(Debug, Default)]
pub(super) struct CommitTimes {
    counts: [AtomicU64; COMMIT_BOUNDS.len()],
    all: AtomicU64,
    micros: AtomicU64,
}

impl CommitTimes {
    /// Counts a commit that took so long.
    pub(super) fn count(&self, took: Duration) {
        let class = COMMIT_BOUNDS.iter().position(|bound| took.as_secs_f64() <= *bound);
        if let Some(count) = class.and_then(|class| self.counts.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> CommitFigures {
        // Read before what it is not to be less than.
        let counts = self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        let all = self.all.load(Ordering::Relaxed).max(counts.iter().sum());
        CommitFigures { counts, all, took: Duration::from_micros(self.micros.load(Ordering::Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_counted_in_its_class_and_one_that_is_longer_than_all_in_none() {
        let times = CommitTimes::default();
        [250, 251, 1_000_000, 1_000_001].into_iter().for_each(|micros| times.count(Duration::from_micros(micros)));
        let CommitFigures { counts, all, took } = times.figures();
        assert_eq!((counts[0], counts[1], counts[10], counts.iter().sum::<u64>(), all), (1, 1, 1, 3, 4));
        assert_eq!(took, Duration::from_micros(2_000_502));
    }
}
