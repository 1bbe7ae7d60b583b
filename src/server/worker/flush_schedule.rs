//! When the next round of writing may begin, as a value.
//!
//! A round writes once to each connection that has something in its queue. While rounds carry several lines for each,
//! the next is held back a little: lines that come meanwhile go out with the same system calls, which are nearly all
//! that a chat costs. A server that is not under load, or whose users speak one at a time, never waits.

use std::time::Instant;

/// A round is held back by this part of the time that the one before it took, so that it costs little of the latency
/// and most of what was said in answer to that round comes in time for it.
const HELD_BACK: u32 = 8;

/// Deliveries for each connection from which on a round is worth waiting for.
const CROWDED: u64 = 2;

#[derive(Debug)]
pub(in crate::server) struct FlushSchedule {
    began: Instant,
    crowded: bool,
    next_at: Instant,
}

impl FlushSchedule {
    pub(in crate::server) fn new(now: Instant) -> Self {
        Self { began: now, crowded: false, next_at: now }
    }

    /// When the next round may begin.
    pub(in crate::server) fn next_at(&self) -> Instant {
        self.next_at
    }

    /// Notes that a round begins, with its numbers of deliveries and connections.
    pub(in crate::server) fn begin(&mut self, now: Instant, connections: usize, deliveries: u64) {
        self.began = now;
        // With fewer lines for each connection, waiting would save no system call.
        self.crowded = deliveries >= CROWDED * connections as u64;
    }

    /// The round has ended.
    pub(in crate::server) fn end(&mut self, now: Instant) {
        self.next_at = if self.crowded { now + (now - self.began) / HELD_BACK } else { now };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How long the next round is held back after one of 800 µs.
    fn held_back(connections: usize, deliveries: u64) -> Duration {
        let begin = Instant::now();
        let end = begin + Duration::from_micros(800);
        let mut rounds = FlushSchedule::new(begin);
        rounds.begin(begin, connections, deliveries);
        rounds.end(end);
        rounds.next_at() - end
    }

    #[test]
    fn one_line_for_each_is_never_held_back() {
        assert_eq!(held_back(200, 200), Duration::ZERO);
        assert_eq!(held_back(200, 399), Duration::ZERO);
    }

    #[test]
    fn a_crowded_round_holds_the_next_back_by_a_part_of_its_own_time() {
        assert_eq!(held_back(200, 400), Duration::from_micros(100));
    }
}
