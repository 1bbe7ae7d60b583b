//! A store for tests: it commits when it is told to.

use std::sync::{Arc, Mutex};

use super::memory::Memory;
use super::{CommitId, OnAnswer, OnCommit, Store};
use crate::hub::{PlaceId, Question, Record};
use crate::lock::Locked;
use crate::protocol::hindrance::Hindrance;

/// Keeps what [`Memory`] keeps, and calls it kept after [`Manual::commit`].
#[derive(Debug, Default)]
pub(crate) struct Manual {
    memory: Memory,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last commit that is made.
    durable: u64,
    /// The last commit that is sealed; what comes is in the next.
    sealed: u64,
    /// Whether something is in the commit that is being collected.
    collecting: bool,
    calls: Vec<Arc<OnCommit>>,
    waiting: Vec<(Question, CommitId, OnAnswer)>,
}

impl Manual {
    /// Makes the oldest sealed commit; false if there is none.
    pub(crate) fn commit(&self) -> bool {
        let (durable, calls, ready) = {
            let mut state = self.state.locked();
            if state.durable == state.sealed {
                return false;
            }
            state.durable += 1;
            let durable = CommitId(state.durable);
            let (ready, waiting) = std::mem::take(&mut state.waiting).into_iter().partition(|one| one.1 <= durable);
            state.waiting = waiting;
            let ready: Vec<(Question, CommitId, OnAnswer)> = ready;
            (durable, state.calls.clone(), ready)
        };
        calls.iter().for_each(|call| call(Ok(durable)));
        ready.into_iter().for_each(|(question, after, answer)| self.memory.ask(question, after, answer));
        true
    }

    /// Nothing can be kept for now, and whoever waits is told why.
    pub(crate) fn fail(&self, why: Hindrance) {
        let calls = self.state.locked().calls.clone();
        calls.iter().for_each(|call| call(Err(why)));
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("durable", &self.durable).field("sealed", &self.sealed).finish_non_exhaustive()
    }
}

impl Store for Manual {
    fn keep(&self, record: Record) -> CommitId {
        self.memory.keep(record);
        let mut state = self.state.locked();
        state.collecting = true;
        CommitId(state.sealed + 1)
    }

    fn seal(&self) {
        let mut state = self.state.locked();
        // One commit is made at a time.
        if state.sealed == state.durable && std::mem::take(&mut state.collecting) {
            state.sealed += 1;
        }
    }

    fn durable(&self) -> CommitId {
        CommitId(self.state.locked().durable)
    }

    fn on_commit(&self, call: OnCommit) {
        self.state.locked().calls.push(Arc::new(call));
    }

    fn first(&self, place: PlaceId) -> Option<u64> {
        self.memory.first(place)
    }

    fn ask(&self, question: Question, after: CommitId, answer: OnAnswer) {
        let mut state = self.state.locked();
        if after <= CommitId(state.durable) {
            drop(state);
            self.memory.ask(question, after, answer);
        } else {
            state.waiting.push((question, after, answer));
        }
    }
}

#[cfg(test)]
mod tests;
