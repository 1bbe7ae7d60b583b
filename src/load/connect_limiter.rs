//! When users may connect: at most so many at the same time, and at most so many per second.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use smol::lock::{Semaphore, SemaphoreGuardArc};

use super::clock::Clock;
use super::pacer::EvenRate;
use crate::lock::Locked;

/// How many users connect at the same time: enough to hide the distance to the server, few enough for its backlog.
const MOST_AT_ONCE: usize = 128;

/// Limits how many users connect, at the same time and per second.
#[derive(Debug)]
pub(super) struct ConnectLimiter {
    at_once: Arc<Semaphore>,
    rate: Mutex<Option<EvenRate>>,
}

impl ConnectLimiter {
    /// A limiter for this many connects per second, if that is limited.
    pub(super) fn new(per_second: Option<f64>) -> Self {
        let rate = per_second.map(|rate| EvenRate::new(rate, Duration::ZERO));
        Self { at_once: Arc::new(Semaphore::new(MOST_AT_ONCE)), rate: Mutex::new(rate) }
    }

    /// Takes the time at which the next user may connect.
    pub(super) fn take_turn(&self, clock: &Clock) -> Duration {
        let now = clock.now();
        let mut rate = self.rate.locked();
        rate.as_mut().map_or(now, |rate| rate.take(now))
    }

    /// Waits until few enough users are connecting. The user is one of them until the permit is dropped.
    pub(super) async fn permit(&self) -> SemaphoreGuardArc {
        self.at_once.acquire_arc().await
    }
}
