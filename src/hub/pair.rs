//! Pairs of users whose messages to each other are kept: at least one of the two is an account. Between two guests nothing
//! is kept, as the next holder of a name must not read it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::pair_ends::PairEnds;
use super::record::{Line, PlaceId};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    pub(super) ends: PairEnds,
    /// The highest number that one of its lines has.
    pub(super) number: u64,
    /// The id of its last line.
    pub(super) last_message: u64,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pairs {
    pairs: BTreeMap<PlaceId, Pair>,
    by_ends: BTreeMap<PairEnds, PlaceId>,
    of_account: BTreeMap<AccountId, BTreeSet<PlaceId>>,
}

impl Pairs {
    pub(super) fn get(&self, id: PlaceId) -> Option<&Pair> {
        self.pairs.get(&id)
    }

    /// The pair of these two, if one has written to the other.
    pub(super) fn of(&self, ends: &PairEnds) -> Option<(PlaceId, &Pair)> {
        let id = *self.by_ends.get(ends)?;
        Some((id, self.get(id)?))
    }

    /// The pairs that an account is one of.
    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = (PlaceId, &Pair)> {
        self.of_account.get(&account).into_iter().flatten().filter_map(|id| Some((*id, self.get(*id)?)))
    }

    pub(super) fn number_of(&self, account: AccountId) -> usize {
        self.of_account.get(&account).map_or(0, BTreeSet::len)
    }

    /// Opens a pair; or says that one that exists is of these two from now on.
    pub(super) fn open(&mut self, id: PlaceId, ends: &PairEnds, number: u64) {
        let known = self.forget(id);
        let (number, last_message) = known.map_or((number, 0), |pair| (pair.number, pair.last_message));
        for account in ends.accounts() {
            self.of_account.entry(account).or_default().insert(id);
        }
        self.by_ends.insert(ends.clone(), id);
        self.pairs.insert(id, Pair { ends: ends.clone(), number, last_message });
    }

    pub(super) fn forget(&mut self, id: PlaceId) -> Option<Pair> {
        let pair = self.pairs.remove(&id)?;
        self.by_ends.remove(&pair.ends);
        for account in pair.ends.accounts() {
            if let Some(places) = self.of_account.get_mut(&account) {
                places.remove(&id);
                if places.is_empty() {
                    self.of_account.remove(&account);
                }
            }
        }
        Some(pair)
    }

    /// Counts a line, if it was said between two.
    pub(super) fn count(&mut self, line: &Line) {
        if let Some(pair) = self.pairs.get_mut(&line.place) {
            pair.number = line.number;
            pair.last_message = line.mark.id;
        }
    }
}
