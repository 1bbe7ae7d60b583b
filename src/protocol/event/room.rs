//! What can be said and happen in a room.

use std::sync::Arc;

use super::Departure;
use crate::protocol::command::{Phrase, Text};
use crate::protocol::file::FileInfo;
use crate::protocol::name::UserName;
use crate::protocol::room_modes::ModeChange;

/// What can happen in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// A member wrote a message.
    Said {
        /// The sender.
        from: UserName,
        /// What was written.
        text: Text,
    },
    /// The room was opened.
    Created {
        /// The user who opened it.
        by: UserName,
        /// Who else is in it, in the order listed.
        with: Vec<UserName>,
    },
    /// Somebody entered.
    Joined(UserName),
    /// A member left.
    Left {
        /// Who.
        user: UserName,
        /// For which reason.
        why: Departure,
        /// With these words, if some were said where that can be.
        said: Option<Box<str>>,
    },
    /// A member sent a file.
    File {
        /// The sender.
        from: UserName,
        /// What was sent.
        file: Arc<FileInfo>,
    },
    /// A member has another name.
    Renamed {
        /// The name until now.
        from: UserName,
        /// The name from now on.
        to: UserName,
    },
    /// It was said what the room is about, or that was taken away.
    TopicSet {
        /// Who did it.
        by: UserName,
        /// What it is about; `None` if nothing is said of it any more.
        topic: Option<Phrase>,
    },
    /// A member was removed.
    Removed {
        /// Who did it.
        by: UserName,
        /// Who is no member any more.
        user: UserName,
        /// Why, if that was said.
        reason: Option<Phrase>,
    },
    /// A user was removed, if he was a member, and cannot enter.
    Banned {
        /// Who did it.
        by: UserName,
        /// Who cannot enter.
        user: UserName,
    },
    /// A user can enter again.
    Unbanned {
        /// Who did it.
        by: UserName,
        /// Who can enter.
        user: UserName,
    },
    /// Only those can enter who are invited, or everybody can.
    Opened {
        /// Who did it.
        by: UserName,
        /// Whether everybody can.
        to_all: bool,
    },
    /// The room is set otherwise, where a dialect can say such.
    Moded {
        /// Who did it.
        by: UserName,
        /// What has changed. Of a key, that there is one.
        changes: Vec<ModeChange>,
    },
    /// The room has another owner.
    Owned {
        /// Who gave it away; `None` if the owner left.
        by: Option<UserName>,
        /// The owner from now on.
        owner: UserName,
    },
}

impl RoomEvent {
    /// Who said it or did it.
    #[must_use]
    pub fn who(&self) -> &UserName {
        match self {
            Self::Said { from: who, .. }
            | Self::File { from: who, .. }
            | Self::Created { by: who, .. }
            | Self::Joined(who)
            | Self::Left { user: who, .. }
            | Self::Renamed { from: who, .. }
            | Self::TopicSet { by: who, .. }
            | Self::Removed { by: who, .. }
            | Self::Banned { by: who, .. }
            | Self::Unbanned { by: who, .. }
            | Self::Opened { by: who, .. }
            | Self::Moded { by: who, .. }
            | Self::Owned { by: Some(who), .. }
            | Self::Owned { by: None, owner: who } => who,
        }
    }

    /// What a member wrote, if it is that.
    #[must_use]
    pub fn said(&self) -> Option<&Text> {
        match self {
            Self::Said { from: _, text } => Some(text),
            Self::File { .. }
            | Self::Created { .. }
            | Self::Joined(_)
            | Self::Left { .. }
            | Self::Renamed { .. }
            | Self::TopicSet { .. }
            | Self::Removed { .. }
            | Self::Banned { .. }
            | Self::Unbanned { .. }
            | Self::Opened { .. }
            | Self::Moded { .. }
            | Self::Owned { .. } => None,
        }
    }
}
