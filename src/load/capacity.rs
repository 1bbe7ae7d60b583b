//! `--find-capacity`: loads one after another, each on fresh connections, until the highest is known that a server bears.
//! The result is plain data, whose serialized form is the JSON report; see `docs/load-report.md`.
//!
//! A load that does not hold is tried a second time, as a single miss may be chance. Nothing here knows how results are shown.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::select;
use serde::{Deserialize, Serialize};
use smol::Timer;
use thiserror::Error;

use super::engine;
use super::outcome::{LoadProvenance, LoadVerdict, Outcome};
use super::plan::{DEFAULT_DURATION, Overrides, Plan, PlanError};
use super::profile::LoadProfile;
use super::resources::{Resources, Shortage};
use super::sample::Sample;
use super::search::Search;
use super::target::Target;
use crate::lang::ast::{Script, TargetRate};
use crate::lang::load_errors;
use crate::run::Stop;

/// The name and version of the JSON report.
pub const CAPACITY_SCHEMA: &str = "chatctl-capacity-1";
/// The time between two loads, in which a server frees what the last one held.
const PAUSE: Duration = Duration::from_secs(1);
/// A rate is searched in steps of a thousandth of a line per second.
const PER_LINE: f64 = 1e3;

/// What the search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// The version of this shape: [`CAPACITY_SCHEMA`].
    pub schema: String,
    /// The title of the script, or the name of its file.
    pub script: String,
    /// Where the report comes from.
    pub provenance: Option<LoadProvenance>,
    /// What was raised.
    pub raised: Raised,
    /// How long each load was held after its warm-up, in seconds.
    pub hold_s: f64,
    /// The length of each warm-up, in seconds.
    pub warmup_s: f64,
    /// Why the search ended.
    pub ended: SearchEnd,
    /// Why no higher load was tried, if `ended` is `out-of-reach`.
    pub reason: Option<String>,
    /// Every load that was tried, in order.
    pub steps: Vec<CapacityStep>,
    /// The report of the highest load that held; `None` if none did.
    pub held: Option<Outcome>,
    /// The report of the lowest load that did not hold; `None` if all did.
    pub missed: Option<Outcome>,
}

/// What a search raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Raised {
    /// The number of users.
    Users,
    /// The stamped messages per second.
    Rate,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SearchEnd {
    /// The highest load that holds is known.
    Narrowed,
    /// The next load cannot be made here.
    OutOfReach,
    /// Nobody could connect any more.
    Unreachable,
    /// Nothing of a load could be measured.
    NothingMeasured,
    /// The search was interrupted.
    Interrupted,
}

/// A load that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityStep {
    /// Its users.
    pub users: u64,
    /// Its stamped messages per second, as planned.
    pub rate: f64,
    /// Whether it held.
    pub held: bool,
    /// The threshold that it missed, with its figure.
    pub why: Option<String>,
    /// Why the generator, and not the server, was the limit; `None` if it was not.
    pub generator_limit: Option<String>,
}

/// What a search tells while it goes on.
#[derive(Debug)]
pub enum SearchEvent<'a> {
    /// This load begins.
    Begun(&'a Plan),
    /// A second of it is over.
    Second(&'a Sample),
    /// It is over.
    Ended,
}

/// Why a search cannot be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CapacityError {
    /// The first load cannot be carried out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is too little of something for the first load.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// Stages of users.
    #[error("--find-capacity sets the number of users itself, so it needs a number to begin with, not stages")]
    Stages,
    /// Stages of a rate.
    #[error("--find-capacity sets the rate itself, so it needs a rate to begin with, not stages")]
    RateStages,
}

/// A search that can be made.
#[derive(Debug)]
pub struct CapacitySearch {
    script: Arc<Script>,
    overrides: Overrides,
    resources: Resources,
    raised: Raised,
    first: Plan,
}

impl CapacitySearch {
    /// A search that begins with the load of the script and these settings.
    ///
    /// # Errors
    /// If that load cannot be carried out, or has stages.
    pub fn new(script: &Arc<Script>, overrides: &Overrides, resources: Resources) -> Result<Self, CapacityError> {
        let mut overrides = overrides.clone();
        let mut first = Plan::new(script, &overrides)?;
        let own = script.plan.as_ref();
        let rate = overrides.rate.as_ref().or(own.and_then(|own| own.rate.as_ref()).map(|rate| &rate.value));
        let raised = match rate {
            Some(TargetRate::Stages(_)) => return Err(CapacityError::RateStages),
            Some(TargetRate::Constant(_)) => Raised::Rate,
            None => Raised::Users,
        };
        if matches!(first.profile, LoadProfile::Stages(_)) {
            return Err(CapacityError::Stages);
        }
        if first.end.is_none() {
            // A load that is over at once has not been held.
            overrides.duration = Some(DEFAULT_DURATION);
            first = Plan::new(script, &overrides)?;
        }
        resources.check(&first)?;
        // The same load is the same load in every step.
        overrides.seed = Some(first.seed);
        Ok(Self { script: Arc::clone(script), overrides, resources, raised, first })
    }

    /// The first load.
    #[must_use]
    pub fn first(&self) -> &Plan {
        &self.first
    }

    /// Makes the search.
    ///
    /// # Errors
    /// If the system has no thread left for a worker.
    pub fn run(&self, target: &Target, stop: &Stop, watch: &mut dyn FnMut(SearchEvent<'_>)) -> io::Result<Capacity> {
        let mut search = Search::new(self.start());
        let mut capacity = self.nothing_found();
        while let Some(load) = search.next() {
            let plan = match self.plan(load) {
                Ok(plan) => plan,
                Err(reason) => {
                    (capacity.ended, capacity.reason) = (SearchEnd::OutOfReach, Some(reason));
                    break;
                }
            };
            let outcome = self.hold(&plan, target, stop, watch)?;
            let verdict = outcome.verdict(false);
            if verdict == LoadVerdict::Interrupted {
                capacity.ended = SearchEnd::Interrupted;
                break;
            }
            let is_first = capacity.steps.is_empty();
            search.note(load, verdict == LoadVerdict::Passed);
            let is_reached = outcome.figures.connected > 0;
            capacity.note(outcome, &plan);
            if verdict == LoadVerdict::NothingMeasured && is_first {
                capacity.ended = SearchEnd::NothingMeasured;
                break;
            }
            if !is_reached && verdict == LoadVerdict::NoConnection {
                capacity.ended = SearchEnd::Unreachable;
                break;
            }
            pause(stop);
        }
        Ok(capacity)
    }

    fn start(&self) -> u64 {
        match self.raised {
            Raised::Users => self.first.casts,
            Raised::Rate => (self.first.rate * PER_LINE) as u64,
        }
    }

    fn nothing_found(&self) -> Capacity {
        let (script, plan) = (&self.script, &self.first);
        Capacity {
            schema: CAPACITY_SCHEMA.to_owned(),
            script: script.title.as_ref().map_or(script.source.name(), |title| &title.value).to_owned(),
            provenance: None,
            raised: self.raised,
            hold_s: plan.end.unwrap_or_default().saturating_sub(plan.warmup).as_secs_f64(),
            warmup_s: plan.warmup.as_secs_f64(),
            ended: SearchEnd::Narrowed,
            reason: None,
            steps: Vec::new(),
            held: None,
            missed: None,
        }
    }

    /// The plan of a load, or why it cannot be made.
    fn plan(&self, load: u64) -> Result<Plan, String> {
        let mut overrides = self.overrides.clone();
        match self.raised {
            Raised::Users => overrides.users = Some(load.saturating_mul(self.first.cast_size)),
            Raised::Rate => overrides.rate = Some(TargetRate::Constant(load as f64 / PER_LINE)),
        }
        let plan = Plan::new(&self.script, &overrides).map_err(|error| error.to_string())?;
        self.resources.check(&plan).map_err(|error| error.to_string())?;
        let errors = if plan.casts > 1 { load_errors(&self.script, Some(plan.casts)) } else { Vec::new() };
        errors.first().map_or(Ok(plan), |error| Err(error.message.clone()))
    }

    /// Makes a load, and once more if it did not hold.
    fn hold(
        &self,
        plan: &Plan,
        target: &Target,
        stop: &Stop,
        watch: &mut dyn FnMut(SearchEvent<'_>),
    ) -> io::Result<Outcome> {
        let outcome = self.play(plan, target, stop, watch)?;
        if [LoadVerdict::Passed, LoadVerdict::Interrupted].contains(&outcome.verdict(false)) {
            return Ok(outcome);
        }
        pause(stop);
        self.play(plan, target, stop, watch)
    }

    fn play(
        &self,
        plan: &Plan,
        target: &Target,
        stop: &Stop,
        watch: &mut dyn FnMut(SearchEvent<'_>),
    ) -> io::Result<Outcome> {
        watch(SearchEvent::Begun(plan));
        let outcome = engine::run(&self.script, plan.clone(), target, stop, &mut |sample| {
            watch(SearchEvent::Second(sample));
        });
        watch(SearchEvent::Ended);
        outcome
    }
}

impl Capacity {
    /// Notes a load that is over.
    fn note(&mut self, outcome: Outcome, plan: &Plan) {
        let held = outcome.verdict(false) == LoadVerdict::Passed;
        self.steps.push(CapacityStep {
            users: plan.users(),
            rate: (plan.rate * PER_LINE).round() / PER_LINE,
            held,
            why: if held { None } else { why(&outcome) },
            generator_limit: outcome.generator.limit.clone(),
        });
        // In a search, what holds is higher each time, and what does not is lower.
        *if held { &mut self.held } else { &mut self.missed } = Some(outcome);
    }

    /// The step of the highest load that held.
    #[must_use]
    pub fn highest_held(&self) -> Option<&CapacityStep> {
        self.steps.iter().rfind(|step| step.held)
    }

    /// The step of the lowest load that did not hold.
    #[must_use]
    pub fn lowest_missed(&self) -> Option<&CapacityStep> {
        self.steps.iter().rfind(|step| !step.held)
    }

    /// Why the generator, and not the server, may be the limit: it was in the lowest load that did not hold, or, if all
    /// held, in the highest.
    #[must_use]
    pub fn generator_limit(&self) -> Option<&str> {
        self.lowest_missed().or(self.highest_held())?.generator_limit.as_deref()
    }

    /// The verdict on the search: that on a load that passed, if any held.
    #[must_use]
    pub fn verdict(&self, is_strict: bool) -> LoadVerdict {
        match self.ended {
            SearchEnd::Interrupted => LoadVerdict::Interrupted,
            SearchEnd::NothingMeasured => LoadVerdict::NothingMeasured,
            SearchEnd::Unreachable if self.held.is_none() => LoadVerdict::NoConnection,
            _ if is_strict && self.generator_limit().is_some() => LoadVerdict::GeneratorLimited,
            _ if self.held.is_none() => LoadVerdict::Missed,
            _ => LoadVerdict::Passed,
        }
    }
}

/// Why a load did not hold.
fn why(outcome: &Outcome) -> Option<String> {
    if outcome.figures.connected == 0 {
        return Some("nobody could connect".to_owned());
    }
    let missed = outcome.thresholds.iter().find(|threshold| !threshold.kept);
    let missed =
        missed.map(|missed| format!("{} ({})", missed.fail_if, missed.value.as_deref().unwrap_or("not measured")));
    outcome.aborted.clone().or(missed)
}

/// Waits until the server has had time to free what the last load held, or the search is stopped.
fn pause(stop: &Stop) {
    smol::block_on(select(Timer::after(PAUSE), Box::pin(stop.stopped())));
}
