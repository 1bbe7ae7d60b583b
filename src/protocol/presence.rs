//! What is told of people and to people in dialects that tell it: once a person where others tell it once a room, and what
//! only the one who acts is told. Other dialects spell none of it.

use std::time::SystemTime;

use crate::protocol::act::{Addressee, Sign};
use crate::protocol::command::Text;
use crate::protocol::departure::Departure;
use crate::protocol::mark::Mark;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::profile::MessageSource;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::recall_request::RecalledPlace;
use crate::protocol::refusal::Refusal;
use crate::protocol::room_modes::ModeChange;

/// Something that a user did, for all who share a room with the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who did it.
    pub who: MessageSource,
    /// What.
    pub what: Doing,
    /// When.
    pub at: SystemTime,
    /// Told to those who watch him and share no room with him.
    pub is_watched: bool,
}

/// What a user can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Is called otherwise.
    Renamed(UserName),
    /// Left a room, with these words.
    Left(RoomName, Option<Box<str>>),
    /// Left the server, for this reason and with these words.
    Gone(Departure, Option<Box<str>>),
    /// Is away with this text, or is back.
    Away(Option<Box<str>>),
    /// Has changed how a room is set.
    Moded(RoomName, Vec<ModeChange>),
    /// Has asked somebody to enter a room.
    Invited(RoomName, UserName),
    /// Is described by another line.
    RealName(Box<str>),
    /// Has an account of this name now, or none any more.
    Account(Option<UserName>),
}

/// A sign for the programs of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// From whom.
    pub from: UserName,
    /// To whom.
    pub to: Addressee,
    /// What.
    pub what: Sign,
    /// Which message of this server it is, and when.
    pub mark: Mark,
}

/// What only the one is told whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The hearer is in this room now.
    Entered(RoomName),
    /// The hearer has written this.
    Echo {
        /// To whom.
        to: UserName,
        /// What.
        text: Text,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// The hearer has sent this sign to a user.
    SignalEcho(Signal),
    /// Somebody to whom the hearer has written is away.
    IsAway(UserName, Box<str>),
    /// The hearer is away now, or is back.
    AwaySet(bool),
    /// The hearer appears otherwise now: a program, and found by the exact name alone, where that has changed.
    Appears(Option<bool>, Option<bool>),
    /// Somebody whom the hearer watches has come, or has gone.
    Seen {
        /// Who.
        who: MessageSource,
        /// Whether he is here now.
        is_here: bool,
    },
    /// These have come or gone since the hearer last heard of it, and are still in rooms that they share with the hearer.
    Presence {
        /// Who is here now.
        here: Vec<UserName>,
        /// Who is not.
        gone: Vec<UserName>,
    },
    /// The hearer has read so far, on another connection.
    Read(ReadMark),
    /// Whether these are here is what the hearer has asked.
    Looked(Vec<UserName>),
    /// The hearer watches these.
    Watched(Vec<UserName>),
    /// These are too many to be watched.
    NotWatched(Vec<UserName>),
    /// The hearer is invited to these rooms.
    InvitedTo(Vec<RoomName>),
    /// The hearer was in this room before it came.
    WasIn(RoomName),
    /// The hearer has shown that the account of this name is its own.
    Authenticated(UserName),
    /// The hearer has not shown that, for this reason.
    NotAuthenticated(Refusal),
    /// The hearer has shown that before.
    IsAuthenticated,
    /// The hearer has read this place up to then, as far as is known.
    ReadTo(RecalledPlace, Option<SystemTime>),
    /// Nothing of what was said there is for the hearer, who has asked for it so.
    NotRecalled {
        /// What the client calls the way in which it asks.
        asked_as: &'static str,
        /// Where.
        place: Option<RecalledPlace>,
    },
    /// An account can have no name but the hearer's own.
    NameOfAnother(UserName),
    /// The hearer cannot enter this room: too many rooms are open, or entered.
    NoMoreRooms(RoomName),
    /// No program of this user takes what programs say to each other.
    NoPrograms(UserName),
    /// Only oneself may be changed so.
    NotOneself,
    /// The hearer has said that this is the end, with these words.
    Farewell(Option<Box<str>>),
}
