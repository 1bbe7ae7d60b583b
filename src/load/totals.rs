//! What is counted over all casts of a load, apart from the latencies.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::clock::in_nanos;
use crate::delivery::counts::Counts;
use crate::lock::Locked;

/// The totals of all casts.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Plays that have begun; the number of the next one.
    plays_begun: AtomicU64,
    /// Users that are logged in now.
    online: AtomicU64,
    /// Logins that succeeded.
    connected: AtomicU64,
    /// Users that were made to stop reading.
    stalled: AtomicU64,
    /// Stamped lines that reached another cast than their own.
    strays: AtomicU64,
    /// Casts that were not complete when the load was over, and did nothing but log in.
    unready: AtomicU64,
    /// The longest that a cast waited for messages in flight, in nanoseconds.
    settled: AtomicU64,
    ended: Mutex<EndedPlays>,
}

/// The totals of the plays that have ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EndedPlays {
    /// What became of their stamped messages.
    pub(super) counts: Counts,
    /// How many plays ended.
    pub(super) plays: u64,
}

impl Totals {
    /// Begins a play and returns its number among those of this generator, from 0, which is never used again.
    pub(super) fn begin_play(&self) -> u64 {
        self.plays_begun.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds a play that has ended.
    pub(super) fn end_play(&self, counts: &Counts) {
        let mut ended = self.ended.locked();
        ended.counts.merge(counts);
        ended.plays += 1;
    }

    pub(super) fn ended(&self) -> EndedPlays {
        *self.ended.locked()
    }

    /// Counts a login; `is_new` if the user was not online before.
    pub(super) fn log_in(&self, is_new: bool) {
        self.online.fetch_add(u64::from(is_new), Ordering::Relaxed);
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts users that are no longer online.
    pub(super) fn log_out(&self, users: usize) {
        self.online.fetch_sub(users as u64, Ordering::Relaxed);
    }

    /// Users that are logged in now.
    pub(super) fn online(&self) -> u64 {
        self.online.load(Ordering::Relaxed)
    }

    /// Logins that succeeded.
    pub(super) fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    /// Counts users that were made to stop reading.
    pub(super) fn add_stalled(&self, users: usize) {
        self.stalled.fetch_add(users as u64, Ordering::Relaxed);
    }

    /// Users that were made to stop reading.
    pub(super) fn stalled(&self) -> u64 {
        self.stalled.load(Ordering::Relaxed)
    }

    /// Counts a stamped line that reached another cast than its own.
    pub(super) fn add_stray(&self) {
        self.strays.fetch_add(1, Ordering::Relaxed);
    }

    /// Stamped lines that reached another cast than their own.
    pub(super) fn strays(&self) -> u64 {
        self.strays.load(Ordering::Relaxed)
    }

    /// Counts a cast that was not complete when the load was over.
    pub(super) fn add_unready(&self) {
        self.unready.fetch_add(1, Ordering::Relaxed);
    }

    /// Casts that were not complete when the load was over.
    pub(super) fn unready(&self) -> u64 {
        self.unready.load(Ordering::Relaxed)
    }

    /// Notes how long a cast waited for messages in flight.
    pub(super) fn note_settled(&self, waited: Duration) {
        self.settled.fetch_max(in_nanos(waited), Ordering::Relaxed);
    }

    /// The longest that a cast waited for messages in flight.
    pub(super) fn settled(&self) -> Duration {
        Duration::from_nanos(self.settled.load(Ordering::Relaxed))
    }
}
