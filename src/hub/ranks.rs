//! What the members of a room may do beyond speaking; it ends with the room.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::user_id::UserId;
use crate::protocol::room_modes::Role;
use crate::protocol::sight::Rank;

/// Which members are more than members.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ranks {
    operators: BTreeSet<UserId>,
    voices: BTreeSet<UserId>,
}

impl Ranks {
    /// What a member may do.
    pub(super) fn of(&self, user: UserId) -> Rank {
        Rank { is_operator: self.operators.contains(&user), has_voice: self.voices.contains(&user) }
    }

    /// A member is this, or is not any more; false if that is so already.
    pub(super) fn set(&mut self, user: UserId, role: Role, on: bool) -> bool {
        let users = match role {
            Role::Operator => &mut self.operators,
            Role::Voice => &mut self.voices,
        };
        if on { users.insert(user) } else { users.remove(&user) }
    }

    /// All who are more than members; who is both comes twice.
    pub(super) fn all(&self) -> impl Iterator<Item = UserId> {
        self.operators.iter().chain(&self.voices).copied()
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.operators.remove(&user);
        self.voices.remove(&user);
    }
}
