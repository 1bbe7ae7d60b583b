//! The rooms: their members, and the count of what happened in each. A room without members sleeps: it is not listed,
//! but who enters it again finds its history, and its numbers go on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::ranks::Ranks;
use super::record::{Line, PlaceId};
use super::room_settings::{RoomSetting, RoomSettings};
use super::session::SessionId;
use super::user_id::UserId;
use crate::protocol::name::RoomName;
use crate::protocol::room_modes::{Role, RoomModes};
use crate::protocol::sight::Rank;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The name as it was first written.
    pub(super) name: RoomName,
    /// In the order of arrival.
    pub(super) members: Vec<UserId>,
    /// The sessions of the members. Copied when it changes while an output still shares it.
    pub(super) audience: Arc<Vec<SessionId>>,
    /// Who decides about it: a member. `None` while it has no members.
    pub(super) owner: Option<UserId>,
    pub(super) settings: RoomSettings,
    /// Whether it is the server's own: nobody in it decides about it.
    pub(super) of_server: bool,
    /// The highest number that one of its lines has.
    pub(super) number: u64,
    /// Which members are more than members; nobody once all have left.
    pub(super) ranks: Ranks,
    /// When its first line was said of which anything is known.
    pub(super) created: Option<SystemTime>,
    /// The id of its last line.
    last_message: u64,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Places {
    places: BTreeMap<PlaceId, Place>,
    awake: BTreeMap<RoomName, PlaceId>,
    asleep: BTreeMap<RoomName, PlaceId>,
    /// Those asleep, by the id of their last line, so the one that was left first comes first.
    oldest: BTreeSet<(u64, PlaceId)>,
    last: PlaceId,
}

impl Places {
    pub(super) fn get(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(&id)
    }

    /// The room of this name, if it has members.
    pub(super) fn awake(&self, name: &RoomName) -> Option<(PlaceId, &Place)> {
        let id = *self.awake.get(name)?;
        Some((id, self.get(id)?))
    }

    /// The room of this name, if everybody has left it.
    pub(super) fn asleep(&self, name: &RoomName) -> Option<(PlaceId, &Place)> {
        let id = *self.asleep.get(name)?;
        Some((id, self.get(id)?))
    }

    /// The room of this name, with members or without.
    pub(super) fn named(&self, name: &RoomName) -> Option<(PlaceId, &Place)> {
        self.awake(name).or_else(|| self.asleep(name))
    }

    /// How many rooms have members.
    pub(super) fn number_awake(&self) -> usize {
        self.awake.len()
    }

    /// The rooms that have members, sorted by name.
    pub(super) fn all_awake(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        self.awake.values().filter_map(|id| Some((*id, self.get(*id)?)))
    }

    /// Those that have slept for the longest, if more than `most` sleep once `more` others do.
    pub(super) fn too_many_asleep(&self, more: usize, most: usize) -> impl Iterator<Item = PlaceId> {
        let over = (self.asleep.len() + more).saturating_sub(most);
        self.oldest.iter().take(over).map(|(_, id)| *id)
    }

    /// The id of the next place.
    pub(super) fn next_id(&self) -> PlaceId {
        self.last.next()
    }

    /// Ids up to this one have been given.
    pub(super) fn skip_to(&mut self, last: PlaceId) {
        self.last = self.last.max(last);
    }

    /// Opens a place, asleep until somebody enters it; or spells one that exists in another way.
    pub(super) fn open(&mut self, id: PlaceId, name: &RoomName, number: u64) {
        self.skip_to(id);
        if let Some(place) = self.places.get_mut(&id) {
            let names = if place.members.is_empty() { &mut self.asleep } else { &mut self.awake };
            // Removed first: a map keeps the spelling of the key that it has.
            names.remove(&place.name);
            names.insert(name.clone(), id);
            place.name = name.clone();
            return;
        }
        self.asleep.insert(name.clone(), id);
        self.oldest.insert((0, id));
        let name = name.clone();
        let (owner, settings, ranks) = (None, RoomSettings::default(), Ranks::default());
        let (members, audience, of_server, created) = (Vec::new(), Arc::default(), false, None);
        let place =
            Place { name, members, audience, owner, settings, of_server, number, ranks, created, last_message: 0 };
        self.places.insert(id, place);
    }

    pub(super) fn forget(&mut self, id: PlaceId) {
        if let Some(place) = self.places.remove(&id) {
            self.oldest.remove(&(place.last_message, id));
            self.asleep.remove(&place.name);
            self.awake.remove(&place.name);
        }
    }

    /// Something is decided about a place.
    pub(super) fn set(&mut self, id: PlaceId, setting: RoomSetting) {
        if let Some(place) = self.places.get_mut(&id) {
            place.settings.set(setting);
        }
    }

    /// A place is the server's own from now on.
    pub(super) fn take_from_all(&mut self, id: PlaceId) {
        if let Some(place) = self.places.get_mut(&id) {
            place.of_server = true;
            place.owner = None;
        }
    }

    /// A member decides about a place if nobody does who is there.
    pub(super) fn own_if_nobody_does(&mut self, id: PlaceId, member: UserId) {
        if let Some(place) = self.places.get_mut(&id).filter(|place| place.owner.is_none()) {
            place.give_to(member);
        }
    }

    /// A member decides about a place from now on.
    pub(super) fn own(&mut self, id: PlaceId, owner: UserId) {
        if let Some(place) = self.places.get_mut(&id) {
            // Who gives a room away decides nothing any more.
            if let Some(before) = place.owner.filter(|before| *before != owner) {
                place.ranks.set(before, Role::Operator, false);
            }
            place.give_to(owner);
        }
    }

    /// Counts a line; the place that it was said in.
    pub(super) fn count(&mut self, line: &Line) -> Option<&Place> {
        let place = self.places.get_mut(&line.place)?;
        if place.members.is_empty() {
            self.oldest.remove(&(place.last_message, line.place));
            self.oldest.insert((line.mark.id, line.place));
        }
        place.created.get_or_insert(line.mark.at);
        place.number = line.number;
        place.last_message = line.mark.id;
        Some(place)
    }

    pub(super) fn enter(&mut self, id: PlaceId, user: UserId, sessions: &[SessionId]) {
        let Some(place) = self.places.get_mut(&id) else { return };
        if place.members.is_empty() {
            self.oldest.remove(&(place.last_message, id));
            self.asleep.remove(&place.name);
            self.awake.insert(place.name.clone(), id);
        }
        place.members.push(user);
        Arc::make_mut(&mut place.audience).extend_from_slice(sessions);
    }

    pub(super) fn exit(&mut self, id: PlaceId, user: UserId, sessions: &[SessionId]) {
        let Some(place) = self.places.get_mut(&id) else { return };
        let Some(position) = place.members.iter().position(|member| *member == user) else { return };
        place.members.remove(position);
        if place.owner == Some(user) {
            place.owner = None;
            if let Some(heir) = place.members.first().copied() {
                place.give_to(heir);
            }
        }
        place.ranks.forget(user);
        sessions.iter().for_each(|session| place.hang_up(*session));
        if place.members.is_empty() {
            self.awake.remove(&place.name);
            self.asleep.insert(place.name.clone(), id);
            self.oldest.insert((place.last_message, id));
            place.ranks = Ranks::default();
        }
    }

    /// The members of a place may do this from now on.
    pub(super) fn set_ranks(&mut self, id: PlaceId, ranks: Ranks) {
        if let Some(place) = self.places.get_mut(&id) {
            place.ranks = ranks;
        }
    }

    /// It is not known any more what an account may do in a place.
    pub(super) fn forget_rank(&mut self, id: PlaceId, account: AccountId) {
        if let Some(place) = self.places.get_mut(&id) {
            place.settings.ranks.remove(&account);
        }
    }

    /// Members may do what is known of their accounts, which are these users'.
    pub(super) fn rank_as_kept(&mut self, user_of: impl Fn(AccountId) -> Option<UserId>) {
        for place in self.places.values_mut() {
            for (account, rank) in &place.settings.ranks {
                if let Some(user) = user_of(*account) {
                    place.ranks.set(user, Role::Operator, rank.is_operator);
                    place.ranks.set(user, Role::Voice, rank.has_voice);
                }
            }
        }
    }

    /// What of a place holds only while somebody is there ends, where nobody is.
    pub(super) fn reset_the_empty(&mut self) {
        for id in self.asleep.values() {
            let Some(place) = self.places.get_mut(id) else { continue };
            (place.settings.modes, place.settings.owner) = (RoomModes::default(), None);
        }
    }

    /// A session that has ended hears no place any more.
    pub(super) fn hang_up(&mut self, session: SessionId, places: &BTreeMap<PlaceId, u64>) {
        for id in places.keys() {
            if let Some(place) = self.places.get_mut(id) {
                place.hang_up(session);
            }
        }
    }

    /// A session hears these places from now on; the number of the first line of each that it will hear.
    pub(super) fn tune_in(&mut self, session: SessionId, places: &BTreeMap<PlaceId, u64>) -> BTreeMap<PlaceId, u64> {
        let mut heard_from = BTreeMap::new();
        for id in places.keys() {
            if let Some(place) = self.places.get_mut(id) {
                Arc::make_mut(&mut place.audience).push(session);
                heard_from.insert(*id, place.number + 1);
            }
        }
        heard_from
    }

    /// Everybody leaves every place.
    pub(super) fn empty_all(&mut self) {
        for (name, id) in std::mem::take(&mut self.awake) {
            if let Some(place) = self.places.get_mut(&id) {
                place.members.clear();
                place.ranks = Ranks::default();
                place.audience = Arc::default();
                place.owner = None;
                self.oldest.insert((place.last_message, id));
                self.asleep.insert(name, id);
            }
        }
    }
}

impl Place {
    /// What a member may do: who is given the room is an operator.
    pub(super) fn rank_of(&self, member: UserId) -> Rank {
        self.ranks.of(member)
    }

    fn give_to(&mut self, member: UserId) {
        self.owner = Some(member);
        self.ranks.set(member, Role::Operator, true);
    }

    fn hang_up(&mut self, session: SessionId) {
        if let Some(position) = self.audience.iter().position(|one| *one == session) {
            Arc::make_mut(&mut self.audience).remove(position);
        }
    }
}

/// What of a place outlives its members: its name, the number of its last line, the id of that, and what was decided.
#[cfg(test)]
type Lasting<'a> = (PlaceId, &'a str, u64, u64, &'a RoomSettings);

#[cfg(test)]
impl Places {
    /// What of all places outlives their members, and the last id.
    pub(super) fn lasting(&self) -> (PlaceId, Vec<Lasting<'_>>) {
        let places = self.places.iter();
        let places = places.map(|(id, place)| {
            let Place { name, number, last_message, settings, .. } = place;
            (*id, name.as_str(), *number, *last_message, settings)
        });
        (self.last, places.collect())
    }
}
