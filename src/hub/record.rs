//! What must survive: facts that the hub hands out before anybody is told of them, and that a restart applies again.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::account::{Account, AccountId};
use super::file::FileSender;
use super::pair_ends::PairEnds;
use super::room_settings::RoomSetting;
use crate::protocol::event::{Mark, RoomEvent};
use crate::protocol::file::{FileId, FileInfo};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::room_modes::ModeChange;
use crate::protocol::token::TokenHash;

/// Names one place where lines are said, whatever it is called. Never given twice.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceId(u64);

/// One line of a place: something that was said or that happened there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place where it was said or happened.
    pub place: PlaceId,
    /// Its number in the place's one order: 1, 2, 3, ...
    pub number: u64,
    /// Which message it is, and when.
    pub mark: Mark,
    /// What was said or happened.
    pub what: RoomEvent,
}

/// One fact to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A line was said.
    Line(Arc<Line>),
    /// A place was opened, or is spelled in another way.
    Place {
        /// The place.
        place: PlaceId,
        /// Its name, as it is spelled.
        name: RoomName,
        /// The highest number that one of its lines had until now; 0 if it is new.
        number: u64,
    },
    /// Two users wrote to each other for the first time, or are others now.
    Pair {
        /// The place of what they write.
        place: PlaceId,
        /// The two.
        ends: PairEnds,
        /// The highest number that one of its lines had until now; 0 if it is new.
        number: u64,
    },
    /// Something was decided about a place.
    Setting {
        /// The place, or [`PlaceId::SERVER`].
        place: PlaceId,
        /// What.
        setting: RoomSetting,
    },
    /// A place is forgotten, with all its lines.
    PlaceGone(PlaceId),
    /// An account is logged in to with this token, or was so again.
    Token {
        /// What is kept of the token.
        hash: TokenHash,
        /// The account.
        account: AccountId,
        /// When it was given, or used last.
        used: SystemTime,
    },
    /// A token is not valid any more.
    TokenGone(TokenHash),
    /// No token of an account is valid any more.
    TokensGone(AccountId),
    /// A file was sent.
    File(Arc<KeptFile>),
    /// A file is there no more.
    FileGone(FileId),
    /// An account was made, or is another than it was.
    Account(Arc<Account>),
    /// An account is no more, with all that it was a member of.
    AccountGone(AccountId),
    /// An account is a member of a place, or has read more of it.
    Member {
        /// The place.
        place: PlaceId,
        /// The account.
        account: AccountId,
        /// The number of the last line that is known to have been read.
        read: u64,
    },
    /// An account is no member of a place any more.
    NotMember {
        /// The place.
        place: PlaceId,
        /// The account.
        account: AccountId,
    },
    /// An account is asked to enter a place.
    Invited {
        /// The place.
        place: PlaceId,
        /// The account.
        account: AccountId,
        /// Who asks.
        by: UserName,
        /// When.
        at: SystemTime,
    },
    /// An account is not asked to enter a place any more.
    NotInvited {
        /// The place.
        place: PlaceId,
        /// The account.
        account: AccountId,
    },
}

/// What a record means for the lines of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinesEffect<'a> {
    /// Nothing.
    None,
    /// One more line is kept.
    Added(&'a Arc<Line>),
    /// The lines of the place begin behind this number, unless there are some already.
    Begun(PlaceId, u64),
    /// The place has no lines any more.
    Gone(PlaceId),
}

impl Record {
    /// What the record means for the lines of places.
    #[must_use]
    pub fn effect_on_lines(&self) -> LinesEffect<'_> {
        match self {
            Self::Line(line) => LinesEffect::Added(line),
            Self::Place { place, name: _, number } | Self::Pair { place, ends: _, number } => {
                LinesEffect::Begun(*place, *number)
            }
            Self::PlaceGone(place) => LinesEffect::Gone(*place),
            Self::Setting { .. }
            | Self::File(_)
            | Self::FileGone(_)
            | Self::Account(_)
            | Self::AccountGone(_)
            | Self::Token { .. }
            | Self::TokenGone(_)
            | Self::TokensGone(_)
            | Self::Member { .. }
            | Self::NotMember { .. }
            | Self::Invited { .. }
            | Self::NotInvited { .. } => LinesEffect::None,
        }
    }
}

/// A file that was sent and can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// What it is.
    pub info: Arc<FileInfo>,
    /// The id of the message that tells of it, if it is the line of a place.
    pub line: Option<u64>,
    /// That place.
    pub place: Option<PlaceId>,
    /// Who sent it, if that is known.
    pub by: Option<FileSender>,
    /// From when on it is there no more.
    pub expires: Option<SystemTime>,
}

/// What a store kept of an earlier hub.
#[derive(Debug, Default, Clone)]
pub struct Past {
    /// The facts, in the order in which they happened.
    pub records: Vec<Record>,
    /// The highest message id that was given, if no record tells of it.
    pub last_message: u64,
    /// The last place that was opened, if no record tells of it.
    pub last_place: PlaceId,
    /// The last account that was made, if no record tells of it.
    pub last_account: AccountId,
    /// Names the numbering of the lines: under another one, the same number is another line.
    pub epoch: u32,
    /// What was said lately and may be said again with the same nonce, the oldest first.
    pub said_once: Vec<SaidOnce>,
    /// How many messages wait for accounts, where any do.
    pub waiting: Vec<(AccountId, usize)>,
}

/// A line that its speaker may send again, not knowing whether it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOnce {
    /// What it was sent with.
    pub nonce: Box<str>,
    /// Where it was said.
    pub room: RoomName,
    /// The line.
    pub line: Arc<Line>,
}

impl Past {
    /// That there was nothing before, and that numbers are of this epoch, which is to be random.
    #[must_use]
    pub fn none(epoch: u32) -> Self {
        Self { epoch, ..Self::default() }
    }
}

impl PlaceId {
    /// The server itself, where what is decided about it is no matter of a room.
    pub const SERVER: Self = Self(0);

    /// The place of this number.
    #[must_use]
    pub fn numbered(number: u64) -> Self {
        Self(number)
    }

    /// Places are counted in the order in which they were opened: 1, 2, 3, ...
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The place opened after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Line {
    /// Who said it or did it.
    #[must_use]
    pub fn who(&self) -> &UserName {
        self.what.who()
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.what {
            RoomEvent::Said { from: _, text } => Self::weight_of_said(text.as_str().len()),
            RoomEvent::Created { by: _, with } => size_of::<Self>() + with.len() * size_of::<UserName>(),
            RoomEvent::TopicSet { by: _, topic: Some(text) } | RoomEvent::Removed { reason: Some(text), .. } => {
                Self::weight_of_said(text.as_str().len())
            }
            RoomEvent::Moded { by: _, changes } => {
                size_of::<Self>() + changes.iter().map(ModeChange::weight).sum::<usize>()
            }
            RoomEvent::Left { said: Some(said), .. } => Self::weight_of_said(said.len()),
            RoomEvent::File { from: _, file } => size_of::<Self>() + size_of::<FileInfo>() + file.name.as_str().len(),
            RoomEvent::Joined(_)
            | RoomEvent::Left { said: None, .. }
            | RoomEvent::TopicSet { topic: None, .. }
            | RoomEvent::Renamed { .. }
            | RoomEvent::Removed { reason: None, .. }
            | RoomEvent::Banned { .. }
            | RoomEvent::Unbanned { .. }
            | RoomEvent::Opened { .. }
            | RoomEvent::Owned { .. } => size_of::<Self>(),
        }
    }

    /// The weight of a line with a text of so many bytes.
    #[must_use]
    pub fn weight_of_said(text_len: usize) -> usize {
        size_of::<Self>() + text_len
    }
}
