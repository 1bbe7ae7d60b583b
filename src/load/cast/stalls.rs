//! The users of a cast that are made to stop reading (`--stall`).

use std::sync::{Arc, Mutex, MutexGuard};

use crate::client::Gate;
use crate::lang::ast::Name;
use crate::load::plan::Plan;
use crate::lock::Locked;

/// The users of one cast that are made to stop reading.
#[derive(Debug)]
pub(super) struct Stalls {
    /// The part of all users of the load, from 0 to 1.
    part: f64,
    /// The number of the cast's first user among all users of the load.
    first_user: u64,
    state: Mutex<StallState>,
}

#[derive(Debug, Default)]
struct StallState {
    chosen: Vec<Chosen>,
    has_begun: bool,
}

#[derive(Debug)]
struct Chosen {
    user: usize,
    label: Name,
    gate: Arc<Gate>,
}

impl Stalls {
    /// Those of the cast with this number, from 1.
    pub(super) fn new(plan: &Plan, cast: u64) -> Self {
        Self { part: plan.stall, first_user: (cast - 1) * plan.cast_size, state: Mutex::default() }
    }

    /// Adds a user with the gate through which it is read, if it is one of those that stall.
    pub(super) fn add(&self, user: usize, label: &Name, gate: &Arc<Gate>) {
        if is_chosen(self.first_user + user as u64, self.part) {
            self.state().chosen.push(Chosen { user, label: label.clone(), gate: Arc::clone(gate) });
        }
    }

    /// Closes the gates, once. Returns the users that stopped reading by this.
    pub(super) fn begin(&self) -> Vec<usize> {
        let mut state = self.state();
        if std::mem::replace(&mut state.has_begun, true) {
            return Vec::new();
        }
        state.chosen.iter().for_each(|chosen| chosen.gate.close());
        state.chosen.iter().map(|chosen| chosen.user).collect()
    }

    /// Opens the gates again. `before` is told of each user before it reads again.
    pub(super) fn end(&self, before: impl Fn(usize)) {
        let state = self.state();
        for chosen in state.chosen.iter().filter(|_| state.has_begun) {
            before(chosen.user);
            chosen.gate.open();
        }
    }

    /// Whether this user has been made to stop reading.
    pub(super) fn has_stalled(&self, label: &Name) -> bool {
        let state = self.state();
        state.has_begun && state.chosen.iter().any(|chosen| chosen.label == *label)
    }

    fn state(&self) -> MutexGuard<'_, StallState> {
        self.state.locked()
    }
}

/// Whether the user with this number is among such a part of all, spread evenly.
fn is_chosen(user: u64, part: f64) -> bool {
    ((user + 1) as f64 * part).floor() > (user as f64 * part).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_users_that_stall_is_exact_and_spread_evenly() {
        let stalling = |part| (0..1000).filter(|&user| is_chosen(user, part)).count();
        assert_eq!([0.0, 0.01, 0.5, 1.0].map(stalling), [0, 10, 500, 1000]);
        assert!(!is_chosen(0, 0.01) && is_chosen(99, 0.01));
    }
}
