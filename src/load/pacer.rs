//! When turns and connects should begin. Pure values: time is an argument, counted from the start of the load.
//!
//! A schedule is open: the intended starts do not depend on how long anything took, so that a server that stalls
//! cannot thin out the load that would show it.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::tempo::Tempo;
use crate::lang::ast::Interval;

/// The intended starts of an `every`, the first at a random phase.
#[derive(Clone, Debug)]
pub struct Pacer {
    interval: Interval,
    /// How the intervals are stretched, for the requested rate.
    tempo: Arc<Tempo>,
    /// The next start in the time of the script, in seconds.
    position: f64,
    next: Duration,
    random: Rng,
}

impl Pacer {
    /// A schedule that begins at `begin`, with its intervals in this tempo.
    #[must_use]
    pub fn new(interval: Interval, tempo: Arc<Tempo>, begin: Duration, mut random: Rng) -> Self {
        let phase = match interval {
            // A random phase keeps users with the same interval from writing at the same moments.
            Interval::Fixed(distance) => distance.mul_f64(random.f64()),
            // Such a process has no memory: the first start is as far away as any other.
            Interval::Poisson(mean) => exponential(mean, &mut random),
        };
        let position = tempo.passed(begin);
        let mut pacer = Self { interval, tempo, position, next: begin, random };
        pacer.go_on(phase);
        pacer
    }

    /// The intended start of the next turn.
    #[must_use]
    pub fn next(&self) -> Duration {
        self.next
    }

    /// The next turn has begun; the one after it is next.
    pub fn advance(&mut self) {
        let distance = match self.interval {
            Interval::Fixed(distance) => distance,
            Interval::Poisson(mean) => exponential(mean, &mut self.random),
        };
        // At least a nanosecond, or a huge rate would stand still.
        let least = self.next + Duration::from_nanos(1);
        self.go_on(distance);
        self.next = self.next.max(least);
    }

    fn go_on(&mut self, distance: Duration) {
        self.position += distance.as_secs_f64();
        self.next = match &*self.tempo {
            // Exact to the nanosecond, however long it goes on.
            Tempo::Even(stretch) => self.next + distance.mul_f64(*stretch),
            Tempo::Stages(_) => self.tempo.time(self.position),
        };
    }

    /// The number of turns that should have begun before `end` and did not, up to `most`.
    #[must_use]
    pub fn unbegun(mut self, end: Duration, most: u64) -> u64 {
        let mut count = 0;
        while self.next < end && count < most {
            self.advance();
            count += 1;
        }
        count
    }
}

/// A random distance with this mean.
fn exponential(mean: Duration, random: &mut Rng) -> Duration {
    // 1 - x is in (0, 1], so its logarithm is finite.
    mean.mul_f64(-(1.0 - random.f64()).ln())
}

/// Starts at an even rate, one after another.
#[derive(Clone, Copy, Debug)]
pub struct EvenRate {
    per_second: f64,
    begin: Duration,
    taken: u64,
}

impl EvenRate {
    /// This many starts per second, the first at `begin`.
    #[must_use]
    pub fn new(per_second: f64, begin: Duration) -> Self {
        Self { per_second, begin, taken: 0 }
    }

    /// Takes the next start. Starts that nobody took in time are not made up for in a burst.
    pub fn take(&mut self, now: Duration) -> Duration {
        let next = self.peek();
        if next < now {
            (self.begin, self.taken) = (now, 1);
            return now;
        }
        self.taken += 1;
        next
    }

    /// The time of the next start.
    #[must_use]
    pub fn peek(&self) -> Duration {
        self.begin + Duration::from_secs_f64((self.taken as f64 / self.per_second).min(1e9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn starts(interval: Interval, stretch: f64, seed: u64, count: usize) -> Vec<Duration> {
        let mut pacer = Pacer::new(interval, Arc::new(Tempo::Even(stretch)), SECOND, Rng::with_seed(seed));
        std::iter::repeat_with(|| {
            let next = pacer.next();
            pacer.advance();
            next
        })
        .take(count)
        .collect()
    }

    #[test]
    fn a_fixed_interval_has_a_random_phase_and_even_distances() {
        let one = starts(Interval::Fixed(SECOND), 1.0, 1, 4);
        assert!((SECOND..2 * SECOND).contains(&one[0]));
        assert!(one.windows(2).all(|pair| pair[1] - pair[0] == SECOND));
        assert_eq!(one, starts(Interval::Fixed(SECOND), 1.0, 1, 4), "the seed decides");
        assert_ne!(one, starts(Interval::Fixed(SECOND), 1.0, 2, 4));
    }

    #[test]
    fn poisson_intervals_have_the_mean() {
        let count = 20_000;
        let starts = starts(Interval::Poisson(SECOND), 0.5, 3, count);
        let mean = (starts[count - 1] - SECOND).as_secs_f64() / count as f64;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }

    #[test]
    fn what_was_not_begun_is_counted_up_to_the_end() {
        let pacer = Pacer::new(Interval::Fixed(SECOND), Arc::new(Tempo::Even(1.0)), Duration::ZERO, Rng::with_seed(1));
        assert_eq!(pacer.clone().unbegun(10 * SECOND, u64::MAX), 10);
        assert_eq!(pacer.clone().unbegun(10 * SECOND, 3), 3);
        assert_eq!(pacer.unbegun(Duration::ZERO, u64::MAX), 0);
    }

    #[test]
    fn starts_are_even_and_lost_if_nobody_takes_them() {
        let mut rate = EvenRate::new(10.0, Duration::ZERO);
        assert_eq!(rate.take(Duration::ZERO), Duration::ZERO);
        assert_eq!(rate.take(Duration::ZERO), Duration::from_millis(100));
        assert_eq!(rate.take(5 * SECOND), 5 * SECOND);
        assert_eq!(rate.take(5 * SECOND), 5 * SECOND + Duration::from_millis(100));
    }
}
