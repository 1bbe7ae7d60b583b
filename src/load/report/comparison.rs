//! Two loads side by side: every figure of both, and how much the second differs from the first.

use std::fmt::Write as _;
use std::io::Read;

use thiserror::Error;

use super::noise::{is_close, is_noise};
use crate::lang::ast::{Figure, Unit};
use crate::load::outcome::{Outcome, SCHEMA};
use crate::text::numbers::{bytes, count, latency, rate};
use crate::text::visible::visible;

/// The width of the table's columns: what, the two values, the change.
const COLUMNS: [usize; 4] = [24, 16, 16, 14];

/// Why a report cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not JSON, or not the report of a load.
    #[error("it is not the JSON report of a load")]
    Malformed(#[source] serde_json::Error),
    /// Another version wrote it.
    #[error("expected a report with the schema '{SCHEMA}', found '{0}'")]
    OtherSchema(String),
}

/// Reads a JSON report.
///
/// # Errors
/// If it is none.
pub fn read(input: impl Read) -> Result<Outcome, ReadError> {
    let value: serde_json::Value = serde_json::from_reader(input).map_err(ReadError::Malformed)?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(schema) if schema != SCHEMA => Err(ReadError::OtherSchema(schema.to_owned())),
        Some(_) | None => serde_json::from_value(value).map_err(ReadError::Malformed),
    }
}

/// One row: what it is, both values, how they are written.
struct FigureRow {
    name: String,
    values: [Option<f64>; 2],
    show: fn(f64) -> String,
    is_noise: bool,
}

/// The table. `names` are what the two are called.
#[must_use]
pub fn compare(names: [&str; 2], outcomes: [&Outcome; 2]) -> String {
    format!(
        "{}{}\n~ within the noise: two equal loads of this length can differ by as much\n",
        conditions(names, outcomes),
        table(names, outcomes, |_| true)
    )
}

/// The rows whose names are wanted, if there is something in them.
pub(super) fn table(names: [&str; 2], outcomes: [&Outcome; 2], is_wanted: impl Fn(&str) -> bool) -> String {
    let rows = rows(outcomes).into_iter().filter(|row| is_wanted(&row.name));
    let [first, second] = names;
    let [what, left, right, last] = COLUMNS;
    let mut text = String::new();
    let _ = writeln!(text, "{:<what$}{first:>left$}{second:>right$}{:>last$}", "", "change");
    for row in rows.filter(|row| row.values.iter().any(|value| value.is_some_and(|value| value != 0.0))) {
        let cell = |value: Option<f64>| value.map_or("-".to_owned(), row.show);
        let [before, after] = row.values;
        let change = change(before, after, row.is_noise);
        let _ = writeln!(text, "{:<what$}{:>left$}{:>right$}{change:>last$}", row.name, cell(before), cell(after));
    }
    text
}

/// The conditions of the two loads; both, with a warning, if they differ.
fn conditions(names: [&str; 2], outcomes: [&Outcome; 2]) -> String {
    let of = |outcome: &Outcome| {
        let plan = &outcome.plan;
        let faults = if plan.faults.is_empty() { String::new() } else { format!(", {}", plan.faults.join(", ")) };
        format!(
            "{}: {} users in casts of {}, {:.0} s{faults}",
            visible(&outcome.script),
            plan.users,
            plan.cast_size,
            plan.duration_s
        )
    };
    let [first, second] = outcomes.map(of);
    let same = if first == second {
        format!("{first}\n")
    } else {
        format!("NOT THE SAME LOAD, so take care:\n  {first}\n  {second}\n")
    };
    let made = names.iter().zip(outcomes).filter_map(|(name, outcome)| {
        let from = outcome.provenance.as_ref()?;
        Some(visible(&format!("  {name}: {}, chatctl {}, server {}", from.started, from.chatctl, from.server)) + "\n")
    });
    format!("{same}{}\n", made.collect::<String>())
}

fn rows(outcomes: [&Outcome; 2]) -> Vec<FigureRow> {
    let row = |figure: Figure| FigureRow {
        name: figure.name(),
        is_noise: is_noise(figure, outcomes.map(|outcome| &outcome.figures)),
        values: outcomes.map(|outcome| outcome.figures.value(figure)),
        show: match figure.unit() {
            Unit::Milliseconds => latency,
            Unit::PerSecond => rate,
            Unit::Count => |value| count(value as u64),
        },
    };
    Figure::all().map(row).chain(costs(outcomes)).collect()
}

fn costs(outcomes: [&Outcome; 2]) -> [FigureRow; 6] {
    let row = |name: &str, of: fn(&Outcome) -> Option<f64>, show: fn(f64) -> String| FigureRow {
        name: name.to_owned(),
        is_noise: matches!(outcomes.map(of), [Some(before), Some(after)] if is_close(before, after)),
        values: outcomes.map(of),
        show,
    };
    [
        row("connected", |outcome| Some(outcome.figures.connected as f64), |value| count(value as u64)),
        row("delivered.rate", |outcome| Some(outcome.figures.delivered_rate), rate),
        row("generator cpu", |outcome| Some(outcome.generator.cpu_s), |value| format!("{value:.2} s")),
        row("server cpu", |outcome| Some(outcome.server?.cpu_s), |value| format!("{value:.2} s")),
        row("server cpu/delivery", |outcome| outcome.server?.cpu_per_delivery_us, |value| format!("{value:.2} us")),
        row("server memory", |outcome| Some(outcome.server?.memory as f64), |value| bytes(value as u64)),
    ]
}

fn change(before: Option<f64>, after: Option<f64>, is_noise: bool) -> String {
    let mark = if is_noise { " ~" } else { "" };
    match (before, after) {
        (Some(before), Some(after)) if before == after => "=".to_owned(),
        (Some(before), Some(after)) if before != 0.0 => {
            let part = after / before - 1.0;
            if part.abs() < 10.0 {
                format!("{:+.1}%{mark}", part * 100.0)
            } else {
                format!("x {:.1}{mark}", after / before)
            }
        }
        (Some(_), None) => "gone".to_owned(),
        (Some(_) | None, _) => format!("new{mark}"),
    }
}
