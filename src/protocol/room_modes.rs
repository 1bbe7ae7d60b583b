//! How a room can be set where a dialect can say such: who may enter and speak, and what is told of it.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::mask::fits;
use crate::protocol::name::UserName;

/// Masks of one kind that a room has at most.
pub const MOST_MASKS: usize = 60;

/// One thing that is so in a room or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RoomFlag {
    /// Programs of members ask each other nothing through the room.
    NoRequests,
    /// Only those enter who are invited.
    InvitedOnly,
    /// Only operators and those with a voice speak.
    Moderated,
    /// Only members speak.
    MembersOnly,
    /// Nobody but its members is told of the room.
    Secret,
    /// Only operators say what it is about.
    TopicLocked,
}

/// What a mask does to those whom it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MaskKind {
    /// They do not enter, and do not speak.
    Banned,
    /// They do all the same.
    Excepted,
    /// They need no invitation.
    Invited,
}

/// What a member can be beyond that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// May change the room.
    Operator,
    /// May speak where only some do.
    Voice,
}

/// A mask, with who set it and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomMask {
    /// What it does.
    pub kind: MaskKind,
    /// `nick!user@host` with `*` and `?`.
    pub mask: Box<str>,
    /// Who set it.
    pub by: UserName,
    /// When.
    pub at: SystemTime,
}

/// How a room is set; as it was opened, while it has no members.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomModes {
    /// What is so.
    pub flags: BTreeSet<RoomFlag>,
    /// The word that opens it.
    pub key: Option<Box<str>>,
    /// Members from which on nobody enters.
    pub limit: Option<usize>,
    /// In the order in which they were set.
    pub masks: Vec<RoomMask>,
}

/// One change of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModeChange {
    /// Something is so, or is not.
    Flag(RoomFlag, bool),
    /// Another key, or none.
    Key(Option<Box<str>>),
    /// Another limit, or none.
    Limit(Option<usize>),
    /// A mask is set, or taken away.
    Mask(MaskKind, Box<str>, bool),
    /// A member is more than that, or is not any more.
    Rank(UserName, Role, bool),
}

impl ModeChange {
    /// The same for everybody: of a key, that there is one.
    #[must_use]
    pub fn without_key(&self) -> Self {
        match self {
            Self::Key(Some(_)) => Self::Key(Some("*".into())),
            other => other.clone(),
        }
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        let text = match self {
            Self::Key(Some(text)) | Self::Mask(_, text, _) => text.len(),
            Self::Flag(..) | Self::Key(None) | Self::Limit(_) | Self::Rank(..) => 0,
        };
        size_of::<Self>() + text
    }
}

impl Default for RoomModes {
    fn default() -> Self {
        let flags = BTreeSet::from([RoomFlag::MembersOnly, RoomFlag::TopicLocked]);
        Self { flags, key: None, limit: None, masks: Vec::new() }
    }
}

impl RoomModes {
    /// Whether this is so.
    #[must_use]
    pub fn has(&self, flag: RoomFlag) -> bool {
        self.flags.contains(&flag)
    }

    /// The masks of one kind.
    pub fn masks(&self, kind: MaskKind) -> impl Iterator<Item = &RoomMask> {
        self.masks.iter().filter(move |mask| mask.kind == kind)
    }

    /// Whether one of the masks of a kind fits `nick!user@host`.
    #[must_use]
    pub fn fits(&self, kind: MaskKind, who: &str) -> bool {
        self.masks(kind).any(|mask| fits(&mask.mask, who))
    }

    /// Whether a mask keeps `nick!user@host` out.
    #[must_use]
    pub fn keeps_out(&self, who: &str) -> bool {
        self.fits(MaskKind::Banned, who) && !self.fits(MaskKind::Excepted, who)
    }

    /// Makes a change that is no member's; false if that is so already, or if there are too many masks.
    pub fn set(&mut self, change: &ModeChange, by: &UserName, at: SystemTime) -> bool {
        match change {
            ModeChange::Flag(flag, true) => self.flags.insert(*flag),
            ModeChange::Flag(flag, false) => self.flags.remove(flag),
            ModeChange::Key(key) => std::mem::replace(&mut self.key, key.clone()) != *key,
            ModeChange::Limit(limit) => std::mem::replace(&mut self.limit, *limit) != *limit,
            ModeChange::Mask(kind, mask, on) => {
                let known = self.masks.iter().position(|one| one.kind == *kind && same(&one.mask, mask));
                match (known, on) {
                    (None, true) if !self.is_full(*kind) => {
                        self.masks.push(RoomMask { kind: *kind, mask: mask.clone(), by: by.clone(), at });
                        true
                    }
                    (Some(place), false) => {
                        self.masks.remove(place);
                        true
                    }
                    _ => false,
                }
            }
            ModeChange::Rank(..) => false,
        }
    }

    /// Whether this mask is one of a kind.
    #[must_use]
    pub fn has_mask(&self, kind: MaskKind, mask: &str) -> bool {
        self.masks(kind).any(|one| same(&one.mask, mask))
    }

    /// Whether there are as many masks of a kind as may be.
    #[must_use]
    pub fn is_full(&self, kind: MaskKind) -> bool {
        self.masks(kind).count() >= MOST_MASKS
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
