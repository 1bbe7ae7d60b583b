//! The two of a pair who write to each other: who they are, however they are called now.

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use crate::protocol::name::UserName;

/// One of two users who write to each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PairEnd {
    /// Whoever has this account, whatever it is called.
    Account(AccountId),
    /// Whoever has this name and no account.
    Guest(UserName),
}

/// The two who write to each other, in one order whoever wrote first. They may be the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PairEnds(PairEnd, PairEnd);

impl PairEnds {
    /// These two.
    #[must_use]
    pub fn new(one: PairEnd, other: PairEnd) -> Self {
        if one <= other { Self(one, other) } else { Self(other, one) }
    }

    /// Both.
    #[must_use]
    pub fn both(&self) -> [&PairEnd; 2] {
        [&self.0, &self.1]
    }

    /// The other one, for one of the two.
    pub(super) fn other(&self, one: &PairEnd) -> &PairEnd {
        if self.0 == *one { &self.1 } else { &self.0 }
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.both().into_iter().filter_map(|end| match end {
            PairEnd::Account(account) => Some(*account),
            PairEnd::Guest(_) => None,
        })
    }
}
