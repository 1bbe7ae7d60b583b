//! When a server of a cluster keeps what is known.

use std::time::{Duration, Instant};

/// A snapshot is made after so many entries, or so long after the last one.
const ENTRIES: usize = 10_000;
const TIME: Duration = Duration::from_secs(60);

/// When the last snapshot was.
#[derive(Debug)]
pub(super) struct SnapshotSchedule {
    entries: usize,
    at: Instant,
}

impl Default for SnapshotSchedule {
    fn default() -> Self {
        Self { entries: 0, at: Instant::now() }
    }
}

impl SnapshotSchedule {
    pub(super) fn count(&mut self) {
        self.entries += 1;
    }

    pub(super) fn is_due(&self) -> bool {
        self.entries >= ENTRIES || self.at.elapsed() >= TIME
    }
}
