//! The reports of a load: a screen, a JSON file, a page with charts, and the progress while it runs. Everything but the
//! progress is a function of an [`Outcome`].

mod capacity;
mod chart;
mod comparison;
mod histogram;
mod html;
mod noise;
mod progress;
mod regression;
mod screen;

#[cfg(test)]
mod tests;

pub use capacity::{capacity_screen, write_capacity_json};
pub use comparison::{ReadError, compare, read};
pub use html::write as write_html;
pub use progress::LoadProgress;
pub use regression::{Compared, Regression};
pub use screen::screen;

use std::io::{self, Write};

use super::outcome::{LoadVerdict, Outcome};
use crate::diagnostic::Color;
use crate::text::numbers::counted;
use crate::text::visible::visible;

/// Writes the JSON report.
///
/// # Errors
/// If it cannot be written.
pub fn write_json(outcome: &Outcome, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, outcome)?;
    writeln!(out)?;
    out.flush()
}

/// Text in this color of a terminal.
fn painted(text: &str, code: &str, color: Color) -> String {
    match color {
        Color::Plain => text.to_owned(),
        Color::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
    }
}

/// Why the load failed, in words; `None` if it passed or was only interrupted.
fn failure(outcome: &Outcome, is_strict: bool) -> Option<String> {
    match outcome.verdict(is_strict) {
        LoadVerdict::GeneratorLost => Some(lost(outcome)),
        LoadVerdict::NoConnection if outcome.figures.connected == 0 => {
            Some("no connection: nobody could connect".to_owned())
        }
        LoadVerdict::NoConnection => Some("no connection: all that there were broke".to_owned()),
        LoadVerdict::NothingMeasured => Some(nothing(outcome)),
        LoadVerdict::Missed if outcome.aborted.is_some() => {
            Some(format!("aborted, as {}", outcome.aborted.as_deref().unwrap_or_default()))
        }
        LoadVerdict::Interrupted if outcome.measured_nothing() => None,
        LoadVerdict::Missed | LoadVerdict::Interrupted | LoadVerdict::GeneratorLimited if missed(outcome) > 0 => {
            Some(format!("{} missed", counted(missed(outcome), "threshold")))
        }
        LoadVerdict::GeneratorLimited => Some("the generator was the limit".to_owned()),
        LoadVerdict::Interrupted | LoadVerdict::Missed | LoadVerdict::Passed => None,
    }
}

/// Which generators did not do their part, and why.
fn lost(outcome: &Outcome) -> String {
    let all = outcome.generators.len();
    let lost = outcome.generators.iter().enumerate().filter_map(|(place, generator)| {
        let failure = generator.failure.as_ref()?;
        Some(format!("generator {} of {all} ({}) {failure}", place + 1, visible(&generator.name)))
    });
    format!("{}; the figures are of the others", lost.collect::<Vec<_>>().join(", "))
}

fn missed(outcome: &Outcome) -> u64 {
    outcome.thresholds.iter().filter(|threshold| !threshold.kept).count() as u64
}

/// Why nothing was measured.
fn nothing(outcome: &Outcome) -> String {
    let figures = &outcome.figures;
    if figures.connected == 0 && figures.unready == 0 {
        "nothing ran, there were never enough users for a whole cast".to_owned()
    } else if figures.unready > 0 && figures.unready >= figures.casts {
        let (logins, users) = (counted(figures.connected, "login"), counted(outcome.plan.users, "user"));
        format!("nothing was measured, no cast got past its logins: {logins} of {users} when the load was over")
    } else {
        "nothing was measured, everything that users did was in the warm-up".to_owned()
    }
}

/// That the server made its clients wait, if it did.
fn throttled(outcome: &Outcome) -> Option<String> {
    let waited = outcome.throttled_s.filter(|waited| *waited > 0.0)?;
    Some(format!(
        "the server held its clients back for {waited:.1} s in total (its --message-rate):\n\
         the latencies have that in them"
    ))
}

/// Why a load that passed passed with a reservation.
fn reservation(outcome: &Outcome) -> Option<String> {
    if outcome.generator.limit.is_some() {
        return Some("but the latencies are not the server's".to_owned());
    }
    if throttled(outcome).is_some() {
        return Some("but the server held its clients back".to_owned());
    }
    let unready = outcome.figures.unready;
    (unready > 0).then(|| {
        format!("but {} of {} never got past the logins", counted(unready, "cast"), outcome.plan.casts.max(unready))
    })
}
