//! The results of a run, for people and for programs.
//!
//! [`RunProgress`] tells of each file while the run goes on, [`Summary`] of all of them at its end; [`junit`] and [`json`]
//! are for other programs. All are made from outcomes alone and write to whatever they are given.

pub mod json;
pub mod junit;
mod progress;
mod provenance;
mod summary;

pub use progress::{RunProgress, Running, line};
pub use provenance::{EMBEDDED, Machine, Provenance};
pub use summary::Summary;

use crate::diagnostic::{Color, Renderer};
use crate::run::explain::explain;
use crate::run::outcome::{Failure, FileOutcome, TestVerdict};

/// A failure as text.
#[must_use]
pub fn failure_text(file: &FileOutcome, failure: &Failure, color: Color) -> String {
    Renderer { color }.render(&explain(&file.source, failure))
}

/// How a file or a test ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything that ran passed.
    Passed,
    /// Something failed.
    Failed,
    /// It was interrupted.
    Interrupted,
    /// Nothing ran.
    Skipped,
    /// The file has errors, so that nothing of it could run.
    Error,
}

impl Ending {
    /// How this test ended.
    #[must_use]
    pub fn of(verdict: &TestVerdict) -> Self {
        match verdict {
            TestVerdict::Passed => Self::Passed,
            TestVerdict::Failed(_) => Self::Failed,
            TestVerdict::Skipped => Self::Skipped,
            TestVerdict::Interrupted => Self::Interrupted,
        }
    }

    /// Of a file: error if it has errors, else the first of failed, interrupted, passed, skipped that one of its tests ended in.
    #[must_use]
    pub fn of_file(file: &FileOutcome) -> Self {
        if !file.errors.is_empty() {
            return Self::Error;
        }
        let endings: Vec<Self> = file.tests.iter().map(|test| Self::of(&test.verdict)).collect();
        let order = [Self::Failed, Self::Interrupted, Self::Passed];
        order.into_iter().find(|ending| endings.contains(ending)).unwrap_or(Self::Skipped)
    }

    /// The word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}
