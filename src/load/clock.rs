//! The time of a load: what time it is, when the warm-up is over, and when nothing new begins any more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::plan::Plan;
use super::timer_wheel::{TimerWheel, Until};

/// The time of a load, counted from its start.
#[derive(Debug)]
pub(super) struct Clock {
    wheel: TimerWheel,
    warmup: Duration,
    /// When nothing new begins any more, in nanoseconds.
    end: AtomicU64,
}

impl Clock {
    /// A clock for this plan that starts now.
    pub(super) fn start(plan: &Plan) -> Self {
        Self {
            wheel: TimerWheel::new(Instant::now()),
            warmup: plan.warmup,
            end: AtomicU64::new(plan.end.map_or(u64::MAX, in_nanos)),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.wheel.now()
    }

    /// The time now, in nanoseconds.
    pub(super) fn nanos_now(&self) -> u64 {
        in_nanos(self.now())
    }

    /// The time of a moment, in nanoseconds.
    pub(super) fn nanos_at(&self, at: Instant) -> u64 {
        in_nanos(at.saturating_duration_since(self.wheel.instant(Duration::ZERO)))
    }

    /// The moment of a time.
    pub(super) fn instant(&self, time: Duration) -> Instant {
        self.wheel.instant(time)
    }

    /// Completes at this time, or up to a tick later.
    pub(super) fn until(&self, time: Duration) -> Until<'_> {
        self.wheel.until(time)
    }

    /// Whether something that happened at this time, in nanoseconds, counts: the warm-up was over.
    pub(super) fn is_counted(&self, nanos: u64) -> bool {
        nanos >= in_nanos(self.warmup)
    }

    /// When nothing new begins any more.
    pub(super) fn end(&self) -> Duration {
        Duration::from_nanos(self.end.load(Ordering::Relaxed))
    }

    /// Ends the load now, if it has not ended yet.
    pub(super) fn end_now(&self) {
        self.end.fetch_min(self.nanos_now(), Ordering::Relaxed);
    }

    /// Whether nothing new begins any more.
    pub(super) fn is_over(&self) -> bool {
        self.now() >= self.end()
    }

    /// Wakes everybody who waits for a time; never completes.
    pub(super) async fn run(&self) {
        self.wheel.run().await;
    }
}

/// A time in nanoseconds, up to some 580 years.
pub(super) fn in_nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
