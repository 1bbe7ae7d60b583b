//! What was decided about a room beside who is in it: what it is about, who may enter, and who may not. It outlives the
//! members, but for how the room is set and which account decides about it: these end when the last one leaves.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use crate::protocol::command::Phrase;
use crate::protocol::name::UserName;
use crate::protocol::room_modes::RoomModes;
use crate::protocol::sight::Rank;

/// Users that may be banned from one room.
pub(super) const MOST_BANS: usize = 100;

/// What was decided about a room.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RoomSettings {
    pub(super) topic: Option<Topic>,
    /// Whether only those may enter who are invited, and others do not hear of it.
    pub(super) private: bool,
    /// By the name of who is kept out.
    pub(super) bans: BTreeMap<UserName, Ban>,
    /// How it is set; as new rooms are, once all have left.
    pub(super) modes: RoomModes,
    /// The account of its owner, if it is one that the store knows of.
    pub(super) owner: Option<AccountId>,
    /// The accounts among the members that are known to be more than members.
    pub(super) ranks: BTreeMap<AccountId, Rank>,
}

/// One fact about a room that outlives the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomSetting {
    /// What the room is about.
    Topic(Topic),
    /// It is not said any more what the room is about.
    NoTopic,
    /// How the room is set.
    Modes(Box<RoomModes>),
    /// The account that decides about the room; `None` if that is a guest or nobody.
    Owner(Option<AccountId>),
    /// What an account that is a member may do; it ends with the membership.
    Ranked(AccountId, Rank),
    /// Whether only those may enter who are invited.
    Private(bool),
    /// A user is kept out.
    Banned(UserName, Ban),
    /// A user is not kept out any more.
    Unbanned(UserName),
}

/// What a room is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// The text.
    pub text: Phrase,
    /// Who set it.
    pub by: UserName,
    /// When.
    pub at: SystemTime,
}

/// That a user is kept out of a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
            RoomSetting::NoTopic => self.topic = None,
            RoomSetting::Modes(modes) => self.modes = *modes,
            RoomSetting::Owner(owner) => self.owner = owner,
            RoomSetting::Ranked(account, rank) if rank == Rank::default() => {
                self.ranks.remove(&account);
            }
            RoomSetting::Ranked(account, rank) => {
                self.ranks.insert(account, rank);
            }
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
