//! What all casts of a load share: the clock, the plan, the measurements, the way to the server.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use smol::lock::Semaphore;

use super::failures::Failures;
use super::pacer::Slots;
use super::plan::Plan;
use super::stats::Stats;
use super::timer_wheel::TimerWheel;
use crate::delivery::counts::Counts;
use crate::delivery::token::Tokens;

use crate::lock::Locked;

/// How many users connect at the same time: enough to hide the distance to the server, few enough for its backlog.
const CONNECTING: usize = 128;

/// What all casts share.
#[derive(Debug)]
pub struct Shared {
    pub(super) plan: Plan,
    pub(super) timer: TimerWheel,
    pub(super) stats: Stats,
    pub(super) tokens: Tokens,
    pub(super) failures: Failures,
    /// Whether the script has an `every`.
    pub(super) has_schedule: bool,
    pub(super) warmup_nanos: u64,
    pub(super) connecting: Arc<Semaphore>,
    connect_slots: Mutex<Option<Slots>>,
    /// When nothing new begins any more, in nanoseconds.
    end: AtomicU64,
    plays: AtomicU64,
    /// Users that are logged in now.
    pub(super) online: AtomicUsize,
    /// Logins so far.
    pub(super) connected: AtomicU64,
    /// Users that were made to stop reading.
    pub(super) stalled: AtomicU64,
    /// Stamped lines that reached another cast than their own.
    pub(super) strays: AtomicU64,
    /// The longest that a cast waited for what was under way, in nanoseconds.
    settled: AtomicU64,
    closed: Mutex<Closed>,
}

/// What the casts that have ended come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed {
    /// Their books.
    pub counts: Counts,
    /// How many plays ended.
    pub plays: u64,
    /// How many of them had to be cut off.
    pub cut_off: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them failed as there was no connection, or no longer one.
    pub disconnected: u64,
    /// Failures that were ours: of users that were made to stop reading.
    pub by_fault: u64,
}

impl Shared {
    /// For this plan; the time begins now.
    pub(super) fn new(plan: Plan, has_schedule: bool) -> Self {
        Self {
            timer: TimerWheel::new(Instant::now()),
            stats: Stats::new(plan.workers),
            tokens: Tokens::new(fastrand::u64(..)),
            failures: Failures::default(),
            has_schedule,
            warmup_nanos: nanos(plan.warmup),
            connecting: Arc::new(Semaphore::new(CONNECTING)),
            connect_slots: Mutex::new(plan.connect_rate.map(|rate| Slots::new(rate, Duration::ZERO))),
            end: AtomicU64::new(plan.end.map_or(u64::MAX, nanos)),
            plays: AtomicU64::new(0),
            online: AtomicUsize::new(0),
            connected: AtomicU64::new(0),
            stalled: AtomicU64::new(0),
            strays: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            closed: Mutex::default(),
            plan,
        }
    }

    /// When nothing new begins any more.
    pub(super) fn end(&self) -> Duration {
        Duration::from_nanos(self.end.load(Ordering::Relaxed))
    }

    /// The load is over, if it was not yet.
    pub(super) fn end_now(&self) {
        self.end.fetch_min(nanos(self.timer.now()), Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.timer.now() >= self.end()
    }

    pub(super) fn now_nanos(&self) -> u64 {
        nanos(self.timer.now())
    }

    /// A moment, in nanoseconds from the begin.
    pub(super) fn nanos(&self, at: Instant) -> u64 {
        nanos(at.saturating_duration_since(self.timer.instant(Duration::ZERO)))
    }

    pub(super) fn next_play(&self) -> u64 {
        self.plays.fetch_add(1, Ordering::Relaxed)
    }

    /// When the next user may connect.
    pub(super) fn take_connect_slot(&self) -> Duration {
        let now = self.timer.now();
        let mut slots = self.connect_slots.locked();
        slots.as_mut().map_or(now, |slots| slots.take(now))
    }

    pub(super) fn note_settled(&self, waited: Duration) {
        self.settled.fetch_max(nanos(waited), Ordering::Relaxed);
    }

    /// The longest that a cast waited for what was under way.
    pub(super) fn settled(&self) -> Duration {
        Duration::from_nanos(self.settled.load(Ordering::Relaxed))
    }

    /// A play has ended.
    pub(super) fn note_closed(&self, note: impl FnOnce(&mut Closed)) {
        note(&mut self.closed.locked());
    }

    /// What the plays that have ended come to.
    pub(super) fn closed(&self) -> Closed {
        *self.closed.locked()
    }
}

/// Some 580 years at most.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
