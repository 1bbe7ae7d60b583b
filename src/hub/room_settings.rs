//! What was decided about a room beside who is in it: what it is about, who may enter, and who may not. It outlives the
//! members; who decides does not, and is kept by the place.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::protocol::command::Phrase;
use crate::protocol::name::UserName;

/// Users that may be banned from one room.
pub(super) const MOST_BANS: usize = 100;

/// What was decided about a room.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct RoomSettings {
    pub(super) topic: Option<Topic>,
    /// Whether only those may enter who are invited, and others do not hear of it.
    pub(super) private: bool,
    /// By the name of who is kept out.
    pub(super) bans: BTreeMap<UserName, Ban>,
}

/// One fact about a room that outlives its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomSetting {
    /// What the room is about.
    Topic(Topic),
    /// Whether only those may enter who are invited.
    Private(bool),
    /// A user is kept out.
    Banned(UserName, Ban),
    /// A user is not kept out any more.
    Unbanned(UserName),
}

/// What a room is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The text.
    pub text: Phrase,
    /// Who set it.
    pub by: UserName,
    /// When.
    pub at: SystemTime,
}

/// That a user is kept out of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who decided it.
    pub by: UserName,
    /// When.
    pub at: SystemTime,
}

impl RoomSettings {
    /// Makes one fact true.
    pub(super) fn set(&mut self, setting: RoomSetting) {
        match setting {
            RoomSetting::Topic(topic) => self.topic = Some(topic),
            RoomSetting::Private(private) => self.private = private,
            RoomSetting::Banned(user, ban) => {
                self.bans.insert(user, ban);
            }
            RoomSetting::Unbanned(user) => {
                self.bans.remove(&user);
            }
        }
    }
}
