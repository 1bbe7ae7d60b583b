//! Accounts that have come or gone, which stay members of their rooms: who, since it was last told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::user_id::UserId;

/// Who has come or gone since it was last told, and whether he was here then.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unrest(BTreeMap<UserId, bool>);

impl Unrest {
    /// The account's user has come or gone.
    pub(super) fn note(&mut self, user: UserId, was_here: bool) {
        self.0.entry(user).or_insert(was_here);
    }

    /// All of it was told.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Who, and whether he was here then.
    pub(super) fn iter(&self) -> impl Iterator<Item = (UserId, bool)> {
        self.0.iter().map(|(user, was_here)| (*user, *was_here))
    }
}
