//! The users, by ids that do not depend on names or connections. A user may have several sessions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::account::{Account, AccountId};
use super::pair_ends::PairEnd;
use super::record::PlaceId;
use super::session::{DoorName, SessionId, read_door_if_any};
use super::user_id::UserId;
use crate::protocol::command::UserList;
use crate::protocol::name::UserName;
use crate::protocol::profile::{HOST_OF_OTHERS, MessageSource, Profile, SOME_USER};
use crate::protocol::recall_request::RecalledPlace;
use crate::protocol::sight::FormerPerson;

/// How many of those are remembered who have left or are called otherwise.
const FORMER: usize = 100;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UserEntry {
    pub(super) name: UserName,
    /// What outlives the sessions, unless the user is a guest.
    pub(super) account: Option<Arc<Account>>,
    /// In the order of arrival.
    pub(super) sessions: Vec<SessionId>,
    /// Where the user is, and the number of the first line that was said there since.
    pub(super) places: BTreeMap<PlaceId, u64>,
    /// What the account is known to have read of the places: the number of the last line.
    pub(super) read: BTreeMap<PlaceId, u64>,
    /// How many messages have come since the last session ended.
    pub(super) waiting: usize,
    /// Those of the places that others have put this user into, with who did.
    pub(super) put_into: BTreeMap<PlaceId, UserId>,
    /// Whether others ask before they put this user into a place.
    pub(super) is_asked: bool,
    /// The places that this user may enter because somebody asked, with who did.
    pub(super) invitations: BTreeMap<PlaceId, UserName>,
    /// What the client of the first session speaks, in a word; nothing is known of an account that nobody has used yet.
    #[serde(deserialize_with = "read_door_if_any")]
    pub(super) door: Option<DoorName>,
    /// What a client has said of the user, if it can say such.
    pub(super) profile: Option<Box<Profile>>,
    /// Up to when clients have said that places are read; it ends with the server.
    pub(super) markers: BTreeMap<RecalledPlace, SystemTime>,
}

impl UserEntry {
    /// A user of this name, who is nowhere yet.
    fn new(name: UserName) -> Self {
        Self {
            name,
            account: None,
            sessions: Vec::new(),
            places: BTreeMap::new(),
            read: BTreeMap::new(),
            waiting: 0,
            put_into: BTreeMap::new(),
            is_asked: false,
            invitations: BTreeMap::new(),
            door: None,
            profile: None,
            markers: BTreeMap::new(),
        }
    }

    /// Who the user is to those who write to him.
    pub(super) fn pair_end(&self) -> PairEnd {
        match &self.account {
            Some(account) => PairEnd::Account(account.id),
            None => PairEnd::Guest(self.name.clone()),
        }
    }

    /// Whether the user is connected. A guest always is.
    pub(super) fn is_here(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Who a line comes from that tells what the user does.
    pub(super) fn source(&self) -> MessageSource {
        let (user, host) = self.address();
        MessageSource { name: self.name.clone(), user: user.into(), host: host.into() }
    }

    /// `nick!user@host`, for masks.
    pub(super) fn full_name(&self) -> String {
        let (user, host) = self.address();
        format!("{}!{user}@{host}", self.name)
    }

    /// The word that the user is called by beside the name, and what stands for where he comes from: as his client says, or
    /// as it speaks.
    pub(super) fn address(&self) -> (&str, &str) {
        let unsaid = (self.door.unwrap_or(SOME_USER), HOST_OF_OTHERS);
        self.profile.as_ref().map_or(unsaid, |known| (&known.user, &known.host))
    }

    fn former(&self, until: SystemTime) -> FormerPerson {
        let who = self.source();
        let real_name =
            self.profile.as_ref().map_or_else(|| who.name.as_str().into(), |profile| profile.real_name.clone());
        FormerPerson { who, real_name, until }
    }

    /// Places that this user has entered by an own command.
    pub(super) fn own_places(&self) -> usize {
        self.places.len() - self.put_into.len()
    }

    /// Places that this one has put the user into.
    pub(super) fn put_by(&self, other: UserId) -> usize {
        self.put_into.values().filter(|by| **by == other).count()
    }
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct People {
    by_name: BTreeMap<UserName, UserId>,
    /// By what the names look like. Only names in ASCII alone may look like each other.
    by_look: BTreeSet<(String, UserId)>,
    /// Each in memory of its own: where many come one after the other, nearly half of a node of this map stays empty.
    users: BTreeMap<UserId, Box<UserEntry>>,
    last: UserId,
    by_account: BTreeMap<AccountId, UserId>,
    last_account: AccountId,
    /// Who has left or is called otherwise, the latest last.
    former: VecDeque<FormerPerson>,
    /// As many users as there ever were at once.
    most: usize,
}

impl People {
    pub(super) fn get(&self, id: UserId) -> Option<&UserEntry> {
        self.users.get(&id).map(|user| &**user)
    }

    pub(super) fn get_mut(&mut self, id: UserId) -> Option<&mut UserEntry> {
        self.users.get_mut(&id).map(|user| &mut **user)
    }

    /// Changes what is known of a user who is here.
    pub(super) fn change(&mut self, id: UserId, change: impl FnOnce(&mut UserEntry)) {
        if let Some(user) = self.users.get_mut(&id) {
            change(user);
        }
    }

    /// The user of this name.
    pub(super) fn named(&self, name: &UserName) -> Option<(UserId, &UserEntry)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.get(id)?))
    }

    /// The users of these names, where there are such.
    pub(super) fn named_all<'a>(
        &'a self,
        names: &'a UserList,
    ) -> impl Iterator<Item = (&'a UserName, Option<(UserId, &'a UserEntry)>)> {
        names.as_slice().iter().map(|name| (name, self.named(name)))
    }

    /// A user other than `asking` whose name can be taken for this one: one of the two has letters beyond ASCII.
    pub(super) fn looking_like(&self, name: &UserName, asking: Option<UserId>) -> Option<&UserEntry> {
        let look = name.skeleton();
        let alike = self.by_look.range((look.clone(), UserId::default())..).take_while(|(other, _)| *other == look);
        let mut others = alike.filter(|(_, id)| Some(*id) != asking).filter_map(|(_, id)| self.get(*id));
        others.find(|other| !(name.as_str().is_ascii() && other.name.as_str().is_ascii()))
    }

    /// The names of all users who are here, sorted.
    pub(super) fn names(&self) -> Vec<UserName> {
        let is_here = |id: &UserId| self.users.get(id).is_some_and(|user| user.is_here());
        self.by_name.iter().filter(|(_, id)| is_here(id)).map(|(name, _)| name.clone()).collect()
    }

    /// The user who has this account.
    pub(super) fn of_account(&self, account: AccountId) -> Option<UserId> {
        self.by_account.get(&account).copied()
    }

    /// The id of the next account.
    pub(super) fn next_account(&self) -> AccountId {
        self.last_account.next()
    }

    /// Ids up to this one have been given to accounts.
    pub(super) fn skip_account(&mut self, last: AccountId) {
        self.last_account = self.last_account.max(last);
    }

    /// The user of this account's id or name has it as it is now; a new user, if there is none.
    pub(super) fn set_account(&mut self, account: &Arc<Account>) {
        self.skip_account(account.id);
        let known = self.of_account(account.id).or_else(|| self.by_name.get(&account.name).copied());
        let id = known.unwrap_or_else(|| {
            let id = self.next_id();
            self.add(id, account.name.clone());
            id
        });
        self.by_account.insert(account.id, id);
        if let Some(user) = self.users.get_mut(&id) {
            user.account = Some(Arc::clone(account));
            user.is_asked = account.is_asked;
            if user.name.as_str() != account.name.as_str() {
                self.rename(id, account.name.clone());
            }
        }
    }

    /// So many messages wait for an account.
    pub(super) fn set_waiting(&mut self, account: AccountId, messages: usize) {
        if let Some(user) = self.of_account(account).and_then(|user| self.get_mut(user)) {
            user.waiting = messages;
        }
    }

    /// The account's user is a guest from now on; who that is.
    pub(super) fn forget_account(&mut self, account: AccountId) -> Option<UserId> {
        let id = self.by_account.remove(&account)?;
        if let Some(user) = self.users.get_mut(&id) {
            user.account = None;
            user.read.clear();
        }
        Some(id)
    }

    /// The id of the next user.
    pub(super) fn next_id(&self) -> UserId {
        self.last.next()
    }

    pub(super) fn add(&mut self, id: UserId, name: UserName) {
        self.last = self.last.max(id);
        self.by_look.insert((name.skeleton(), id));
        self.by_name.insert(name.clone(), id);
        self.users.insert(id, Box::new(UserEntry::new(name)));
        self.most = self.most.max(self.users.len());
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

    /// Remembers who has this name until now.
    pub(super) fn remember(&mut self, id: UserId, at: SystemTime) {
        let Some(former) = self.users.get(&id).map(|user| user.former(at)) else { return };
        if self.former.len() == FORMER {
            self.former.pop_front();
        }
        self.former.push_back(former);
    }

    /// Who had this name and has left or is called otherwise, the latest first.
    pub(super) fn former(&self, name: &UserName) -> impl Iterator<Item = &FormerPerson> {
        self.former.iter().rev().filter(move |former| former.who.name == *name)
    }

    /// Everybody, sorted by name.
    pub(super) fn all(&self) -> impl Iterator<Item = (UserId, &UserEntry)> {
        self.by_name.values().filter_map(|id| Some((*id, self.get(*id)?)))
    }

    /// As many users as there ever were at once.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn clear(&mut self) {
        self.by_name.clear();
        self.by_look.clear();
        self.by_account.clear();
        self.users.clear();
    }
}

/// What of an account outlives its sessions.
#[cfg(test)]
type LastingAccount = (Arc<Account>, UserName, Vec<PlaceId>, BTreeMap<PlaceId, u64>, BTreeMap<PlaceId, UserName>);

#[cfg(test)]
impl People {
    /// What of all accounts outlives their sessions.
    pub(super) fn lasting(&self, is_there: impl Fn(PlaceId) -> bool) -> (AccountId, Vec<LastingAccount>) {
        let users = self.by_account.values().filter_map(|id| self.get(*id));
        let users = users.filter_map(|user| {
            let places = user.places.keys().copied().collect();
            let invitations = user.invitations.iter().filter(|(place, _)| is_there(**place));
            let invitations = invitations.map(|(place, by)| (*place, by.clone())).collect();
            Some((user.account.clone()?, user.name.clone(), places, user.read.clone(), invitations))
        });
        (self.last_account, users.collect())
    }
}
