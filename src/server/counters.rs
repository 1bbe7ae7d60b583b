//! What the server counts about itself, for `list stats` and for the ceiling on all outbound queues together.
//!
//! Each thing is counted where it is cheapest: what happens for every delivery under the hub's lock, as a plain number;
//! what happens for every system call outside of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counted by whoever reads or writes a socket.
#[derive(Debug, Default)]
pub(in crate::server) struct Counters {
    received: AtomicU64,
    sent: AtomicU64,
    answered: AtomicU64,
    dropped: AtomicU64,
    /// Bytes appended to all queues, as of the last call of the broker.
    appended: AtomicU64,
    /// Bytes that were read and wait to be taken.
    kept: AtomicU64,
    throttled_micros: AtomicU64,
    /// Connections that there have been.
    connections: AtomicU64,
    transfers: AtomicU64,
}

/// Counted under the hub's lock.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::server) struct BrokerCounters {
    /// Lines taken from clients that were logged in.
    pub(in crate::server) commands: u64,
    /// Events appended to a queue.
    pub(in crate::server) deliveries: u64,
    /// Bytes appended to all queues.
    pub(in crate::server) appended: u64,
    /// Clients that were cut off because they left too much unread.
    pub(in crate::server) slow_consumers: u64,
    /// Names that were taken.
    pub(in crate::server) logins: u64,
}

impl Counters {
    /// The number of one more connection; the first is 1.
    pub(in crate::server) fn number_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(in crate::server) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(in crate::server) fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes of an answer that was appended outside of the hub's lock.
    pub(in crate::server) fn count_answered(&self, bytes: usize) {
        self.answered.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that were appended and will never be sent.
    pub(in crate::server) fn count_dropped(&self, bytes: usize) {
        if bytes > 0 {
            self.dropped.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    pub(in crate::server) fn count_throttled(&self, wait: Duration) {
        self.throttled_micros.fetch_add(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// One more file is brought or fetched; how many others are.
    pub(in crate::server) fn begin_transfer(&self) -> u64 {
        self.transfers.fetch_add(1, Ordering::Relaxed)
    }

    pub(in crate::server) fn end_transfer(&self) {
        self.transfers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Files that are brought or fetched now.
    pub(in crate::server) fn transfers(&self) -> u64 {
        self.transfers.load(Ordering::Relaxed)
    }

    pub(in crate::server) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(in crate::server) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How long clients were made to wait, all together.
    pub(in crate::server) fn throttled(&self) -> Duration {
        Duration::from_micros(self.throttled_micros.load(Ordering::Relaxed))
    }

    /// Bytes in all outbound queues together.
    pub(in crate::server) fn queued(&self, tally: &BrokerCounters) -> u64 {
        let appended = tally.appended + self.answered.load(Ordering::Relaxed);
        appended.saturating_sub(self.sent() + self.dropped.load(Ordering::Relaxed))
    }

    /// Bytes that all connections hold: queued for them, or read of them and kept.
    pub(in crate::server) fn held(&self, tally: &BrokerCounters) -> u64 {
        self.queued(tally) + self.kept.load(Ordering::Relaxed)
    }

    /// The same, for whoever does not have the hub's lock: as of the last call of the broker.
    pub(in crate::server) fn held_lately(&self) -> u64 {
        self.held(&BrokerCounters { appended: self.appended.load(Ordering::Relaxed), ..BrokerCounters::default() })
    }

    /// Shows what was appended to who asks without the hub's lock.
    pub(in crate::server) fn publish(&self, tally: &BrokerCounters) {
        self.appended.store(tally.appended, Ordering::Relaxed);
    }

    /// Counts that a connection keeps this many bytes of input instead of as many as before.
    pub(in crate::server) fn count_kept(&self, before: usize, after: usize) {
        if before < after {
            self.kept.fetch_add((after - before) as u64, Ordering::Relaxed);
        } else if after < before {
            self.kept.fetch_sub((before - after) as u64, Ordering::Relaxed);
        }
    }
}
