//! The reports of a load: a screen, a JSON file, a page with charts, and the progress while it runs. Everything but the
//! progress is a function of an [`Outcome`].

mod chart;
mod comparison;
mod histogram;
mod html;
mod progress;
mod screen;

#[cfg(test)]
mod tests;

pub use comparison::{ReadError, compare, read};
pub use html::write as write_html;
pub use progress::LoadProgress;
pub use screen::screen;

use std::io::{self, Write};

use super::outcome::{Outcome, Verdict};
use crate::text::numbers::counted;

/// Writes the JSON report.
///
/// # Errors
/// If it cannot be written.
pub fn write_json(outcome: &Outcome, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, outcome)?;
    writeln!(out)?;
    out.flush()
}

/// Why the load failed, in words; `None` if it passed or was only interrupted.
fn failure(outcome: &Outcome, is_strict: bool) -> Option<String> {
    let missed = outcome.thresholds.iter().filter(|threshold| !threshold.kept).count() as u64;
    match outcome.verdict(is_strict) {
        _ if missed > 0 => Some(format!("{} missed", counted(missed, "threshold"))),
        Verdict::NothingRan => Some("nothing ran, there were never enough users for a whole cast".to_owned()),
        Verdict::NoConnection => Some("no connection".to_owned()),
        Verdict::GeneratorLimited => Some("the generator was the limit".to_owned()),
        Verdict::Interrupted | Verdict::Missed | Verdict::Passed => None,
    }
}
