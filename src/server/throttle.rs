//! A token bucket: how long to wait before the next line is taken. It delays and never drops.

use std::time::Duration;

/// How many lines a client may send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Lines a second in the long run; 0 is unlimited.
    pub per_second: f64,
    /// Lines at once after a pause, at least one.
    pub burst: f64,
}

/// The allowance of one client.
#[derive(Debug, Clone)]
pub struct Throttle {
    rate: Rate,
    /// When the bucket would be full again, if nothing more were taken.
    full_at: Duration,
}

impl Throttle {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, full_at: Duration::ZERO }
    }

    /// Counts a line that was taken at `now`; returns how long to wait before the next may be.
    pub fn charge(&mut self, now: Duration) -> Duration {
        if self.rate.per_second <= 0.0 {
            return Duration::ZERO;
        }
        let a_line = Duration::from_secs_f64(1.0 / self.rate.per_second);
        self.full_at = self.full_at.max(now) + a_line;
        // The next line must find room: the bucket is then one line less than its depth from full.
        let next_at = self.full_at.saturating_sub(a_line.mul_f64(self.rate.burst.max(1.0) - 1.0));
        next_at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that can be taken before the first wait.
    fn taken_at_once(throttle: &mut Throttle, now: Duration) -> usize {
        1 + (0..999).take_while(|_| throttle.charge(now).is_zero()).count()
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut throttle = Throttle::new(Rate { per_second: 50.0, burst: 200.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 200);
        let (a_line, mut now) = (Duration::from_millis(20), Duration::ZERO);
        for _ in 0..50 {
            now += a_line;
            assert_eq!(throttle.charge(now), a_line);
        }
        let later = Duration::from_secs(60);
        assert_eq!(taken_at_once(&mut throttle, later), 200, "a pause never earns more than a burst");
    }

    #[test]
    fn waiting_as_long_as_told_keeps_the_rate() {
        let mut throttle = Throttle::new(Rate { per_second: 3.0, burst: 1.0 });
        let now = (0..9).fold(Duration::ZERO, |now, _| now + throttle.charge(now));
        assert!(now.abs_diff(Duration::from_secs(3)) < Duration::from_millis(1), "{now:?}");
    }

    #[test]
    fn zero_is_unlimited() {
        let mut throttle = Throttle::new(Rate { per_second: 0.0, burst: 0.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 1000);
    }
}
