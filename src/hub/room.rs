//! A room: its members and the count of what happened in it.

use std::sync::Arc;

use super::SessionId;
use crate::protocol::name::RoomName;

#[derive(Debug)]
pub(super) struct Room {
    name: RoomName,
    /// In the order of arrival. Copied when it changes while an output still shares it.
    members: Arc<Vec<SessionId>>,
    sequence: u64,
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self { name, members: Arc::default(), sequence: 0 }
    }

    /// The name as it was first written.
    pub(super) fn name(&self) -> &RoomName {
        &self.name
    }

    pub(super) fn members(&self) -> &Arc<Vec<SessionId>> {
        &self.members
    }

    pub(super) fn add(&mut self, id: SessionId) {
        Arc::make_mut(&mut self.members).push(id);
    }

    pub(super) fn remove(&mut self, id: SessionId) {
        if let Some(place) = self.members.iter().position(|member| *member == id) {
            Arc::make_mut(&mut self.members).remove(place);
        }
    }

    /// The number of the next event: 1, 2, 3, ...
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}
