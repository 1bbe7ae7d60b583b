//! What clients of some dialects want that no line of the text dialect says: the hub carries it out like a command.

use crate::protocol::command::Text;
use crate::protocol::name::{RoomName, UserName};

/// Something to be done for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Enter a room, and open it if it is not open.
    Enter {
        /// Which one.
        room: RoomName,
        /// The word that opens a locked room.
        key: Option<Box<str>>,
    },
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
    /// Be called otherwise.
    Rename(UserName),
    /// Go, with these last words.
    Quit(Option<Box<str>>),
}

/// To whom something is said.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// A request in a text, if it is not in the tags alone.
    pub text: Option<Box<str>>,
    /// Never to be answered.
    pub is_notice: bool,
    /// What the sender's client says about it, in the spelling of the dialect that knows such.
    pub tags: Box<str>,
}
