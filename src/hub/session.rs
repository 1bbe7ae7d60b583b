//! The hub's record of each connection, by an id that is never used for two of them.

use std::collections::BTreeSet;

use crate::protocol::name::{RoomName, UserName};

/// Names one session. Its slot is used again after the session has ended, its generation is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId {
    slot: u32,
    generation: u32,
}

impl SessionId {
    /// A small number that no other living session has, to index a table with.
    #[must_use]
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// Where a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The machine that the server runs on.
    Local,
    /// Any other.
    Remote,
}

#[derive(Debug)]
pub(super) enum Session {
    /// Asked for a name; this many were refused.
    AwaitingName { refused: u8 },
    /// Has a name.
    Chatting(User),
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) name: UserName,
    /// Sorted, so that departures are announced in this order.
    pub(super) rooms: BTreeSet<RoomName>,
}

#[derive(Debug, Default)]
pub(super) struct Sessions {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    origin: Origin,
    session: Option<Session>,
}

impl Sessions {
    pub(super) fn insert(&mut self, origin: Origin) -> SessionId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, origin, session: None });
            u32::try_from(self.slots.len() - 1).expect("there are fewer connections than descriptors, an i32")
        });
        let place = &mut self.slots[slot as usize];
        place.origin = origin;
        place.session = Some(Session::AwaitingName { refused: 0 });
        SessionId { slot, generation: place.generation }
    }

    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let place = self.slots.get_mut(id.slot()).filter(|place| place.generation == id.generation)?;
        let session = place.session.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(session)
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.slots.get(id.slot()).filter(|place| place.generation == id.generation)?.session.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.slots.get_mut(id.slot()).filter(|place| place.generation == id.generation)?.session.as_mut()
    }

    pub(super) fn is_awaiting_name(&self, id: SessionId) -> bool {
        matches!(self.get(id), Some(Session::AwaitingName { .. }))
    }

    /// Where a session that has not ended comes from.
    pub(super) fn origin(&self, id: SessionId) -> Origin {
        self.slots[id.slot()].origin
    }

    /// As many as there were sessions at once.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Gives a session without a name this one; false if there is none.
    pub(super) fn log_in(&mut self, id: SessionId, name: UserName) -> bool {
        match self.get_mut(id) {
            Some(session @ Session::AwaitingName { .. }) => {
                *session = Session::Chatting(User { name, rooms: BTreeSet::new() });
                true
            }
            Some(Session::Chatting(_)) | None => false,
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SessionId> {
        self.slots
            .iter()
            .zip(0..)
            .filter(|(place, _)| place.session.is_some())
            .map(|(place, slot)| SessionId { slot, generation: place.generation })
    }

    /// The user of a session that the hub has found logged in, among its users or a room's members.
    pub(super) fn user(&self, id: SessionId) -> &User {
        match self.get(id) {
            Some(Session::Chatting(user)) => user,
            Some(Session::AwaitingName { .. }) | None => panic!("{id:?} is among the users, so it is logged in"),
        }
    }

    pub(super) fn user_mut(&mut self, id: SessionId) -> &mut User {
        match self.get_mut(id) {
            Some(Session::Chatting(user)) => user,
            Some(Session::AwaitingName { .. }) | None => panic!("{id:?} is among the users, so it is logged in"),
        }
    }
}
