//! Who hears something: sessions, as users are people and may be connected several times or not at all.

use std::sync::Arc;

use super::people::UserEntry;
use super::session::SessionId;

/// Who hears an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// This session only.
    One(SessionId),
    /// The members of a room, or everyone: shared with the room until its membership changes, so that a fan-out
    /// allocates nothing for a recipient.
    Many(Arc<Vec<SessionId>>),
}

/// The sessions of a user; `None` if he has none.
pub(super) fn hearers(user: &UserEntry) -> Option<Audience> {
    match user.sessions.as_slice() {
        [] => None,
        [one] => Some(Audience::One(*one)),
        several => Some(Audience::Many(Arc::new(several.to_vec()))),
    }
}

/// The sessions of several users, who hear one event together; `None` if they have none.
pub(super) fn hearers_of_all<'a>(users: impl Iterator<Item = &'a UserEntry>) -> Option<Audience> {
    let sessions: Vec<SessionId> = users.flat_map(|user| user.sessions.iter().copied()).collect();
    match sessions.as_slice() {
        [] => None,
        [one] => Some(Audience::One(*one)),
        _ => Some(Audience::Many(Arc::new(sessions))),
    }
}

impl From<SessionId> for Audience {
    fn from(id: SessionId) -> Self {
        Self::One(id)
    }
}

impl From<&Arc<Vec<SessionId>>> for Audience {
    fn from(ids: &Arc<Vec<SessionId>>) -> Self {
        Self::Many(Arc::clone(ids))
    }
}
