//! What anybody in the server may know of the chat without asking for it: for answers that tell more than one event.

use super::Hub;
use super::place::Place;
use super::record::PlaceId;
use super::session::SessionId;
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
