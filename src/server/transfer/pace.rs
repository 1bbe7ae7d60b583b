//! How fast uploads are written while people talk.

use std::time::Duration;

use crate::server::throttle::{BYTES_PER_TOKEN, Cost, Rate, Throttle};
use crate::store::CommitId;

/// How fast all uploads together are written: 160 MiB/s, in tokens of 1,024 bytes, and 256 KiB at once after a pause. A network of
/// a gigabit a second brings less. In between, the disk is free for the lines of the chat, which are kept before they are told.
const BESIDE_TALK: Rate = Rate { per_second: (160 << 20) as f64 / BYTES_PER_TOKEN as f64, burst: 256.0 };

/// Whoever has talked may go on within this time.
const TALK: Duration = Duration::from_secs(1);

/// Holds back uploads where lines of the chat go to the same disk.
#[derive(Debug)]
pub(super) struct Pace {
    throttle: Throttle,
    /// The latest commit that was seen.
    durable: CommitId,
    /// Until when somebody may be talking.
    talk: Duration,
}

impl Pace {
    /// Nobody has talked yet, and these commits were made.
    pub(super) fn new(durable: CommitId) -> Self {
        Self { throttle: Throttle::new(BESIDE_TALK), durable, talk: Duration::ZERO }
    }

    /// How long to wait once so many bytes are written. `durable`: the commits that are made, which tell whether something
    /// was kept since the last call.
    pub(super) fn charge(&mut self, bytes: u64, durable: CommitId, now: Duration) -> Duration {
        if durable != self.durable {
            (self.durable, self.talk) = (durable, now + TALK);
        }
        let wait = self.throttle.charge(now, Cost { line_bytes: bytes, ..Cost::default() });
        if now < self.talk {
            return wait;
        }
        // What was written while nobody talked is not owed.
        self.throttle = Throttle::new(BESIDE_TALK);
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_held_back_for_a_second_after_something_was_kept() {
        const MIB: u64 = 1 << 20;
        let mut pace = Pace::new(CommitId::default());
        let at = Duration::from_millis;
        assert_eq!(pace.charge(1000 * MIB, CommitId::default(), at(2000)), Duration::ZERO);
        // Somebody talks: 160 MiB a second, and none of what came before counts.
        let wait = pace.charge(16 * MIB, CommitId::MAX, at(3000));
        assert!((95..105).contains(&wait.as_millis()), "{wait:?}");
        let wait = pace.charge(16 * MIB, CommitId::MAX, at(3999));
        assert!((95..105).contains(&wait.as_millis()), "{wait:?}");
        assert_eq!(pace.charge(16 * MIB, CommitId::MAX, at(4000)), Duration::ZERO);
    }
}
