//! Who wants to hear when others come and go, though they may share no room.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::session::SessionId;
use crate::protocol::name::UserName;

/// Names that one session watches at most.
pub(super) const MOST_WATCHED: usize = 100;

/// Which session watches which names.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watches {
    by_name: BTreeMap<UserName, BTreeSet<SessionId>>,
    by_session: BTreeMap<SessionId, BTreeSet<UserName>>,
}

impl Watches {
    pub(super) fn add(&mut self, session: SessionId, name: UserName) {
        self.by_name.entry(name.clone()).or_default().insert(session);
        self.by_session.entry(session).or_default().insert(name);
    }

    pub(super) fn remove(&mut self, session: SessionId, name: &UserName) {
        if let Some(names) = self.by_session.get_mut(&session) {
            names.remove(name);
        }
        self.forget(session, name);
    }

    /// The session watches nobody any more.
    pub(super) fn clear(&mut self, session: SessionId) {
        for name in self.by_session.remove(&session).unwrap_or_default() {
            self.forget(session, &name);
        }
    }

    fn forget(&mut self, session: SessionId, name: &UserName) {
        if let Some(sessions) = self.by_name.get_mut(name) {
            sessions.remove(&session);
            if sessions.is_empty() {
                self.by_name.remove(name);
            }
        }
    }

    /// The names that a session watches, sorted.
    pub(super) fn of(&self, session: SessionId) -> impl Iterator<Item = &UserName> {
        self.by_session.get(&session).into_iter().flatten()
    }

    /// The sessions that watch a name.
    pub(super) fn watchers(&self, name: &UserName) -> Vec<SessionId> {
        self.by_name.get(name).into_iter().flatten().copied().collect()
    }
}
