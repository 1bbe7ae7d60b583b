//! How often something is tried again that was begun and broke.

use std::time::{Duration, Instant};

use smol::Timer;

use super::error::TransferError;

/// How long to go on trying while not one more byte gets through.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);

/// The pause before the first new try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often something is tried again that was begun and broke.
#[derive(Debug)]
pub struct Endurance {
    /// How far it had come, and when it came that far.
    farthest: (u64, Instant),
    pause: Duration,
}

impl Endurance {
    /// Something begins at this byte.
    #[must_use]
    pub fn new(at: u64) -> Self {
        Self { farthest: (at, Instant::now()), pause: FIRST_PAUSE }
    }

    /// Waits before the next try, which begins at this byte.
    ///
    /// # Errors
    /// With why it broke, if that cannot pass, or if nothing more has got through for too long.
    pub async fn after(&mut self, broke: TransferError, at: u64) -> Result<(), TransferError> {
        if at > self.farthest.0 {
            *self = Self::new(at);
        }
        if !broke.may_pass() || self.farthest.1.elapsed() > GIVE_UP_AFTER {
            return Err(broke);
        }
        Timer::after(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}
