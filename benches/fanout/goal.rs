//! A figure beside its goal.

use std::fmt;

use crate::report::say;

/// What was measured, and what it may be at most.
#[derive(Debug)]
pub(crate) struct Goal {
    what: String,
    value: f64,
    at_most: f64,
    unit: &'static str,
}

impl Goal {
    pub(crate) fn new(what: impl Into<String>, value: f64, at_most: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, at_most, unit }
    }

    /// A figure that could not be had does not pass.
    pub(crate) fn passes(&self) -> bool {
        self.value <= self.at_most
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.passes() { "pass" } else { "FAIL" };
        let Self { what, value, at_most, unit } = self;
        write!(f, "  {outcome}  {what:<76} {value:>9.3} {unit}, goal <= {at_most}")
    }
}

/// All of them, and how many did not pass.
pub(crate) fn show(goals: &[Goal]) {
    say(format_args!("\ngoals"));
    goals.iter().for_each(|goal| say(format_args!("{goal}")));
    let failed = goals.iter().filter(|goal| !goal.passes()).count();
    say(format_args!("{} of {} goals passed", goals.len() - failed, goals.len()));
}
