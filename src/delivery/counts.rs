//! The totals of a ledger, and how those of several ledgers are added up.

use serde::{Deserialize, Serialize};

use super::accounts::Excuse;

/// The totals of a ledger. At any time `expected = delivered + missing + lost + undelivered`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Stamped messages sent.
    pub sent: u64,
    /// Deliveries that there should be.
    pub expected: u64,
    /// Those of them whose latencies do not count.
    pub uncounted: u64,
    /// Stamps that arrived where they were meant to, each counted once per recipient.
    pub delivered: u64,
    /// Deliveries that have not arrived yet.
    pub missing: u64,
    /// Deliveries that should have arrived and never will.
    pub lost: u64,
    /// Second and further arrivals.
    pub duplicated: u64,
    /// Arrivals after a later message of the same sender.
    pub reordered: u64,
    /// Arrivals at a user for whom the message was not meant.
    pub misdelivered: u64,
    /// Rooms whose members saw the same messages in different orders.
    pub disordered: u64,
    /// Deliveries that need not arrive any more, by reason.
    pub undelivered: Undelivered,
}

impl Counts {
    /// Adds the totals of another ledger.
    pub fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        self.expected += other.expected;
        self.uncounted += other.uncounted;
        self.delivered += other.delivered;
        self.missing += other.missing;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.misdelivered += other.misdelivered;
        self.disordered += other.disordered;
        self.undelivered.merge(&other.undelivered);
    }
}

/// Deliveries that need not arrive any more, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// The recipient had left.
    pub left: u64,
    /// The recipient had reset its connection.
    pub reset: u64,
    /// The recipient's connection had ended.
    pub closed: u64,
    /// The recipient did not read.
    pub stalled: u64,
    /// The sender's connection ended soon after the message was written.
    pub sender_gone: u64,
    /// The cast was cut off before the message could arrive.
    pub cut_off: u64,
}

impl Undelivered {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.left + self.reset + self.closed + self.stalled + self.sender_gone + self.cut_off
    }

    pub(super) fn of(&mut self, excuse: Excuse) -> &mut u64 {
        match excuse {
            Excuse::Left => &mut self.left,
            Excuse::Reset => &mut self.reset,
            Excuse::Closed => &mut self.closed,
            Excuse::Stalled => &mut self.stalled,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.left += other.left;
        self.reset += other.reset;
        self.closed += other.closed;
        self.stalled += other.stalled;
        self.sender_gone += other.sender_gone;
        self.cut_off += other.cut_off;
    }
}
