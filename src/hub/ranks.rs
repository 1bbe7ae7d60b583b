//! What the members of a room may do beyond speaking; it ends with the room.

use std::collections::BTreeSet;

use super::user_id::UserId;
use crate::protocol::sight::Rank;

/// Which members are more than members.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ranks {
    operators: BTreeSet<UserId>,
    voices: BTreeSet<UserId>,
}

impl Ranks {
    /// Those of a room that this user has opened.
    pub(super) fn of_founder(user: UserId) -> Self {
        Self { operators: BTreeSet::from([user]), voices: BTreeSet::new() }
    }

    /// What a member may do.
    pub(super) fn of(&self, user: UserId) -> Rank {
        Rank { is_operator: self.operators.contains(&user), has_voice: self.voices.contains(&user) }
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.operators.remove(&user);
        self.voices.remove(&user);
    }
}
