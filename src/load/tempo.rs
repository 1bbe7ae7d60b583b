//! How fast the schedules of a script pass over the time of a load, so that all of them together send at the rate that
//! was asked for. Pure values.

use std::time::Duration;

use crate::lang::ast::{RateStage, TargetRate};

/// The longest time that is told, in seconds: longer than any load.
const FOREVER: f64 = 1e9;

/// The relation between the time of a script, in which its intervals are as they are written, and the time of a load.
#[derive(Clone, Debug, PartialEq)]
pub enum Tempo {
    /// All intervals are multiplied by this.
    Even(f64),
    /// One stage after another, of which the last has no end.
    Stages(Vec<TempoStage>),
}

/// A time in which the tempo changes evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoStage {
    /// When it begins, in seconds of the load.
    begin: f64,
    /// How long it takes, in seconds of the load.
    length: f64,
    /// Seconds of the script that have passed before it.
    passed: f64,
    /// Seconds of the script per second of the load, at its begin and at its end.
    speed: [f64; 2],
}

impl Tempo {
    /// The tempo at which a script that sends `natural` lines per second by itself sends at this rate.
    #[must_use]
    pub fn new(rate: &TargetRate, natural: f64) -> Self {
        let stages = match rate {
            TargetRate::Constant(rate) => return Self::Even(natural / rate),
            TargetRate::Stages(stages) => stages,
        };
        let mut all = Vec::with_capacity(stages.len() + 1);
        let mut next = TempoStage { begin: 0.0, length: f64::INFINITY, passed: 0.0, speed: [0.0; 2] };
        for stage in stages {
            let length = stage.length().as_secs_f64();
            let speed = match *stage {
                RateStage::Ramp { from, to, .. } => [from / natural, to / natural],
                RateStage::Hold(_) => [next.speed[1]; 2],
            };
            all.push(TempoStage { length, speed, ..next });
            next.begin += length;
            next.passed += length * (speed[0] + speed[1]) / 2.0;
            next.speed = [speed[1]; 2];
        }
        all.push(next);
        Self::Stages(all)
    }

    /// Seconds of the script that have passed at this time of the load.
    #[must_use]
    pub fn passed(&self, time: Duration) -> f64 {
        let time = time.as_secs_f64();
        match self {
            Self::Even(stretch) => time / stretch,
            Self::Stages(stages) => {
                last(stages, |stage| stage.begin <= time).map_or(0.0, |stage| stage.passed_at(time))
            }
        }
    }

    /// The time of the load at which this many seconds of the script have passed.
    #[must_use]
    pub fn time(&self, passed: f64) -> Duration {
        let seconds = match self {
            Self::Even(stretch) => passed * stretch,
            Self::Stages(stages) => {
                last(stages, |stage| stage.passed <= passed).map_or(FOREVER, |stage| stage.time_of(passed))
            }
        };
        Duration::from_secs_f64(if seconds.is_finite() { seconds.clamp(0.0, FOREVER) } else { FOREVER })
    }
}

fn last(stages: &[TempoStage], is_reached: impl Fn(&TempoStage) -> bool) -> Option<&TempoStage> {
    stages.iter().rev().find(|stage| is_reached(stage))
}

impl TempoStage {
    /// By how much the speed grows each second.
    fn growth(&self) -> f64 {
        let [from, to] = self.speed;
        if self.length > 0.0 { (to - from) / self.length } else { 0.0 }
    }

    fn passed_at(&self, time: f64) -> f64 {
        let since = time - self.begin;
        self.passed + self.speed[0] * since + self.growth() * since * since / 2.0
    }

    fn time_of(&self, passed: f64) -> f64 {
        let (rest, from) = (passed - self.passed, self.speed[0]);
        let root = (from * from + 2.0 * self.growth() * rest).max(0.0).sqrt();
        self.begin + 2.0 * rest / (from + root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse_target_rate;

    fn tempo(text: &str) -> Tempo {
        Tempo::new(&parse_target_rate(text).unwrap(), 10.0)
    }

    #[test]
    fn a_ramp_passes_as_much_as_the_area_below_it() {
        let tempo = tempo("0 -> 100/s in 10s, hold 5s");
        let passed = [0, 5, 10, 15, 25].map(|second| tempo.passed(Duration::from_secs(second)));
        assert_eq!(passed, [0.0, 12.5, 50.0, 100.0, 200.0]);
    }

    #[test]
    fn the_two_directions_belong_together() {
        for text in ["20/s", "0 -> 100/s in 10s", "100 -> 10/s in 3s, hold 1s, 10 -> 50/s in 500ms"] {
            let tempo = tempo(text);
            for tenths in 1..300 {
                let time = Duration::from_millis(tenths * 100);
                let back = tempo.time(tempo.passed(time));
                assert!(back.abs_diff(time) < Duration::from_micros(1), "{text}: {time:?} and {back:?}");
            }
        }
    }

    #[test]
    fn nothing_passes_at_a_rate_of_zero() {
        let tempo = tempo("100 -> 0/s in 10s");
        assert_eq!(tempo.passed(Duration::from_secs(60)), 50.0);
        assert_eq!(tempo.time(51.0), Duration::from_secs_f64(FOREVER));
    }
}
