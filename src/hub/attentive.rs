//! The sessions that hear what people do: whether one of them is such is asked for each member of a room whenever one of
//! them comes, goes or is called otherwise.

use serde::{Deserialize, Serialize};

use super::session::SessionId;

/// Sessions, by their slots.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attentive {
    /// The last one is never empty.
    slots: Vec<Option<SessionId>>,
}

impl Attentive {
    pub(super) fn insert(&mut self, session: SessionId) {
        if self.slots.len() <= session.slot() {
            self.slots.resize(session.slot() + 1, None);
        }
        self.slots[session.slot()] = Some(session);
    }

    pub(super) fn remove(&mut self, session: SessionId) {
        if self.contains(session) {
            self.slots[session.slot()] = None;
            while self.slots.last() == Some(&None) {
                self.slots.pop();
            }
        }
    }

    pub(super) fn contains(&self, session: SessionId) -> bool {
        self.slots.get(session.slot()) == Some(&Some(session))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }
}
