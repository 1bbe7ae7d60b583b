//! The number of users over the time of a load.

use std::time::Duration;

use crate::lang::ast::StageKind;

/// The number of users over time.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadProfile {
    /// This many, from the start.
    Constant(u64),
    /// One stage after another.
    Stages(Vec<StageKind>),
}

impl LoadProfile {
    /// The number of users at this time. After the last stage it stays as that stage ended.
    #[must_use]
    pub fn users(&self, time: Duration) -> f64 {
        match self {
            Self::Constant(users) => *users as f64,
            Self::Stages(stages) => users_in(stages, time),
        }
    }

    /// The most users at any time.
    #[must_use]
    pub fn peak(&self) -> u64 {
        match self {
            Self::Constant(users) => *users,
            Self::Stages(stages) => stages.iter().map(highest).max().unwrap_or_default(),
        }
    }

    /// The length of all stages; `None` if the number is constant.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        match self {
            Self::Constant(_) => None,
            Self::Stages(stages) => Some(stages.iter().map(duration).fold(Duration::ZERO, Duration::saturating_add)),
        }
    }
}

fn users_in(stages: &[StageKind], time: Duration) -> f64 {
    let (mut begin, mut users) = (Duration::ZERO, 0.0);
    for stage in stages {
        let length = duration(stage);
        let is_now = time < begin.saturating_add(length);
        if let StageKind::Ramp { from, to, over } = *stage {
            if is_now {
                let part = (time - begin).as_secs_f64() / over.as_secs_f64();
                return from as f64 + (to as f64 - from as f64) * part;
            }
            users = to as f64;
        }
        if is_now {
            return users;
        }
        begin = begin.saturating_add(length);
    }
    users
}

fn highest(stage: &StageKind) -> u64 {
    match *stage {
        StageKind::Ramp { from, to, .. } => from.max(to),
        StageKind::Hold(_) => 0,
    }
}

fn duration(stage: &StageKind) -> Duration {
    match *stage {
        StageKind::Ramp { over, .. } => over,
        StageKind::Hold(length) => length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn stages_ramp_hold_and_ramp_again() {
        let profile = LoadProfile::Stages(vec![
            StageKind::Ramp { from: 0, to: 100, over: seconds(10) },
            StageKind::Hold(seconds(5)),
            StageKind::Ramp { from: 100, to: 20, over: seconds(4) },
        ]);
        let users = [0, 5, 10, 14, 15, 17, 19, 99].map(|time| profile.users(seconds(time)));
        assert_eq!(users, [0.0, 50.0, 100.0, 100.0, 100.0, 60.0, 20.0, 20.0]);
        assert_eq!((profile.peak(), profile.length()), (100, Some(seconds(19))));
    }

    #[test]
    fn a_ramp_that_takes_no_time_is_a_step() {
        let profile = LoadProfile::Stages(vec![
            StageKind::Ramp { from: 0, to: 10, over: Duration::ZERO },
            StageKind::Hold(seconds(1)),
        ]);
        assert_eq!(profile.users(Duration::ZERO), 10.0);
    }

    #[test]
    fn a_constant_profile_has_no_end_of_its_own() {
        assert_eq!((LoadProfile::Constant(7).users(seconds(9)), LoadProfile::Constant(7).length()), (7.0, None));
    }
}
