//! What may be seen of the chat by who is in it: for dialects whose lines say more than an event holds.

use std::time::SystemTime;

use super::Hub;
use super::people::UserEntry;
use super::place::Place;
use super::session::SessionId;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::recall_request::RecalledPlace;
use crate::protocol::sight::{Census, FormerPerson, Member, Person, RoomSight};

impl Hub {
    /// Who and what is here, counted.
    #[must_use]
    pub fn census(&self) -> Census {
        let is_invisible = |user: &UserEntry| user.profile.as_ref().is_some_and(|profile| profile.is_invisible);
        let sessions = &self.view.sessions;
        let (mut users, mut invisible, mut operators) = (0, 0, 0);
        for (_, user) in self.view.people.all().filter(|(_, user)| user.is_here()) {
            users += 1;
            invisible += usize::from(is_invisible(user));
            operators += usize::from(user.sessions.iter().any(|session| self.view.is_operator(*session)));
        }
        Census {
            users,
            invisible,
            operators,
            nameless: sessions.ids().filter(|session| sessions.is_awaiting_name(*session)).count(),
            rooms: self.view.places.number_awake(),
            most_users: self.view.people.most().max(users),
        }
    }

    /// The user of this name, if he is connected.
    #[must_use]
    pub fn person(&self, name: &UserName) -> Option<Person<'_>> {
        self.view.people.named(name).filter(|(_, user)| user.is_here()).map(|(_, user)| person(user))
    }

    /// Whose session it is.
    #[must_use]
    pub fn person_of(&self, session: SessionId) -> Option<Person<'_>> {
        self.view.user_of(session).map(|(_, user)| person(user))
    }

    /// Everybody who is connected, sorted by name.
    #[must_use]
    pub fn people(&self) -> Vec<Person<'_>> {
        self.view.people.all().filter(|(_, user)| user.is_here()).map(|(_, user)| person(user)).collect()
    }

    /// The room of this name, if it has members.
    #[must_use]
    pub fn room_sight(&self, name: &RoomName) -> Option<RoomSight<'_>> {
        self.view.places.awake(name).map(|(_, place)| self.seen(place))
    }

    /// The rooms that have members, sorted by name.
    #[must_use]
    pub fn room_sights(&self) -> Vec<RoomSight<'_>> {
        self.view.places.all_awake().map(|(_, place)| self.seen(place)).collect()
    }

    /// The rooms that a user is in, sorted by name.
    #[must_use]
    pub fn room_sights_of(&self, name: &UserName) -> Vec<RoomSight<'_>> {
        let places = self.view.people.named(name).into_iter().flat_map(|(_, user)| user.places.keys());
        let mut rooms: Vec<_> = places.filter_map(|id| Some(self.seen(self.view.places.get(*id)?))).collect();
        rooms.sort_by(|a, b| a.name.cmp(b.name));
        rooms
    }

    /// Up to when the user of a session has read a room, if a client has said so.
    #[must_use]
    pub fn read_to(&self, session: SessionId, room: &RoomName) -> Option<SystemTime> {
        let (_, user) = self.view.user_of(session)?;
        user.markers.get(&RecalledPlace::Room(room.clone())).copied()
    }

    /// Who had this name and has left or is called otherwise, the latest first.
    #[must_use]
    pub fn former(&self, name: &UserName) -> Vec<FormerPerson> {
        self.view.people.former(name).cloned().collect()
    }

    fn seen<'a>(&'a self, place: &'a Place) -> RoomSight<'a> {
        let members = place.members.iter().filter_map(|member| {
            let user = self.view.people.get(*member)?;
            Some(Member { person: person(user), rank: place.rank_of(*member) })
        });
        let settings = &place.settings;
        RoomSight {
            name: &place.name,
            members: members.collect(),
            topic: settings.topic.as_ref().map(|topic| (topic.text.as_str(), &topic.by, topic.at)),
            modes: &settings.modes,
            bans: settings.bans.iter().map(|(user, ban)| (user, &ban.by, ban.at)).collect(),
            is_private: settings.private,
            created: place.created,
        }
    }
}

fn person<'a>(user: &'a UserEntry) -> Person<'a> {
    let known = user.profile.as_deref();
    let (address, host) = user.address();
    Person {
        name: &user.name,
        user: address,
        host,
        real_name: known.map_or(user.name.as_str(), |profile| &profile.real_name),
        account: user.account.as_ref().map(|_| &user.name),
        away: if user.is_here() { known.and_then(|profile| profile.away.as_deref()) } else { Some("not connected") },
        is_bot: known.is_some_and(|profile| profile.is_bot),
        is_invisible: known.is_some_and(|profile| profile.is_invisible),
        is_secure: known.is_some_and(|profile| profile.is_secure),
        times: known.map(|profile| (profile.since, profile.spoke)),
    }
}
