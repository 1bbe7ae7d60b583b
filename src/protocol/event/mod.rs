//! Everything the server can say, as data. How it is spelled, framed and encoded is for a dialect to say.

mod file;
mod past;
mod room;
mod server_notice;

pub use file::FileEvent;
pub use past::{PastEnd, PastEvent, PastLine};
pub use room::RoomEvent;
pub use server_notice::ServerNotice;

pub use crate::protocol::departure::Departure;
pub use crate::protocol::mark::Mark;

use crate::protocol::charset::Charset;
use crate::protocol::command::{CommandKind, Phrase, Text, Token};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::presence::{Deed, Note, Signal};
use crate::protocol::refusal::Refusal;
use crate::protocol::token::{Epoch, SessionToken};

/// One thing that the server says to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server asks for a name.
    NamePrompt,
    /// The name is an account's: the server asks for its password.
    PasswordPrompt,
    /// The name was accepted.
    Welcome,
    /// The users who are logged in, sorted.
    Users(Vec<UserName>),
    /// The rooms that exist, sorted.
    Rooms(Vec<RoomName>),
    /// The members of a room, sorted.
    Members {
        /// The room.
        room: RoomName,
        /// Its members.
        users: Vec<UserName>,
    },
    /// The counters of the server.
    Stats(Vec<Stat>),
    /// Somebody wrote to the receiver.
    Message {
        /// The sender.
        from: UserName,
        /// What was written.
        text: Text,
        /// Its number among what the two have written to each other, if that is kept.
        number: Option<u64>,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// A message of the receiver waits for this user, who is away.
    KeptFor(UserName),
    /// Something was said or happened in a room.
    InRoom {
        /// The room it belongs to.
        room: RoomName,
        /// Its place in the room's one order: 1, 2, 3, ...
        sequence: u64,
        /// What was said or happened.
        what: RoomEvent,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// What a room is about, if that is said.
    Topic {
        /// The room.
        room: RoomName,
        /// What it is about.
        topic: Option<Phrase>,
    },
    /// Who may enter a room, whose it is, and how much was said there.
    RoomShown(RoomSummary),
    /// These users were asked to enter a room.
    Invited {
        /// The room.
        room: RoomName,
        /// Whom the receiver has asked.
        users: Vec<UserName>,
    },
    /// The receiver is asked to enter a room.
    Invitation {
        /// The room.
        room: RoomName,
        /// Who asks.
        by: UserName,
    },
    /// Others ask before they put the receiver into a room from now on, or do not.
    InvitationsSet {
        /// Whether they ask.
        ask: bool,
    },
    /// Each line of a room begins with its number from now on, or not any more.
    NumbersSet(Option<Epoch>),
    /// What the receiver can come back with.
    Token(SessionToken),
    /// The receiver has another name now.
    Renamed(UserName),
    /// The receiver's charset, already in use.
    EncodingSet(Charset),
    /// The answer to a `ping`.
    Pong(Option<Token>),
    /// What these commands do.
    Help(Vec<CommandKind>),
    /// The receiver's `quit` was heard.
    Bye,
    /// What the receiver wanted as an operator of the server was done.
    Operated(Operated),
    /// An operator of the server has ended a room: nobody is in it any more.
    RoomClosed {
        /// The room.
        room: RoomName,
        /// The operator.
        by: UserName,
    },
    /// What was said earlier.
    Past(PastEvent),
    /// A file of the receiver or for the receiver.
    File(FileEvent),
    /// The receiver's account has changed.
    Account(AccountEvent),
    /// What the server tells everybody, or whom it concerns.
    Server(ServerNotice),
    /// A request of the receiver was refused.
    Refused(Refusal),
    /// Somebody did something, told once where rooms tell it once each; in dialects that do.
    Deed(Box<Deed>),
    /// Something for the receiver's program, in dialects that have such.
    Signal(Box<Signal>),
    /// What concerns the receiver alone, in dialects that tell it.
    Note(Box<Note>),
}

impl Event {
    /// Whether this is told because somebody asked, and not because it happened.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        match self {
            Self::File(event) => event.is_answer(),
            Self::Message { .. }
            | Self::InRoom { .. }
            | Self::Invitation { .. }
            | Self::Server(_)
            | Self::RoomClosed { .. }
            | Self::Deed(_)
            | Self::Signal(_)
            | Self::Note(_) => false,
            Self::NamePrompt
            | Self::PasswordPrompt
            | Self::Account(_)
            | Self::Welcome
            | Self::Users(_)
            | Self::Rooms(_)
            | Self::Members { .. }
            | Self::Stats(_)
            | Self::KeptFor(_)
            | Self::Past(_)
            | Self::Topic { .. }
            | Self::RoomShown(_)
            | Self::Invited { .. }
            | Self::InvitationsSet { .. }
            | Self::NumbersSet(_)
            | Self::Token(_)
            | Self::Renamed(_)
            | Self::EncodingSet(_)
            | Self::Pong(_)
            | Self::Help(_)
            | Self::Bye
            | Self::Operated(_)
            | Self::Refused(_) => true,
        }
    }
}

/// What was done about the receiver's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEvent {
    /// The receiver's name is an account now.
    Registered(UserName),
    /// The receiver's account has another password.
    PasswordChanged,
    /// The receiver's name is no account any more.
    Unregistered(UserName),
}

/// A room as everybody may know it who may enter it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room.
    pub room: RoomName,
    /// Whether only those may enter who are invited.
    pub private: bool,
    /// Who decides about it; `None` while nobody does.
    pub owner: Option<UserName>,
    /// How many members it has.
    pub members: usize,
    /// The numbers of the first and the last line that can be asked for, if there are any.
    pub kept: Option<(u64, u64)>,
}

/// One counter of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What is counted, in words joined by `_`, the unit last.
    pub name: &'static str,
    /// The counter's value.
    pub value: u64,
}
