//! What a line costs, and a token bucket: how long to wait before the next line is taken. It delays and never drops.
//!
//! What a line costs is known once it has been carried out: a line that makes the server work for thousands is paid for by
//! the lines after it, which wait longer.

use std::time::Duration;

/// Deliveries to anybody that cost as much as a line.
pub const DELIVERIES_PER_TOKEN: u64 = 128;

/// Bytes, of the line or of what its sender is sent for it, that cost as much as a line.
pub const BYTES_PER_TOKEN: u64 = 1024;

/// How many lines a client may send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Lines of one token a second in the long run; 0 is unlimited.
    pub per_second: f64,
    /// Lines of one token at once after a pause, at least one.
    pub burst: f64,
}

/// What a line has cost the server.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of the line.
    pub line_bytes: u64,
    /// Events that it put into queues.
    pub deliveries: u64,
    /// Bytes that it put into the queue of its sender.
    pub answer_bytes: u64,
}

impl Cost {
    /// One token for any line, and more for one that does more.
    #[must_use]
    pub fn tokens(self) -> u64 {
        1 + self.deliveries / DELIVERIES_PER_TOKEN
            + self.answer_bytes / BYTES_PER_TOKEN
            + self.line_bytes / BYTES_PER_TOKEN
    }

    /// Bytes of an answer that would cost as many tokens, for whoever charges them with the next line.
    #[must_use]
    pub fn in_bytes(self) -> u64 {
        (self.tokens() - 1) * BYTES_PER_TOKEN
    }
}

/// The allowance of one client.
#[derive(Debug, Clone)]
pub struct Throttle {
    /// The time of one token; `None` if there is no limit.
    token: Option<Duration>,
    /// The time of all tokens but one, of a full bucket.
    depth_but_one: Duration,
    /// When the bucket would be full again, if nothing more were taken.
    full_at: Duration,
}

impl Throttle {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let time_of = |tokens: f64| Duration::try_from_secs_f64(tokens / rate.per_second).unwrap_or(Duration::MAX);
        let (token, depth_but_one) = if rate.per_second > 0.0 {
            (Some(time_of(1.0)), time_of(rate.burst.max(1.0) - 1.0))
        } else {
            (None, Duration::MAX)
        };
        Self { token, depth_but_one, full_at: Duration::ZERO }
    }

    /// The same bucket at another rate: it is full when it would have been.
    #[must_use]
    pub fn at(&self, rate: Rate) -> Self {
        Self { full_at: self.full_at, ..Self::new(rate) }
    }

    /// Whether there is a token.
    #[must_use]
    pub fn has_token(&self, now: Duration) -> bool {
        self.full_at.saturating_sub(now) <= self.depth_but_one
    }

    /// Whether nothing was taken that has not come back.
    #[must_use]
    pub fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }

    /// Charges a line that was taken at `now`; returns how long to wait before the next may be.
    pub fn charge(&mut self, now: Duration, cost: Cost) -> Duration {
        let Some(token) = self.token else { return Duration::ZERO };
        let tokens = u32::try_from(cost.tokens()).unwrap_or(u32::MAX);
        self.full_at = self.full_at.max(now).saturating_add(token.saturating_mul(tokens));
        // The next line must find a token: the bucket is then one less than its depth from full.
        let next_at = self.full_at.saturating_sub(self.depth_but_one);
        next_at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that can be taken before the first wait.
    fn taken_at_once(throttle: &mut Throttle, now: Duration) -> usize {
        1 + (0..999).take_while(|_| throttle.charge(now, Cost::default()).is_zero()).count()
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut throttle = Throttle::new(Rate { per_second: 50.0, burst: 200.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 200);
        let (a_line, mut now) = (Duration::from_millis(20), Duration::ZERO);
        for _ in 0..50 {
            now += a_line;
            assert_eq!(throttle.charge(now, Cost::default()), a_line);
        }
        let later = Duration::from_secs(60);
        assert_eq!(taken_at_once(&mut throttle, later), 200, "a pause never earns more than a burst");
    }

    #[test]
    fn waiting_as_long_as_told_keeps_the_rate() {
        let mut throttle = Throttle::new(Rate { per_second: 3.0, burst: 1.0 });
        let now = (0..9).fold(Duration::ZERO, |now, _| now + throttle.charge(now, Cost::default()));
        assert!(now.abs_diff(Duration::from_secs(3)) < Duration::from_millis(1), "{now:?}");
    }

    #[test]
    fn a_line_costs_what_it_makes_the_server_do() {
        let tokens = |line_bytes, deliveries, answer_bytes| Cost { line_bytes, deliveries, answer_bytes }.tokens();
        assert_eq!(tokens(64, 127, 1023), 1);
        assert_eq!(tokens(1024, 0, 0), 2);
        assert_eq!(tokens(0, 128, 0), 2);
        assert_eq!(tokens(0, 0, 1024), 2);
        assert_eq!(tokens(8190, 50_000, 60_000), 1 + 7 + 390 + 58);
    }

    #[test]
    fn a_costly_line_is_paid_for_by_the_next() {
        let mut throttle = Throttle::new(Rate { per_second: 50.0, burst: 200.0 });
        let storm = Cost { deliveries: 50_000, ..Cost::default() };
        let now = Duration::from_secs(1);
        let wait = throttle.charge(now, storm);
        assert_eq!(wait, Duration::from_millis((391 - 199) * 20), "the burst is used up, the rest is waited for");
        assert_eq!(
            throttle.charge(now + wait, Cost::default()),
            Duration::from_millis(20),
            "then it goes on at its rate"
        );
    }

    #[test]
    fn zero_is_unlimited() {
        let mut throttle = Throttle::new(Rate { per_second: 0.0, burst: 0.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 1000);
    }
}
