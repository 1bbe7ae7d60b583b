//! What a client may see of the chat while something is spelled for it; the hub's lock is held.

use std::fmt;
use std::time::SystemTime;

use crate::hub::{Hub, SessionId};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::sight::{Census, FormerPerson, House, Person, RoomSight, Sight};

/// The chat, seen by one session.
pub(super) struct Around<'a> {
    pub(super) hub: &'a Hub,
    pub(super) house: &'a House,
    pub(super) hearer: SessionId,
    pub(super) now: SystemTime,
}

impl fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").field("hearer", &self.hearer).finish_non_exhaustive()
    }
}

impl Sight for Around<'_> {
    fn hearer(&self) -> Option<&UserName> {
        self.hub.name_of(self.hearer)
    }

    fn house(&self) -> &House {
        self.house
    }

    fn now(&self) -> SystemTime {
        self.now
    }

    fn census(&self) -> Census {
        self.hub.census()
    }

    fn oneself(&self) -> Option<Person<'_>> {
        self.hub.person_of(self.hearer)
    }

    fn person(&self, name: &UserName) -> Option<Person<'_>> {
        self.hub.person(name)
    }

    fn people(&self) -> Vec<Person<'_>> {
        self.hub.people()
    }

    fn room(&self, name: &RoomName) -> Option<RoomSight<'_>> {
        self.hub.room_sight(name)
    }

    fn rooms(&self) -> Vec<RoomSight<'_>> {
        self.hub.room_sights()
    }

    fn rooms_of(&self, name: &UserName) -> Vec<RoomSight<'_>> {
        self.hub.room_sights_of(name)
    }

    fn read_to(&self, room: &RoomName) -> Option<SystemTime> {
        self.hub.read_to(self.hearer, room)
    }

    fn former(&self, name: &UserName) -> Vec<FormerPerson> {
        self.hub.former(name)
    }
}
