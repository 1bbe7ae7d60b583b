//! The hub's record of each connection, by an id that is never used for two of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::record::PlaceId;
use super::user_id::UserId;
use crate::protocol::dialect::Dialect;

/// Names one session. Its slot is used again after the session has ended, its generation is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

impl SessionId {
    /// The session that is written so, by `Display`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (slot, generation) = text.split_once('.')?;
        Some(Self { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// Where a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionOrigin {
    /// The machine that the server runs on.
    Local,
    /// Any other address.
    Remote,
    /// Any other address, over TLS.
    RemoteSecure,
    /// The socket in the folder of the server, which only those can open who run it.
    Operator,
}

impl SessionOrigin {
    /// Whether nobody on the way can read along: a secret may be said.
    #[must_use]
    pub fn is_secure(self) -> bool {
        match self {
            Self::Local | Self::RemoteSecure | Self::Operator => true,
            Self::Remote => false,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Session {
    /// Asked for a name; this many were refused.
    AwaitingName { refused: u8 },
    /// Asked for the password of this user's account.
    AwaitingPassword { refused: u8, user: UserId },
    /// Belongs to a user.
    Chatting {
        user: UserId,
        /// The number of the first line that it hears of each place that the user was in when it came.
        heard_from: BTreeMap<PlaceId, u64>,
        /// Whether the lines of rooms have their numbers.
        numbered: bool,
    },
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sessions {
    slots: Vec<SessionSlot>,
    free: Vec<u32>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SessionSlot {
    generation: u32,
    origin: SessionOrigin,
    /// What it speaks, in a word.
    #[serde(deserialize_with = "read_door")]
    door: DoorName,
    session: Option<Session>,
}

impl Sessions {
    /// The id of the next session.
    pub(super) fn next_id(&self) -> SessionId {
        match self.free.last() {
            Some(slot) => SessionId { slot: *slot, generation: self.slots[*slot as usize].generation },
            None => {
                let slot = u32::try_from(self.slots.len());
                SessionId { slot: slot.expect("there are fewer connections than descriptors, an i32"), generation: 0 }
            }
        }
    }

    /// Opens the session of the next id.
    pub(super) fn open_next(&mut self, origin: SessionOrigin, door: &'static str) {
        let session = Some(Session::AwaitingName { refused: 0 });
        match self.free.pop() {
            Some(slot) => {
                let slot = &mut self.slots[slot as usize];
                slot.origin = origin;
                slot.door = door;
                slot.session = session;
            }
            None => self.slots.push(SessionSlot { generation: 0, origin, door, session }),
        }
    }

    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let slot = self.slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation)?;
        let session = slot.session.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(session)
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.slot(id)?.session.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation)?.session.as_mut()
    }

    pub(super) fn is_awaiting_name(&self, id: SessionId) -> bool {
        self.refused(id).is_some()
    }

    /// How many names of a session that has none yet were refused.
    pub(super) fn refused(&self, id: SessionId) -> Option<u8> {
        match self.get(id)? {
            Session::AwaitingName { refused } | Session::AwaitingPassword { refused, user: _ } => Some(*refused),
            Session::Chatting { .. } => None,
        }
    }

    /// The user whose session it is, if it is anybody's yet.
    pub(super) fn user(&self, id: SessionId) -> Option<UserId> {
        match self.get(id) {
            Some(Session::Chatting { user, .. }) => Some(*user),
            Some(Session::AwaitingName { .. } | Session::AwaitingPassword { .. }) | None => None,
        }
    }

    /// Where a session that has not ended comes from.
    pub(super) fn origin(&self, id: SessionId) -> Option<SessionOrigin> {
        self.slot(id).map(|slot| slot.origin)
    }

    /// What a session that has not ended speaks.
    pub(super) fn door(&self, id: SessionId) -> Option<&'static str> {
        self.slot(id).map(|slot| slot.door)
    }

    /// As many as there were sessions at once.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SessionId> {
        self.slots
            .iter()
            .zip(0..)
            .filter(|(slot, _)| slot.session.is_some())
            .map(|(slot, index)| SessionId { slot: index, generation: slot.generation })
    }

    fn slot(&self, id: SessionId) -> Option<&SessionSlot> {
        self.slots.get(id.slot()).filter(|slot| slot.generation == id.generation)
    }
}

/// The word of a door, as [`Dialect::door`] has it. By a name of its own, as it is not borrowed from what is read.
pub(super) type DoorName = &'static str;

fn read_door<'de, D: Deserializer<'de>>(from: D) -> Result<DoorName, D::Error> {
    let word = String::deserialize(from)?;
    Dialect::door_named(&word).ok_or_else(|| serde::de::Error::custom("there is no such door"))
}

pub(super) fn read_door_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DoorName>, D::Error> {
    let word = Option::<String>::deserialize(from)?;
    Ok(word.and_then(|word| Dialect::door_named(&word)))
}
