//! What clients of some dialects want that no line of the text dialect says: the hub carries it out like a command.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::command::{Phrase, Text};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::recall_request::{RecallRequest, RecalledPlace};
use crate::protocol::room_modes::ModeChange;

/// Something to be done for a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Enter a room, and open it if it is not open.
    Enter {
        /// Which one.
        room: RoomName,
        /// The word that opens a locked room.
        key: Option<Box<str>>,
    },
    /// Change how a room is set.
    SetModes {
        /// Which one.
        room: RoomName,
        /// What to change, in order.
        changes: Vec<ModeChange>,
    },
    /// Say what a room is about, or say it no more.
    Describe {
        /// Which one.
        room: RoomName,
        /// What.
        topic: Option<Phrase>,
    },
    /// Remove a member from a room.
    Remove {
        /// From which one.
        room: RoomName,
        /// Whom.
        user: UserName,
        /// Why.
        why: Option<Phrase>,
    },
    /// Ask a user to enter a room.
    Invite {
        /// Which one.
        room: RoomName,
        /// Whom.
        user: UserName,
    },
    /// Hear when others come and go.
    Watch(Watch),
    /// Tell the rooms that the user is invited to.
    ListInvitations,
    /// Leave a room.
    Leave {
        /// Which one.
        room: RoomName,
        /// Why.
        said: Option<Box<str>>,
    },
    /// Leave every room.
    LeaveAll,
    /// Say something, to one addressee.
    Say {
        /// To whom.
        to: Addressee,
        /// What.
        text: Text,
    },
    /// Hand something to the programs of others that is not to be read.
    Signal {
        /// To whom.
        to: Addressee,
        /// What.
        what: Sign,
    },
    /// Be away, with what others are told, or be back.
    Away(Option<Box<str>>),
    /// Be described by another line.
    RealName(Box<str>),
    /// Be a program, or findable by everybody, or neither any more.
    Appear {
        /// Who is to; nobody but oneself may.
        of: UserName,
        /// Whether the user is a program, if that changes.
        is_bot: Option<bool>,
        /// Whether only those find the user who know the name, if that changes.
        is_invisible: Option<bool>,
    },
    /// Tell what was said before.
    #[serde(skip)]
    Recall(Box<RecallRequest>),
    /// Have read a place up to a time, or ask up to when that is.
    MarkRead {
        /// Which one.
        place: RecalledPlace,
        /// Up to when; never earlier than before.
        to: Option<SystemTime>,
    },
    /// Have an account from now on.
    Register {
        /// Of this name, which can be no other than the own; the own, if none is given.
        name: Option<UserName>,
        /// What it takes to log in.
        password: Password,
    },
    /// Be called otherwise.
    Rename(UserName),
    /// Go, with these last words.
    Quit(Option<Box<str>>),
}

/// What is asked about those who are watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    /// Watch these as well.
    Add(Vec<UserName>),
    /// Do not watch these any more.
    Remove(Vec<UserName>),
    /// Watch nobody.
    Clear,
    /// Tell who is watched.
    List,
    /// Tell who of them is here.
    Look,
}

/// To whom something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Addressee {
    /// A user.
    User(UserName),
    /// The members of a room.
    Room(RoomName),
    /// Those members of a room who have a voice, or who are its operators.
    Voices(RoomName),
    /// The operators of a room.
    Operators(RoomName),
}

/// What is handed from program to program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// A request in a text, if it is not in the tags alone.
    pub text: Option<Box<str>>,
    /// Never to be answered.
    pub is_notice: bool,
    /// What the sender's client says about it, in the spelling of the dialect that knows such.
    pub tags: Box<str>,
}
