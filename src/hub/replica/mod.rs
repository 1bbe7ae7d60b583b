//! One hub of several that are equal, as all of them carry out one log: which batches count, which nodes live, whose
//! sessions end. Knows no engine, no connection and no clock: the time is that of the log.

mod batch;
mod line;
mod roll;

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use batch::{Batch, NodeId};
pub use line::LoggedInput;
pub use roll::Roll;

use super::session::SessionId;
use super::{Hub, Input, Now, Outputs};
use crate::protocol::event::Departure;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who has appended it.
    pub node: NodeId,
    /// Which of that node's batches it is: 1, 2, 3, ...
    pub number: u64,
    /// The batch, as it is written.
    pub text: String,
    /// When it was appended, by the clock of the log, since the Unix epoch.
    pub at: Duration,
}

/// What an entry was, beyond what it has made of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The entry counts, and there is no more to it.
    Taken,
    /// It does not count: it came before, or from a node that is gone.
    Ignored,
    /// A node does not begin, as these other rules stand.
    Refused(Box<str>),
    /// Nodes are gone.
    Gone(Vec<NodeId>),
    /// The hub differs from the one of the node that has been there for longest.
    Differs,
    /// A line says nothing that this version understands.
    Unreadable,
}

/// Where a log is carried out: a hub, and whoever is told what comes of it.
pub trait Stage {
    /// The hub.
    fn hub(&mut self) -> &mut Hub;

    /// Does what the hub wants done.
    fn deliver(&mut self, outputs: Outputs, now: Now);

    /// Carries out the inputs of an entry that counts; false if it cannot be read.
    fn carry(&mut self, roll: &mut Roll, entry: &Entry, batch: Batch<'_>, now: Now) -> bool {
        batch.inputs().all(|input| {
            let Some(input) = input else { return false };
            self.carry_one(roll, entry.node, input, now);
            true
        })
    }

    /// Carries out one input of a node. One of a session that is not the node's does nothing.
    fn carry_one(&mut self, roll: &mut Roll, node: NodeId, logged: LoggedInput, now: Now) {
        let opened = match logged.input {
            Input::Connect(..) => Some(self.hub().next_session()),
            _ => None,
        };
        if logged.input.session().is_some_and(|session| !roll.is_of(session, node)) {
            return;
        }
        let outputs = self.hub().carry(logged.input, now);
        if let Some(session) = opened {
            roll.opened(session, node);
        }
        self.deliver(outputs, now);
    }

    /// A session of a node that has ended departs.
    fn depart(&mut self, session: SessionId, departure: Departure, now: Now) {
        let outputs = self.hub().depart(session, departure, now);
        self.deliver(outputs, now);
    }
}

/// What makes of a log the state of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The nodes.
    pub roll: Roll,
    /// Beats of one node without a word of another that make the other gone.
    lost_after: u32,
}

impl Replica {
    /// A log that nothing is in yet. A node is gone when another has beaten so many times without hearing of it.
    #[must_use]
    pub fn new(lost_after: u32) -> Self {
        Self { roll: Roll::default(), lost_after }
    }

    /// All that it knows, as bytes. A version whose state has another shape does not read them.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(self, &mut bytes).expect("a vector takes all that is written");
        bytes
    }

    /// One of this state; `None` if it is none.
    #[must_use]
    pub fn of_state(state: &[u8]) -> Option<Self> {
        ciborium::from_reader(state).ok()
    }

    /// Carries an entry out.
    pub fn apply(&mut self, entry: &Entry, stage: &mut impl Stage) -> News {
        let now = Now { monotonic: entry.at, wall: SystemTime::UNIX_EPOCH + entry.at };
        let Some(batch) = Batch::read(&entry.text) else { return News::Unreadable };
        if let Batch::Begin(rules) = batch {
            if entry.number != 1 || self.roll.has_begun(entry.node) {
                return News::Ignored;
            }
            let begun = self.roll.begin(entry.node, rules, self.lost_after, entry.at);
            return begun.map_or_else(News::Refused, |()| News::Taken);
        }
        if !self.roll.takes(entry.node, entry.number, entry.at) {
            return News::Ignored;
        }
        match batch {
            Batch::Begin(_) => News::Ignored,
            Batch::Inputs(_) if stage.carry(&mut self.roll, entry, batch, now) => News::Taken,
            Batch::Inputs(_) => News::Unreadable,
            Batch::Stop => {
                self.end(entry.node, Departure::ServerStopped, stage, now);
                News::Taken
            }
            Batch::Beat(said) => self.beat(entry.node, said, stage, now),
        }
    }

    fn beat(&mut self, node: NodeId, said: Option<u64>, stage: &mut impl Stage, now: Now) -> News {
        let outputs = stage.hub().expire(now);
        stage.deliver(outputs, now);
        let gone = self.roll.beat(node, self.lost_after);
        for node in &gone {
            self.end(*node, Departure::ServerLost, stage, now);
        }
        let before = self.roll.note_digest(node, stage.hub().digest());
        let differs = said.is_some_and(|said| before.is_some_and(|before| before != said));
        // If two differ, the younger one is in the wrong: somebody has to be.
        if differs && self.roll.nodes().first() == Some(&node) {
            return News::Differs;
        }
        if gone.is_empty() { News::Taken } else { News::Gone(gone) }
    }

    fn end(&mut self, node: NodeId, departure: Departure, stage: &mut impl Stage, now: Now) {
        for session in self.roll.end(node) {
            stage.depart(session, departure, now);
        }
    }
}

#[cfg(test)]
mod tests;
