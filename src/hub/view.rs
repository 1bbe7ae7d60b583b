//! Everything that the hub knows, for whoever decides. Only `apply` changes it.

use std::time::SystemTime;

use super::people::{People, UserEntry};
use super::place::Places;
use super::session::{SessionId, Sessions};
use super::user_id::UserId;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) sessions: Sessions,
    pub(super) people: People,
    pub(super) places: Places,
    /// The id of the last message.
    pub(super) last_message: u64,
    /// When the last message was.
    pub(super) latest: SystemTime,
}

impl Default for View {
    fn default() -> Self {
        Self {
            sessions: Sessions::default(),
            people: People::default(),
            places: Places::default(),
            last_message: 0,
            latest: SystemTime::UNIX_EPOCH,
        }
    }
}

impl View {
    /// Whose session it is.
    pub(super) fn user_of(&self, session: SessionId) -> Option<(UserId, &UserEntry)> {
        let id = self.sessions.user(session)?;
        Some((id, self.people.get(id)?))
    }
}
