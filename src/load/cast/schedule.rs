//! The turns of one `every` under load: set in advance, begun late rather than left out, counted if they were not begun.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, select};

use super::stalls::Stalls;
use crate::lang::ast::Name;
use crate::load::context::Context;
use crate::load::pacer::Pacer;
use crate::load::timer_wheel::rounded_up;
use crate::run::{Schedule, Stop};

/// The most turns of one schedule that are counted as not begun: a bound on the counting, not on the load.
const MOST_UNSENT: u64 = 1_000_000;

/// The turns of one `every`.
pub(super) struct EverySchedule {
    pub(super) context: Arc<Context>,
    /// The cast begins nothing new.
    pub(super) over: Stop,
    pub(super) stalls: Arc<Stalls>,
    /// Gone when there are no more turns.
    pub(super) pacer: Option<Pacer>,
    pub(super) sends_per_turn: u64,
    /// The user in whose lane it is, if it is somebody's.
    pub(super) user: Option<Name>,
}

impl Schedule for EverySchedule {
    fn next(&mut self) -> BoxFuture<'_, Option<Instant>> {
        Box::pin(self.turn())
    }
}

impl EverySchedule {
    async fn turn(&mut self) -> Option<Instant> {
        let due = rounded_up(self.pacer.as_ref()?.next());
        let context = Arc::clone(&self.context);
        let clock = &context.clock;
        let end = clock.end();
        let is_early = due > clock.now();
        if is_early {
            let wait = clock.until(due.min(end));
            select(wait, Box::pin(self.over.stopped())).await;
        }
        let now = clock.now();
        if now >= clock.end() || self.is_over() {
            self.finish(now.min(clock.end()));
            return None;
        }
        if is_early {
            context.stats.own().lateness.record(now.saturating_sub(due));
        }
        self.pacer.as_mut()?.advance();
        Some(clock.instant(due))
    }

    fn is_over(&self) -> bool {
        self.over.is_stopped() || self.user.as_ref().is_some_and(|user| self.stalls.has_stalled(user))
    }

    /// Counts the messages that should have been sent by now and were not begun.
    fn finish(&mut self, now: Duration) {
        let Some(pacer) = self.pacer.take() else { return };
        let unsent = pacer.unbegun(now, MOST_UNSENT) * self.sends_per_turn;
        self.context.stats.own().unsent += unsent;
    }
}
