//! What a lane reports of its statements, and what it did last.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use crate::lang::ast::{BlockKind, Statement};
use crate::run::director::Round;
use crate::run::outcome::{ActionKind, ExpectationTiming, Slowest, UserAction};
use crate::run::user::User;

/// What is reported of the statements that a lane has carried out.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct LaneRecord {
    /// The line of the statement that was begun last, blocks included.
    pub(in crate::run) line: Option<usize>,
    /// How many statements were carried out.
    pub(in crate::run) steps: usize,
    /// The statement that took longest.
    pub(in crate::run) slowest: Option<Slowest>,
    /// By line and user, so that a loop needs no more room than one turn.
    timings: BTreeMap<(usize, usize), ExpectationTiming>,
}

impl LaneRecord {
    /// A statement has been carried out.
    pub(super) fn add(&mut self, statement: &Statement, elapsed: Duration) {
        self.steps += 1;
        // A block takes as long as what is in it, which has been looked at already.
        let is_block = statement.kind.block().is_some_and(|block| block.kind != BlockKind::Unordered);
        if !is_block && self.slowest.is_none_or(|slowest| slowest.elapsed < elapsed) {
            self.slowest = Some(Slowest { line: statement.line, elapsed });
        }
    }

    /// The line that the expectation in `line` waited for has arrived at this user.
    pub(super) fn add_arrival(&mut self, line: usize, user: &User, latency: Duration) {
        let (min, max, total) = (latency, latency, latency);
        let timing = ExpectationTiming { line, user: user.label.clone(), count: 1, min, max, total };
        self.add_timing((line, user.number), timing);
    }

    /// Adds what another lane did.
    pub(super) fn merge(&mut self, other: Self) {
        self.steps += other.steps;
        self.slowest = [self.slowest, other.slowest].into_iter().flatten().max_by_key(|slowest| slowest.elapsed);
        other.timings.into_iter().for_each(|(key, timing)| self.add_timing(key, timing));
    }

    /// How long the expectations took, by line and user.
    pub(in crate::run) fn into_timings(self) -> Vec<ExpectationTiming> {
        self.timings.into_values().collect()
    }

    fn add_timing(&mut self, key: (usize, usize), timing: ExpectationTiming) {
        match self.timings.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(timing)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                (known.min, known.max) = (known.min.min(timing.min), known.max.max(timing.max));
                known.total += timing.total;
                known.count += timing.count;
            }
        }
    }
}

/// What a lane did last, from which latencies count.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::run) struct LastAction {
    action: Option<UserAction>,
    /// When the turn of the innermost `every` should have begun.
    intended: Option<Instant>,
}

impl LastAction {
    /// The action, if there was one.
    pub(in crate::run) fn action(self) -> Option<UserAction> {
        self.action
    }

    /// When the current turn of an `every` should have begun, if it is inside one.
    pub(super) fn intended(self) -> Option<Instant> {
        self.intended
    }

    /// The statement in this line did something that can have an answer.
    pub(super) fn acted(&mut self, line: usize, at: Instant, kind: ActionKind) {
        self.action = Some(UserAction { line, at, kind });
    }

    /// A turn of an `every` begins that should have begun at `intended`; `None` after the last turn.
    pub(super) fn begin_turn(&mut self, intended: Option<Instant>) {
        self.intended = intended;
    }

    /// What another lane did counts here too, if it is later.
    pub(super) fn keep_later(&mut self, other: Self) {
        self.action = [self.action, other.action].into_iter().flatten().max_by_key(|action| action.at);
    }

    /// What another lane did last is what was done last.
    pub(super) fn replace_action(&mut self, other: Self) {
        self.action = other.action;
    }

    /// From the last action to `at`. A line that was there before took no time.
    pub(super) fn latency(self, at: Instant) -> Duration {
        self.action.map_or(Duration::ZERO, |action| at.saturating_duration_since(action.at))
    }

    /// The round that a line ends which came at `at`, if a message was sent last.
    pub(super) fn round(self, awaited_in: usize, at: Instant) -> Option<Round> {
        match self.action? {
            UserAction { line: sent_in, at: written, kind: ActionKind::Sent } => {
                Some(Round { sent_in, awaited_in, written, intended: self.intended, at })
            }
            UserAction { kind: ActionKind::Connected | ActionKind::Left | ActionKind::Transferred, .. } => None,
        }
    }
}
