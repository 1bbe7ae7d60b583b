//! The result of a load: everything that the reports show, as data. Its serialized form is the JSON report; see
//! `docs/load-report.md`.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

use super::failure_kind::FailureKind;
use super::figures::{Figures, LabelFigures};
use super::sample::Sample;
use crate::delivery::counts::Undelivered;
use crate::lang::ast::Latency;
use crate::run::report::{Machine, Provenance};

/// The name and version of the JSON report.
pub const SCHEMA: &str = "chatctl-load-1";
/// The result of a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The version of this shape: [`SCHEMA`].
    pub schema: String,
    /// The title of the script, or the name of its file.
    pub script: String,
    /// When, with what, against which server and on which machine it was made; `None` in reports of older versions.
    #[serde(default)]
    pub provenance: Option<LoadProvenance>,
    /// Whether the load was interrupted before its end.
    pub interrupted: bool,
    /// The threshold of `--abort-if` that ended the load, with its figure.
    #[serde(default)]
    pub aborted: Option<String>,
    /// What the load was asked to do.
    pub plan: PlanSummary,
    /// The thresholds, each with the figure that was measured.
    pub thresholds: Vec<Judgement>,
    /// The figures that thresholds and reports name.
    pub figures: Figures,
    /// The figures of the statements that bear a label, by label.
    #[serde(default)]
    pub labels: BTreeMap<String, LabelFigures>,
    /// The failures inside casts, by kind.
    pub errors: Vec<FailureGroup>,
    /// Deliveries that were no longer due, by reason.
    pub undelivered: Undelivered,
    /// The longest time that a cast waited for messages in flight after its last send, in seconds.
    pub settled_s: f64,
    /// For how long the server made its clients wait because they sent too fast, all together, in seconds; `None` if it does not
    /// say.
    #[serde(default)]
    pub throttled_s: Option<f64>,
    /// The health of the generator.
    pub generator: GeneratorHealth,
    /// What each of several generators did; empty if there was one.
    #[serde(default)]
    pub generators: Vec<GeneratorShare>,
    /// The resources that the server's process used, if they were measured.
    pub server: Option<ServerUsage>,
    /// The load second by second.
    pub series: Vec<Sample>,
    /// The distribution of the main latency, from the intended start: the upper end of each range in milliseconds, and how many
    /// are in it.
    pub distribution: Vec<(f64, u64)>,
    /// The main latency: of deliveries, or of rounds or connects if nothing was delivered.
    pub main_latency: Latency,
}

/// Where a report comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadProvenance {
    /// When the load began, in local time, as RFC 3339.
    pub started: String,
    /// The version of chatctl.
    pub chatctl: String,
    /// The arguments of chatctl, without the program's name.
    pub arguments: Vec<String>,
    /// The address of the server as it was given, or `embedded`.
    pub server: String,
    /// The name of the machine that chatctl ran on.
    pub host: Option<String>,
    /// Its operating system and architecture.
    pub system: String,
    /// Processors that chatctl may use.
    pub processors: usize,
    /// Its memory, in bytes.
    pub memory: Option<u64>,
}

impl From<Provenance> for LoadProvenance {
    fn from(from: Provenance) -> Self {
        let Provenance { started, version, arguments, server, machine } = from;
        let Machine { host, system, processors, memory } = machine;
        Self {
            started: started.to_rfc3339_opts(SecondsFormat::Secs, false),
            chatctl: version.to_owned(),
            arguments,
            server,
            host,
            system,
            processors,
            memory,
        }
    }
}

/// What the load was asked to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanSummary {
    /// The most users at once.
    pub users: u64,
    /// The most casts at once.
    pub casts: u64,
    /// Users in each cast.
    pub cast_size: u64,
    /// The length of the warm-up, in seconds.
    pub warmup_s: f64,
    /// The time until nothing new began, in seconds; the warm-up is included.
    pub duration_s: f64,
    /// Stamped messages per second of all casts, as planned.
    pub rate: f64,
    /// The seed of generated values and schedules.
    pub seed: u64,
    /// Threads of the generator.
    pub workers: usize,
    /// What was done to the users on purpose, in words.
    pub faults: Vec<String>,
}

/// A threshold with the figure that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The threshold, as it is written after `fail if`.
    pub fail_if: String,
    /// The measured figure; `None` if nothing was measured.
    pub value: Option<String>,
    /// Whether the threshold was kept.
    pub kept: bool,
}

/// The failures of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// What these failures have in common.
    pub kind: FailureKind,
    /// How many there were.
    pub count: u64,
    /// The first of them, in full.
    pub example: String,
}

/// The health of the generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneratorHealth {
    /// The 99th percentile of how late scheduled turns began that nothing but the generator delayed, in milliseconds.
    pub lateness_p99: Option<f64>,
    /// The longest such delay, in milliseconds.
    pub lateness_max: Option<f64>,
    /// Processor time, in seconds.
    pub cpu_s: f64,
    /// Processor time as a part (0 to 1) of what the workers could have used.
    pub cpu_part: f64,
    /// The most memory, in bytes.
    pub memory: u64,
    /// The memory that each user took, in bytes.
    pub memory_per_user: u64,
    /// The most file descriptors.
    pub descriptors: u64,
    /// What other programs used of this machine's processors, as a part (0 to 1); `None` if that is not known.
    #[serde(default)]
    pub others_part: Option<f64>,
    /// Whether the server ran in the same process.
    pub is_with_server: bool,
    /// Why the generator, and not the server, was the limit; `None` if it was not.
    pub limit: Option<String>,
}

/// What one of several generators did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GeneratorShare {
    /// The name of its machine, and its process.
    pub name: String,
    /// The most users at once that it was to have.
    pub users: u64,
    /// Its health; `None` if it did not report.
    pub health: Option<GeneratorHealth>,
    /// Why its part of the load is not whole; `None` if it is.
    pub failure: Option<String>,
}

/// The resources that the server's process used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerUsage {
    /// Processor time, in seconds.
    pub cpu_s: f64,
    /// Processor time for each delivery, in microseconds.
    pub cpu_per_delivery_us: Option<f64>,
    /// The most memory, in bytes.
    pub memory: u64,
    /// The most file descriptors.
    pub descriptors: u64,
}

/// The verdict on a load; each variant has an exit code. The first that applies decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadVerdict {
    /// The load was interrupted.
    Interrupted,
    /// One of several generators did not do its part.
    GeneratorLost,
    /// No user could connect, or all connections ended.
    NoConnection,
    /// Nothing was measured: no cast began, or all was over before anything counted.
    NothingMeasured,
    /// The generator was the limit, which counts only if the caller is strict about it.
    GeneratorLimited,
    /// A threshold was missed.
    Missed,
    /// Every threshold was kept.
    Passed,
}

impl Outcome {
    /// The verdict on the load. The generator as the limit counts only if `is_strict`.
    #[must_use]
    pub fn verdict(&self, is_strict: bool) -> LoadVerdict {
        let failed: u64 = self.errors.iter().map(|error| error.count).sum();
        if self.interrupted {
            LoadVerdict::Interrupted
        } else if self.generators.iter().any(|generator| generator.failure.is_some()) {
            LoadVerdict::GeneratorLost
        } else if self.is_disconnected() {
            LoadVerdict::NoConnection
        } else if failed == 0 && self.measured_nothing() {
            LoadVerdict::NothingMeasured
        } else if is_strict && self.generator.limit.is_some() {
            LoadVerdict::GeneratorLimited
        } else if self.aborted.is_some() || self.thresholds.iter().any(|threshold| !threshold.kept) {
            LoadVerdict::Missed
        } else if self.measured_nothing() {
            LoadVerdict::NothingMeasured
        } else {
            LoadVerdict::Passed
        }
    }

    /// Whether there is nothing that a figure could be of: nobody came, or nothing that users did counts, though they did
    /// something or were going to.
    #[must_use]
    pub fn measured_nothing(&self) -> bool {
        let figures = &self.figures;
        let did_something = self.series.iter().any(|sample| sample.sent > 0.0 || sample.p50.is_some());
        // A generator that could not keep up is another story, which its report tells.
        let counts_nothing =
            figures.sent == 0 && figures.rounds == 0 && figures.files() == 0 && self.generator.limit.is_none();
        let never_began = figures.unready > 0 && figures.unready >= figures.casts;
        figures.connected == 0 || never_began || (counts_nothing && (did_something || self.interrupted))
    }

    /// Whether nobody could connect, or every cast ended because its connections did.
    fn is_disconnected(&self) -> bool {
        let of_connection = |error: &&FailureGroup| error.kind.is_of_connection();
        let lost: u64 = self.errors.iter().filter(of_connection).map(|error| error.count).sum();
        let is_all = !self.errors.is_empty() && self.errors.iter().all(|error| of_connection(&error));
        let nobody_came = self.figures.connected == 0 && lost > 0;
        nobody_came || (is_all && self.figures.casts > 0 && lost >= self.figures.casts)
    }
}
