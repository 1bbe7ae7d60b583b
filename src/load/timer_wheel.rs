//! One timer for all tasks that wait for a time: thousands of timers would each cost a turn of the reactor.
//!
//! Time advances in steps of a [`TICK`]; a task that waits for a time between two ticks is woken at the later one. So that
//! this costs no accuracy, intended starts are rounded up to a tick before a task waits for them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures::future::poll_fn;
use futures::task::AtomicWaker;
use smol::Timer;

use crate::lock::Locked;

/// The step of time.
pub const TICK: Duration = Duration::from_millis(1);

/// Wakes tasks at the times for which they wait, as long as [`run`](Self::run) is polled.
#[derive(Debug)]
pub struct TimerWheel {
    epoch: Instant,
    /// The tasks to wake, by tick. There are few for each task, as a task waits for one time at once.
    sleepers: Mutex<BTreeMap<u64, Vec<Waker>>>,
    runner: AtomicWaker,
}

impl TimerWheel {
    /// A wheel whose time begins at `epoch`.
    #[must_use]
    pub fn new(epoch: Instant) -> Self {
        Self { epoch, sleepers: Mutex::default(), runner: AtomicWaker::new() }
    }

    /// The time, from the epoch on.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// The moment that is so far from the epoch.
    #[must_use]
    pub fn instant(&self, time: Duration) -> Instant {
        self.epoch + time
    }

    /// Completes at the first tick that is not before `time`.
    pub fn until(&self, time: Duration) -> Until<'_> {
        Until { wheel: self, tick: tick_of(time), asleep: None }
    }

    /// Wakes everybody in time, for ever.
    pub async fn run(&self) {
        loop {
            let due = self.next_due().await;
            for waker in self.take(due) {
                waker.wake();
            }
        }
    }

    /// Waits until somebody is due, and returns the last tick that has begun.
    async fn next_due(&self) -> u64 {
        let mut timer: Option<(u64, Timer)> = None;
        poll_fn(|context| {
            // Registered before the look: a sleeper that comes in between wakes this task again.
            self.runner.register(context.waker());
            let Some(first) = self.sleepers().first_key_value().map(|(&tick, _)| tick) else { return Poll::Pending };
            let now = self.now().as_nanos() / TICK.as_nanos();
            let now = u64::try_from(now).unwrap_or(u64::MAX);
            if first <= now {
                return Poll::Ready(now);
            }
            if timer.as_ref().is_none_or(|(tick, _)| *tick != first) {
                timer = Some((first, Timer::at(self.instant(time_of(first)))));
            }
            let (_, timer) = timer.as_mut().expect("it has just been set");
            Pin::new(timer).poll(context).map(|_| first)
        })
        .await
    }

    fn take(&self, due: u64) -> Vec<Waker> {
        let mut sleepers = self.sleepers();
        let later = sleepers.split_off(&(due + 1));
        let woken = std::mem::replace(&mut *sleepers, later);
        woken.into_values().flatten().collect()
    }

    fn sleepers(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<Waker>>> {
        self.sleepers.locked()
    }
}

/// The first tick not before `time`, as a time.
#[must_use]
pub fn rounded_up(time: Duration) -> Duration {
    time_of(tick_of(time))
}

fn tick_of(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX)
}

fn time_of(tick: u64) -> Duration {
    // Far beyond any load that ends.
    TICK.saturating_mul(u32::try_from(tick).unwrap_or(u32::MAX))
}

/// Waits for a time.
#[derive(Debug)]
pub struct Until<'a> {
    wheel: &'a TimerWheel,
    tick: u64,
    asleep: Option<Waker>,
}

impl Future for Until<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.wheel.now() >= time_of(self.tick) {
            return Poll::Ready(());
        }
        let is_known = self.asleep.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if !is_known {
            self.asleep = Some(context.waker().clone());
            // Only an earlier sleeper changes when the runner has to wake up.
            let is_first = {
                let mut sleepers = self.wheel.sleepers();
                sleepers.entry(self.tick).or_default().push(context.waker().clone());
                sleepers.first_key_value().is_some_and(|(&first, _)| first == self.tick)
            };
            if is_first {
                self.wheel.runner.wake();
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures::future::{Either, join_all, select};

    use super::*;

    #[test]
    fn everybody_is_woken_and_nobody_too_early() {
        let wheel = TimerWheel::new(Instant::now());
        let sleepers = [5, 1, 3, 1].map(|milliseconds| {
            let wheel = &wheel;
            async move {
                let time = Duration::from_millis(milliseconds);
                wheel.until(time).await;
                assert!(wheel.now() >= time);
            }
        });
        smol::block_on(async {
            let running = Box::pin(wheel.run());
            let Either::Right(_) = select(running, join_all(sleepers)).await else { panic!("the wheel never ends") };
        });
    }

    #[test]
    fn times_are_rounded_up_to_a_tick() {
        assert_eq!(rounded_up(Duration::from_micros(1)), TICK);
        assert_eq!(rounded_up(TICK), TICK);
        assert_eq!(rounded_up(Duration::ZERO), Duration::ZERO);
    }
}
