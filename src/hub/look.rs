//! What anybody in the server may know of the chat without asking for it: for answers that tell more than one event.

use super::Hub;
use super::pair_ends::{PairEnd, PairEnds};
use super::place::Place;
use super::record::PlaceId;
use super::session::SessionId;
use crate::protocol::answer::Correspondent;
use crate::protocol::event::RoomSummary;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::token::SessionToken;

/// A room that has members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which one.
    pub place: PlaceId,
    /// Its name.
    pub name: RoomName,
    /// The number of its last line.
    pub number: u64,
    /// Who is in it, sorted.
    pub members: Vec<UserName>,
}

impl Hub {
    /// Who is here, sorted.
    #[must_use]
    pub fn users(&self) -> Vec<UserName> {
        self.view.people.names()
    }

    /// The user of this name, as he spells it.
    #[must_use]
    pub fn user(&self, name: &UserName) -> Option<&UserName> {
        self.view.people.named(name).map(|(_, user)| &user.name)
    }

    /// Those with whom a session's account has messages that are kept, sorted by name.
    #[must_use]
    pub fn correspondents_of(&self, session: SessionId) -> Vec<Correspondent> {
        let Some((user, account)) =
            self.view.user_of(session).and_then(|(_, user)| Some((user, user.account.as_ref()?)))
        else {
            return Vec::new();
        };
        let own = PairEnd::Account(account.id);
        let pairs = self.view.pairs.of_account(account.id).filter_map(|(place, pair)| {
            let with = self.view.name_at(pair.ends.other(&own))?;
            Some(Correspondent { with, number: pair.number, read: user.read.get(&place).copied().unwrap_or(0) })
        });
        let mut people: Vec<Correspondent> = pairs.collect();
        people.sort_by(|a, b| a.with.cmp(&b.with));
        people
    }

    /// The places of which a session's account is not known to have read all, with the numbers of their last lines. Empty for
    /// a guest.
    #[must_use]
    pub fn unread_of(&self, session: SessionId) -> Vec<(PlaceId, u64)> {
        let known = self.view.user_of(session).and_then(|(_, user)| Some((user, user.account.as_ref()?)));
        let Some((user, account)) = known else { return Vec::new() };
        let rooms = user.places.keys().filter_map(|id| Some((*id, self.view.places.get(*id)?.number)));
        let pairs = self.view.pairs.of_account(account.id).map(|(id, pair)| (id, pair.number));
        rooms.chain(pairs).filter(|(id, number)| user.read.get(id).is_none_or(|read| read < number)).collect()
    }

    /// The number of the last message between a session's user and another, if what they write is kept.
    #[must_use]
    pub fn last_message_with(&self, session: SessionId, other: &UserName) -> Option<u64> {
        let (_, user) = self.view.user_of(session)?;
        let (_, other) = self.view.people.named(other)?;
        let ends = PairEnds::new(user.pair_end(), other.pair_end());
        self.view.pairs.of(&ends).map(|(_, pair)| pair.number)
    }

    /// Whether it is the session of somebody who runs the server.
    #[must_use]
    pub fn is_operator(&self, session: SessionId) -> bool {
        self.view.is_operator(session)
    }

    /// Every room that has members, sorted by name, with the number of its last line.
    #[must_use]
    pub fn room_summaries(&self) -> Vec<(RoomSummary, u64)> {
        let summary = |place: &Place| {
            let owner = place.owner.and_then(|owner| self.view.people.get(owner)).map(|owner| owner.name.clone());
            let (room, private, members) = (place.name.clone(), place.settings.private, place.members.len());
            RoomSummary { room, private, owner, members, kept: None }
        };
        self.view.places.all_awake().map(|(_, place)| (summary(place), place.number)).collect()
    }

    /// Whether a session is one of an account.
    #[must_use]
    pub fn is_account(&self, session: SessionId) -> bool {
        self.view.user_of(session).is_some_and(|(_, user)| user.account.is_some())
    }

    /// The number of the last line of a place that a session's account is known to have read.
    #[must_use]
    pub fn read_of(&self, session: SessionId, place: PlaceId) -> Option<u64> {
        self.view.user_of(session).and_then(|(_, user)| user.read.get(&place).copied())
    }

    /// What a session can be taken over with.
    #[must_use]
    pub fn token_of(&self, session: SessionId) -> Option<SessionToken> {
        self.view.tokens.of(session)
    }

    /// How many members a room has.
    #[must_use]
    pub fn size_of(&self, room: &RoomName) -> usize {
        self.view.places.awake(room).map_or(0, |(_, place)| place.members.len())
    }

    /// The room of this name, if it has members.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<Room> {
        self.view.places.awake(name).map(|(id, place)| self.look(id, place))
    }

    /// The rooms that a session's user is in, sorted by name.
    #[must_use]
    pub fn rooms_of(&self, session: SessionId) -> Vec<Room> {
        let places = self.view.user_of(session).into_iter().flat_map(|(_, user)| user.places.keys());
        let mut rooms: Vec<Room> = places.filter_map(|id| Some(self.look(*id, self.view.places.get(*id)?))).collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms
    }

    fn look(&self, id: PlaceId, place: &Place) -> Room {
        let members = place.members.iter().filter_map(|member| self.view.people.get(*member));
        let mut members: Vec<UserName> = members.map(|user| user.name.clone()).collect();
        members.sort();
        Room { place: id, name: place.name.clone(), number: place.number, members }
    }
}
