//! What a load will do, decided before anything connects: how many casts, for how long, at which rates, and which
//! thresholds they must keep. A plan that exists can be carried out; one that cannot is refused with a sentence.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::forecast::Forecast;
use super::labels::MOST_LABELS;
use super::profile::LoadProfile;
use super::share::Share;
use super::tempo::Tempo;
use super::threshold;
use crate::lang::ast::{DEFAULT_WARMUP, LoadPlan, LoadStage, Script, TargetRate, Threshold};
use crate::run::cast_size;
use crate::text::numbers::{counted, setting};

/// How long a load lasts after its warm-up, unless a flag or the script says otherwise.
pub const DEFAULT_DURATION: Duration = Duration::from_secs(10);
/// The most pairs of a sender and a recipient: each takes some bytes as long as the load lasts.
pub const MOST_PAIRS: u64 = 4_000_000;
/// The most users: more than a machine has descriptors for, and few enough to be counted.
const MOST_USERS: u64 = 10_000_000;

/// The settings of the command line, which override those of the script.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--users`
    pub users: Option<u64>,
    /// `--stages`
    pub stages: Option<Vec<LoadStage>>,
    /// `--duration`
    pub duration: Option<Duration>,
    /// `--connect-rate`, per second.
    pub connect_rate: Option<f64>,
    /// `--rate`, stamped sends per second.
    pub rate: Option<TargetRate>,
    /// `--warmup`
    pub warmup: Option<Duration>,
    /// `--seed`
    pub seed: Option<u64>,
    /// The seed if neither the command line nor the script has one.
    pub default_seed: u64,
    /// `--fail-if`
    pub fail_if: Vec<Threshold>,
    /// `--abort-if`
    pub abort_if: Vec<Threshold>,
    /// `--stall`: the part (0 to 1) of the users that stops reading.
    pub stall: Option<f64>,
    /// `--churn`: casts per second that leave and come back.
    pub churn: Option<f64>,
    /// `--chunk`: the most bytes of one write.
    pub chunk: Option<std::num::NonZeroUsize>,
    /// `--workers`
    pub workers: Option<usize>,
}

/// A load that can be carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Users of one cast.
    pub cast_size: u64,
    /// The number of users over time.
    pub profile: LoadProfile,
    /// The most casts at once.
    pub casts: u64,
    /// How many users were asked for, before rounding up to whole casts.
    pub asked: u64,
    /// When nothing new begins any more, from the first connect; `None` if every cast plays once.
    pub end: Option<Duration>,
    /// The time from the first connect during which nothing counts in the figures.
    pub warmup: Duration,
    /// Connects per second, if limited.
    pub connect_rate: Option<f64>,
    /// How the intervals are stretched.
    pub tempo: Arc<Tempo>,
    /// Stamped messages per second at the most, as planned, while all casts are running.
    pub rate: f64,
    /// Whether the script has an `every`.
    pub has_schedule: bool,
    /// Whether a cast starts over when its script is over: if it has no `every`, and the load has an end.
    pub starts_over: bool,
    /// The seed of generated values and schedules.
    pub seed: u64,
    /// The thresholds; the defaults are among them.
    pub thresholds: Vec<Threshold>,
    /// The thresholds that end the load as soon as they are missed.
    pub abort_if: Vec<Threshold>,
    /// The part (0 to 1) of the users that stops reading.
    pub stall: f64,
    /// Casts per second that leave and come back.
    pub churn: Option<f64>,
    /// The most bytes of one write.
    pub chunk: Option<std::num::NonZeroUsize>,
    /// Threads.
    pub workers: usize,
    /// The part of the load that this generator makes.
    pub share: Share,
}

/// Why a load cannot be carried out.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlanError {
    /// `users 0`
    #[error("the number of users must be at least 1, found 0")]
    NoUsers,
    /// More users than can be counted.
    #[error("the number of users must be at most {MOST_USERS}, found {0}")]
    TooManyUsers(u64),
    /// Both a number of users and stages.
    #[error("users and stages exclude each other: stages give the number of users over time")]
    UsersWithStages,
    /// Neither a number of users nor stages.
    #[error("no number of users: pass --users or --stages, or set it in the script's `load` block")]
    NoNumberOfUsers,
    /// Both a duration and stages.
    #[error("a duration and stages exclude each other: stages give the length of the load")]
    DurationWithStages,
    /// The load would be over before anything counted.
    #[error(
        "the warm-up of {} leaves nothing of the load, which lasts {}; shorten it with --warmup",
        setting(*warmup),
        setting(*length)
    )]
    OnlyWarmup {
        /// The warm-up.
        warmup: Duration,
        /// The whole load, with its warm-up.
        length: Duration,
    },
    /// Not all users could connect before the load is over.
    #[error(
        "{users} users at {rate} connections a second need {}, but the load lasts {}; raise --connect-rate, or make the \
         load longer",
        setting(*needed),
        setting(*length)
    )]
    NeverReached {
        /// The users.
        users: u64,
        /// Connections a second.
        rate: f64,
        /// How long it takes until all are connected.
        needed: Duration,
        /// The whole load, with its warm-up.
        length: Duration,
    },
    /// A load of more than a year.
    #[error("a load can last a year at most")]
    TooLong,
    /// A script in which no user connects.
    #[error("the script connects no users, so there is nothing to run")]
    EmptyCast,
    /// A rate without anything that it could change.
    #[error("a rate needs something to scale: a message with {{{{stamp}}}} inside an `every`")]
    NothingToScale,
    /// The rate is too far from the one that the script has by itself.
    #[error("a rate of {rate}/s is out of reach: all intervals would be multiplied by {stretch:e}")]
    RateOutOfReach {
        /// The requested rate, per second.
        rate: f64,
        /// The factor of all intervals.
        stretch: f64,
    },
    /// More pairs than can be counted.
    #[error(
        "{casts} casts of {size} users have {pairs} pairs of a sender and a recipient, and more than {MOST_PAIRS} \
         cannot be counted; use fewer users in a cast"
    )]
    TooManyPairs {
        /// Casts.
        casts: u64,
        /// Users in each.
        size: u64,
        /// Pairs.
        pairs: u64,
    },
    /// More labels than have histograms.
    #[error("the script has {0} labels, and a load can tell at most {MOST_LABELS} apart")]
    TooManyLabels(usize),
    /// Faults that make no sense.
    #[error("{0}")]
    BadFault(&'static str),
}

impl Plan {
    /// Decides each setting: from the command line, else from the script, else from the defaults.
    ///
    /// # Errors
    /// If the plan cannot be carried out.
    pub fn new(script: &Script, overrides: &Overrides) -> Result<Self, PlanError> {
        let forecast = Forecast::of(script);
        let own = script.plan.as_ref();
        let profile = profile(own, overrides)?;
        let cast_size = cast_size(script) as u64;
        if cast_size == 0 {
            return Err(PlanError::EmptyCast);
        }
        let asked = profile.peak();
        let casts = match profile {
            LoadProfile::Constant(users) => users.div_ceil(cast_size),
            LoadProfile::Stages(_) => asked / cast_size,
        };
        check_pairs(&forecast, casts, cast_size)?;
        check_labels(script)?;
        let rate = overrides.rate.as_ref().or(own.and_then(|own| own.rate.as_ref()).map(|rate| &rate.value));
        let timing = Timing::new(own, overrides, profile.length().or(rate.and_then(TargetRate::length)), &forecast)?;
        let natural = forecast.rate * casts as f64;
        let tempo = Arc::new(tempo(rate, natural)?);
        let connect_rate = overrides.connect_rate.or(own.and_then(|own| own.connect_rate).map(|rate| rate.value));
        check_reach(casts * cast_size, connect_rate, timing.end)?;
        Ok(Self {
            cast_size,
            profile,
            casts,
            asked,
            end: timing.end,
            warmup: timing.warmup,
            connect_rate,
            tempo,
            rate: rate.map_or(natural, TargetRate::peak),
            has_schedule: forecast.has_schedule,
            starts_over: !forecast.has_schedule && timing.end.is_some(),
            seed: overrides
                .seed
                .or(own.and_then(|own| own.seed).map(|seed| seed.value))
                .unwrap_or(overrides.default_seed),
            thresholds: threshold::with_defaults(
                own.map_or(&[], |own| &own.fail_if),
                &overrides.fail_if,
                forecast.has_files,
            ),
            abort_if: overrides.abort_if.clone(),
            stall: overrides.stall.unwrap_or_default(),
            churn: overrides.churn,
            chunk: overrides.chunk,
            workers: overrides.workers.unwrap_or_else(default_workers).max(1),
            share: Share::WHOLE,
        })
    }

    /// The number of casts of this generator that should be running at this time.
    #[must_use]
    pub fn casts_at(&self, time: Duration) -> u64 {
        self.share.of(match self.profile {
            LoadProfile::Constant(_) => self.casts,
            LoadProfile::Stages(_) => (self.profile.users(time) / self.cast_size as f64) as u64,
        })
    }

    /// How many casts of this generator may have begun by this time: with a limited rate of connects one after another, so that the first
    /// are complete long before the last.
    #[must_use]
    pub fn casts_to_begin(&self, time: Duration) -> u64 {
        let begun = |rate: f64| self.share.of((time.as_secs_f64() * rate / self.cast_size as f64) as u64 + 1);
        self.connect_rate.map_or(u64::MAX, begun)
    }

    /// The most casts of this generator at once.
    #[must_use]
    pub fn own_casts(&self) -> u64 {
        self.share.of(self.casts)
    }

    /// The most users of this generator at once.
    #[must_use]
    pub fn own_users(&self) -> u64 {
        self.own_casts() * self.cast_size
    }

    /// The most users at once.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.casts * self.cast_size
    }

    /// How the users were rounded to whole casts, where that is worth saying.
    #[must_use]
    pub fn rounding(&self) -> Option<String> {
        let (asked, casts, size, users) = (self.asked, self.casts, self.cast_size, self.users());
        (asked != users).then(|| format!("{}: {} of {size} = {users}", counted(asked, "user"), counted(casts, "cast")))
    }

    /// How many stamps of one cast may be under way before the oldest is given up: bounds the memory of all casts.
    #[must_use]
    pub fn most_under_way(&self) -> usize {
        usize::try_from(MOST_PAIRS / self.casts.max(1)).unwrap_or(usize::MAX).clamp(1024, 65_536)
    }
}

/// When a load ends and from when on it counts.
struct Timing {
    end: Option<Duration>,
    warmup: Duration,
}

impl Timing {
    fn new(
        own: Option<&LoadPlan>,
        overrides: &Overrides,
        stages: Option<Duration>,
        forecast: &Forecast,
    ) -> Result<Self, PlanError> {
        // Stages of the command line replace the script's duration as well.
        let has_stages =
            overrides.stages.is_some() || overrides.rate.as_ref().is_some_and(|rate| rate.length().is_some());
        let own_duration = own.filter(|_| !has_stages).and_then(|own| own.duration);
        let duration = overrides.duration.or(own_duration.map(|duration| duration.value));
        let warmup = overrides.warmup.or(own.and_then(|own| own.warmup).map(|warmup| warmup.value));
        let (end, warmup) = match (stages, duration) {
            (Some(_), Some(_)) => return Err(PlanError::DurationWithStages),
            (Some(length), None) => (Some(length), warmup.unwrap_or(DEFAULT_WARMUP)),
            // Played once, it is over before a warm-up would be: everything counts.
            (None, None) if !forecast.has_schedule => (None, warmup.unwrap_or_default()),
            (None, duration) => {
                let warmup = warmup.unwrap_or(DEFAULT_WARMUP);
                (Some(warmup.saturating_add(duration.unwrap_or(DEFAULT_DURATION))), warmup)
            }
        };
        if end.unwrap_or_default().max(warmup) > Duration::from_secs(366 * 86_400) {
            return Err(PlanError::TooLong);
        }
        match end {
            Some(length) if warmup >= length => Err(PlanError::OnlyWarmup { warmup, length }),
            Some(_) | None => Ok(Self { end, warmup }),
        }
    }
}

fn profile(own: Option<&LoadPlan>, overrides: &Overrides) -> Result<LoadProfile, PlanError> {
    let own_users = own.and_then(|own| own.users).map(|users| users.value);
    let own_stages = own.and_then(|own| own.stages.as_ref()).map(|stages| &stages.value);
    let profile = match (overrides.users, &overrides.stages) {
        (Some(_), Some(_)) => return Err(PlanError::UsersWithStages),
        (Some(users), None) => LoadProfile::Constant(users),
        (None, Some(stages)) => LoadProfile::Stages(stages.iter().map(|stage| stage.kind).collect()),
        (None, None) => match (own_users, own_stages) {
            (Some(users), _) => LoadProfile::Constant(users),
            (None, Some(stages)) => LoadProfile::Stages(stages.iter().map(|stage| stage.kind).collect()),
            (None, None) => return Err(PlanError::NoNumberOfUsers),
        },
    };
    match profile.peak() {
        0 => Err(PlanError::NoUsers),
        users if users > MOST_USERS => Err(PlanError::TooManyUsers(users)),
        _ => Ok(profile),
    }
}

fn check_pairs(forecast: &Forecast, casts: u64, size: u64) -> Result<(), PlanError> {
    let pairs = casts.saturating_mul(size.saturating_mul(size));
    if forecast.has_stamps && pairs > MOST_PAIRS {
        return Err(PlanError::TooManyPairs { casts, size, pairs });
    }
    Ok(())
}

/// Refuses a load that would be over before all its users are connected.
fn check_reach(users: u64, connect_rate: Option<f64>, end: Option<Duration>) -> Result<(), PlanError> {
    let (Some(rate), Some(length)) = (connect_rate, end) else { return Ok(()) };
    let needed = Duration::try_from_secs_f64((users as f64 / rate).ceil()).unwrap_or(Duration::MAX);
    if needed > length {
        return Err(PlanError::NeverReached { users, rate, needed, length });
    }
    Ok(())
}

fn check_labels(script: &Script) -> Result<(), PlanError> {
    let labels = script.statements().filter_map(|statement| Some(&statement.label.as_ref()?.value));
    let labels = labels.collect::<BTreeSet<_>>().len();
    if labels > MOST_LABELS { Err(PlanError::TooManyLabels(labels)) } else { Ok(()) }
}

fn tempo(rate: Option<&TargetRate>, natural: f64) -> Result<Tempo, PlanError> {
    let Some(rate) = rate else { return Ok(Tempo::Even(1.0)) };
    if natural == 0.0 {
        return Err(PlanError::NothingToScale);
    }
    let (peak, stretch) = (rate.peak(), natural / rate.peak());
    if !(1e-6..=1e6).contains(&stretch) {
        return Err(PlanError::RateOutOfReach { rate: peak, stretch });
    }
    Ok(Tempo::new(rate, natural))
}

/// Half of the processors: the server, as a rule, runs on the same machine.
fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2)).min(8)
}

#[cfg(test)]
mod tests;
