//! The parts of a load that every cast uses: its plan, its clock, and where it counts what it sees.

use std::sync::OnceLock;

use super::clock::Clock;
use super::connect_limiter::ConnectLimiter;
use super::failures::Failures;
use super::labels::Labels;
use super::plan::Plan;
use super::stats::Stats;
use super::totals::Totals;
use crate::delivery::token::TokenCodec;
use crate::run::InboxRoom;

/// The parts of a load that every cast uses.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) plan: Plan,
    pub(super) labels: Labels,
    pub(super) clock: Clock,
    pub(super) connects: ConnectLimiter,
    pub(super) stats: Stats,
    pub(super) totals: Totals,
    pub(super) failures: Failures,
    pub(super) tokens: TokenCodec,
    /// The threshold that ended the load, with its figure.
    pub(super) aborted: OnceLock<String>,
    /// What the inboxes of all users together may hold.
    pub(super) inbox_room: InboxRoom,
}

impl Context {
    /// The parts for this plan, with this nonce in the stamps; the clock starts now.
    pub(super) fn new(plan: Plan, labels: Labels, nonce: u64) -> Self {
        Self {
            clock: Clock::start(&plan),
            connects: ConnectLimiter::new(plan.connect_rate.map(|rate| plan.share.rate(rate))),
            stats: Stats::new(plan.workers, labels.names().len()),
            totals: Totals::default(),
            failures: Failures::default(),
            tokens: TokenCodec::new(nonce),
            aborted: OnceLock::new(),
            labels,
            inbox_room: InboxRoom::default(),
            plan,
        }
    }
}
