//! The screen of a search for the capacity: every load that was tried, the figures of the last that held beside those of
//! the first that did not, and the result in a sentence.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::comparison::table;
use super::painted;
use crate::diagnostic::Color;
use crate::load::capacity::{Capacity, CapacityStep, Raised, SearchEnd};
use crate::text::numbers::{counted, rate};
use crate::text::visible::visible;

/// The figures that are shown of the two loads; the JSON report has all of them.
const SHOWN: [&str; 25] = [
    "connected",
    "sent.rate",
    "rounds.rate",
    "delivered.rate",
    "connect.p99",
    "scheduled.delivery.p50",
    "scheduled.delivery.p99",
    "scheduled.round.p50",
    "scheduled.round.p99",
    "scheduled.upload.p99",
    "scheduled.download.p99",
    "bytes.rate",
    "lost",
    "duplicated",
    "reordered",
    "misdelivered",
    "disordered",
    "corrupted",
    "undelivered",
    "unsent",
    "errors",
    "generator cpu",
    "server cpu",
    "server cpu/delivery",
    "server memory",
];

/// Writes the JSON report.
///
/// # Errors
/// If it cannot be written.
pub fn write_capacity_json(capacity: &Capacity, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, capacity)?;
    writeln!(out)?;
    out.flush()
}

/// The screen.
#[must_use]
pub fn capacity_screen(capacity: &Capacity, color: Color) -> String {
    let what = match capacity.raised {
        Raised::Users => "the number of users",
        Raised::Rate => "the rate",
    };
    let mut text = format!(
        "{}\n  {what} was raised; each load was held for {} s after {} s of warm-up\n\n",
        visible(&capacity.script),
        capacity.hold_s,
        capacity.warmup_s
    );
    for step in &capacity.steps {
        text.push_str(&row(step, capacity.raised, color));
    }
    if let (Some(held), Some(missed)) = (&capacity.held, &capacity.missed) {
        let table = table(["held", "did not hold"], [held, missed], |name| SHOWN.contains(&name));
        let _ = write!(text, "\n{table}");
    }
    let _ = write!(text, "\n{}", result(capacity, color));
    text
}

fn row(step: &CapacityStep, raised: Raised, color: Color) -> String {
    let load = load(step, raised);
    let limit = if step.generator_limit.is_some() { "; the generator was the limit" } else { "" };
    match (step.held, &step.why) {
        (true, _) => format!("  {}  {load:>16}{limit}\n", painted("held        ", "32", color)),
        (false, why) => {
            let why = why.as_deref().unwrap_or("nothing was measured");
            format!("  {}  {load:>16}  {why}{limit}\n", painted("did not hold", "31;1", color))
        }
    }
}

fn load(step: &CapacityStep, raised: Raised) -> String {
    match raised {
        Raised::Users => counted(step.users, "user"),
        Raised::Rate => rate(step.rate),
    }
}

/// The result in a sentence or two.
fn result(capacity: &Capacity, color: Color) -> String {
    let raised = capacity.raised;
    let [held, missed] = [capacity.highest_held(), capacity.lowest_missed()].map(|step| step.map(|s| load(s, raised)));
    let mut text = match (&held, &missed) {
        (Some(held), Some(missed)) => painted(&format!("capacity: {held}; {missed} did not hold"), "32;1", color),
        (Some(held), None) => painted(&format!("capacity: at least {held}"), "32;1", color),
        (None, Some(missed)) => painted(&format!("FAILED: not even {missed} held"), "31;1", color),
        (None, None) => "nothing was found".to_owned(),
    };
    let end = match capacity.ended {
        SearchEnd::Narrowed => None,
        SearchEnd::OutOfReach => {
            Some(format!("more was not tried: {}", capacity.reason.as_deref().unwrap_or_default()))
        }
        SearchEnd::Unreachable => Some("nobody could connect any more, so the search ended".to_owned()),
        SearchEnd::NothingMeasured => Some("nothing was measured".to_owned()),
        SearchEnd::Interrupted => Some("interrupted before the capacity was known".to_owned()),
    };
    if let Some(end) = end {
        let _ = write!(text, "\n{end}");
    }
    if let Some(reason) = capacity.generator_limit() {
        let _ = write!(text, "\nTHE GENERATOR WAS THE LIMIT, so the server may bear more:\n  {reason}");
    }
    text + "\n"
}
