//! What a client may see of the chat while something is spelled for it; the hub's lock is held.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::state::connected;
use crate::hub::{Hub, SessionId};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::sight::{Census, FormerPerson, House, Person, RoomSight, Sight};
use crate::server::connection::Connection;

/// The chat, seen by one session.
pub(super) struct Around<'a> {
    pub(super) hub: &'a Hub,
    pub(super) connections: &'a [Option<(SessionId, Arc<Connection>)>],
    pub(super) house: &'a House,
    pub(super) hearer: SessionId,
    pub(super) now: SystemTime,
}

impl Around<'_> {
    /// What somebody speaks whose client says nothing of him.
    fn door(&self, session: SessionId) -> &'static str {
        connected(self.connections, session).map_or("user", |connection| connection.dialect.name())
    }
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

    fn person(&self, name: &UserName) -> Option<Person<'_>> {
        self.hub.person(name, &|session| self.door(session))
    }

    fn people(&self) -> Vec<Person<'_>> {
        self.hub.people(&|session| self.door(session))
    }

    fn room(&self, name: &RoomName) -> Option<RoomSight<'_>> {
        self.hub.room_sight(name, &|session| self.door(session))
    }

    fn rooms(&self) -> Vec<RoomSight<'_>> {
        self.hub.room_sights(&|session| self.door(session))
    }

    fn rooms_of(&self, name: &UserName) -> Vec<RoomSight<'_>> {
        self.hub.room_sights_of(name, &|session| self.door(session))
    }

    fn read_to(&self, room: &RoomName) -> Option<SystemTime> {
        self.hub.read_to(self.hearer, room)
    }

    fn former(&self, name: &UserName) -> Vec<FormerPerson> {
        self.hub.former(name)
    }
}
