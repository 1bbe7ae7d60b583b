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

    /// Takes one line's allowance.
    ///
    /// # Errors
    /// How long to wait before asking again; nothing is taken then.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if self.rate.per_second <= 0.0 {
            return Ok(());
        }
        let a_line = Duration::from_secs_f64(1.0 / self.rate.per_second);
        let depth = a_line.mul_f64(self.rate.burst.max(1.0));
        let full_at = self.full_at.max(now) + a_line;
        match full_at.checked_sub(now + depth) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.full_at = full_at;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_at_once(throttle: &mut Throttle, now: Duration) -> usize {
        (0..1000).take_while(|_| throttle.take(now).is_ok()).count()
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut throttle = Throttle::new(Rate { per_second: 50.0, burst: 200.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 200);
        assert_eq!(throttle.take(Duration::ZERO), Err(Duration::from_millis(20)));
        assert_eq!(taken_at_once(&mut throttle, Duration::from_secs(1)), 50);
        assert_eq!(taken_at_once(&mut throttle, Duration::from_secs(60)), 200, "a pause never earns more than a burst");
    }

    #[test]
    fn waiting_as_long_as_told_is_enough() {
        let mut throttle = Throttle::new(Rate { per_second: 3.0, burst: 1.0 });
        let mut now = Duration::ZERO;
        for _ in 0..10 {
            while let Err(wait) = throttle.take(now) {
                now += wait;
            }
        }
        assert!(now >= Duration::from_millis(2999) && now <= Duration::from_millis(3001), "{now:?}");
    }

    #[test]
    fn zero_is_unlimited() {
        let mut throttle = Throttle::new(Rate { per_second: 0.0, burst: 0.0 });
        assert_eq!(taken_at_once(&mut throttle, Duration::ZERO), 1000);
    }
}
