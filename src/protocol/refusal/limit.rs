//! More than there may be of what users make and name.

use std::fmt;

use super::Refusal;
use crate::protocol::name::{RoomName, UserName};

/// What there would be more of than the limit that it comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooMany {
    /// A message to more users than this.
    Recipients(usize),
    /// A text of more lines than this.
    Lines(usize),
    /// The caller is in as many rooms as anybody may be.
    Rooms(usize),
    /// A room with more other users than this.
    Users(usize),
    /// The server has as many rooms as it may have.
    RoomsInAll(usize),
    /// Others have put this user into as many rooms as they may.
    PutIntoRooms(UserName, usize),
    /// The caller has put this user into as many rooms as one user may.
    PutIntoRoomsByCaller(UserName, usize),
    /// As many users are banned from the room as may be.
    Bans(RoomName, usize),
    /// As many names are banned from the server as may be.
    ServerBans(usize),
    /// The user has as many invitations as anybody may have.
    Invitations(UserName, usize),
}

impl TooMany {
    pub(super) fn addressee(&self) -> Option<&UserName> {
        match self {
            Self::PutIntoRooms(user, _) | Self::PutIntoRoomsByCaller(user, _) | Self::Invitations(user, _) => {
                Some(user)
            }
            Self::Recipients(_)
            | Self::Lines(_)
            | Self::Rooms(_)
            | Self::Users(_)
            | Self::RoomsInAll(_)
            | Self::Bans(..)
            | Self::ServerBans(_) => None,
        }
    }
}

impl fmt::Display for TooMany {
    /// The detail, without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipients(limit) => write!(f, "more than {limit} recipients"),
            Self::Lines(limit) => write!(f, "more than {limit} lines"),
            Self::Rooms(limit) => write!(f, "more than {limit} rooms"),
            Self::Users(limit) => write!(f, "more than {limit} users"),
            Self::RoomsInAll(limit) => write!(f, "the server has {limit} rooms"),
            Self::PutIntoRooms(user, limit) => write!(f, "others have put {user} into {limit} rooms"),
            Self::PutIntoRoomsByCaller(user, limit) => write!(f, "you have put {user} into {limit} rooms"),
            Self::Bans(room, limit) => write!(f, "{limit} users are banned from {room}"),
            Self::ServerBans(limit) => write!(f, "{limit} users are banned from this server"),
            Self::Invitations(user, limit) => write!(f, "{user} has {limit} invitations"),
        }
    }
}

impl From<TooMany> for Refusal {
    fn from(why: TooMany) -> Self {
        Self::TooMany(why)
    }
}
