//! The users, by ids that do not depend on names or connections. A user may have several sessions.

use std::collections::{BTreeMap, BTreeSet};

use super::record::PlaceId;
use super::session::SessionId;
use super::user_id::UserId;
use crate::protocol::name::UserName;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct UserEntry {
    pub(super) name: UserName,
    /// In the order of arrival.
    pub(super) sessions: Vec<SessionId>,
    /// Where the user is, and the number of the first line that was said there since.
    pub(super) places: BTreeMap<PlaceId, u64>,
    /// Those of the places that others have put this user into, with who did.
    pub(super) put_into: BTreeMap<PlaceId, UserId>,
}

impl UserEntry {
    /// Places that this user has entered by an own command.
    pub(super) fn own_places(&self) -> usize {
        self.places.len() - self.put_into.len()
    }

    /// Places that this one has put the user into.
    pub(super) fn put_by(&self, other: UserId) -> usize {
        self.put_into.values().filter(|by| **by == other).count()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    by_name: BTreeMap<UserName, UserId>,
    /// By what the names look like. Only names in ASCII alone may look like each other.
    by_look: BTreeSet<(String, UserId)>,
    users: BTreeMap<UserId, UserEntry>,
    last: UserId,
}

impl People {
    pub(super) fn get(&self, id: UserId) -> Option<&UserEntry> {
        self.users.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: UserId) -> Option<&mut UserEntry> {
        self.users.get_mut(&id)
    }

    /// The user of this name.
    pub(super) fn named(&self, name: &UserName) -> Option<(UserId, &UserEntry)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.get(id)?))
    }

    /// A user other than `asking` whose name can be taken for this one: one of the two has letters beyond ASCII.
    pub(super) fn looking_like(&self, name: &UserName, asking: Option<UserId>) -> Option<&UserEntry> {
        let look = name.skeleton();
        let alike = self.by_look.range((look.clone(), UserId::default())..).take_while(|(other, _)| *other == look);
        let mut others = alike.filter(|(_, id)| Some(*id) != asking).filter_map(|(_, id)| self.get(*id));
        others.find(|other| !(name.as_str().is_ascii() && other.name.as_str().is_ascii()))
    }

    /// The names of all users, sorted.
    pub(super) fn names(&self) -> Vec<UserName> {
        self.by_name.keys().cloned().collect()
    }

    /// The id of the next user.
    pub(super) fn next_id(&self) -> UserId {
        self.last.next()
    }

    pub(super) fn add(&mut self, id: UserId, name: UserName) {
        self.last = self.last.max(id);
        self.by_look.insert((name.skeleton(), id));
        self.by_name.insert(name.clone(), id);
        let (places, put_into) = (BTreeMap::new(), BTreeMap::new());
        self.users.insert(id, UserEntry { name, sessions: Vec::new(), places, put_into });
    }

    pub(super) fn remove(&mut self, id: UserId) {
        if let Some(user) = self.users.remove(&id) {
            self.by_name.remove(&user.name);
            self.by_look.remove(&(user.name.skeleton(), id));
        }
    }

    pub(super) fn rename(&mut self, id: UserId, to: UserName) {
        if let Some(user) = self.users.get_mut(&id) {
            let from = std::mem::replace(&mut user.name, to.clone());
            // Removed first: the two may be one name in two spellings.
            self.by_name.remove(&from);
            self.by_look.remove(&(from.skeleton(), id));
            self.by_look.insert((to.skeleton(), id));
            self.by_name.insert(to, id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_name.clear();
        self.by_look.clear();
        self.users.clear();
    }
}
