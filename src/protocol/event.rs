//! Everything the server can say, as data. How it is spelled, framed and encoded is for a dialect to say.

use std::sync::Arc;
use std::time::SystemTime;

pub use crate::protocol::departure::Departure;
pub use crate::protocol::mark::Mark;

use crate::protocol::charset::Charset;
use crate::protocol::command::{CommandKind, Phrase, Text, Token};
use crate::protocol::file::{FileId, FileInfo, FileName, FileToken};
use crate::protocol::hindrance::Hindrance;
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
    /// What was said in a room, oldest first.
    History {
        /// The room it belongs to.
        room: RoomName,
        /// The lines that were asked for.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
    },
    /// What was said in a room while the receiver did not hear it, oldest first.
    Resumed {
        /// Where.
        room: RoomName,
        /// The last of it.
        lines: Vec<PastLine>,
        /// The numbers of the first and the last line of what came before that, if there was anything.
        left_out: Option<(u64, u64)>,
    },
    /// What the receiver and another wrote to each other, oldest first.
    PastMessages {
        /// The other.
        with: UserName,
        /// What they wrote.
        lines: Vec<PastLine>,
        /// Which part of all it is.
        end: PastEnd,
    },
    /// Something happened in one of the receiver's rooms while he was away.
    NewIn {
        /// The room.
        room: RoomName,
        /// The numbers of the first and the last line of it.
        lines: (u64, u64),
    },
    /// What was found, oldest first, and in which room.
    Found {
        /// The last of it.
        lines: Vec<(RoomName, PastLine)>,
        /// Whether older lines would have been found as well.
        more: bool,
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
    /// Somebody sent the receiver a file.
    File {
        /// The sender.
        from: UserName,
        /// What was sent.
        file: Arc<FileInfo>,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// The receiver's file was given to this user.
    FileSent {
        /// Who sees it now.
        to: UserName,
        /// The receiver's own name.
        from: UserName,
        /// What was sent.
        file: Arc<FileInfo>,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// The server waits for the bytes of a file.
    FileWanted {
        /// What they are brought with.
        token: FileToken,
        /// The file's name as it is kept.
        name: FileName,
        /// Until when the first of them has to come.
        until: SystemTime,
    },
    /// The file that this connection brought is kept.
    FileStored(Arc<FileInfo>),
    /// The bytes of this file follow.
    FileHead(Arc<FileInfo>),
    /// The file is there no more.
    FileRemoved(FileId),
    /// Each line of a room begins with its number from now on, or not any more.
    NumbersSet(Option<Epoch>),
    /// The receiver's name is an account now.
    Registered(UserName),
    /// The receiver's account has another password.
    PasswordChanged,
    /// The receiver's name is no account any more.
    Unregistered(UserName),
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
    /// The receiver is an operator of the server from now on, or is none any more.
    OperatorSet(bool),
    /// An operator of the server tells everybody something.
    Announcement {
        /// The operator.
        by: UserName,
        /// What there is to tell.
        text: Phrase,
    },
    /// An operator of the server has ended a room: nobody is in it any more.
    RoomClosed {
        /// The room.
        room: RoomName,
        /// The operator.
        by: UserName,
    },
    /// The server lets nobody else in, and stops after this many seconds, or when everybody has left.
    StopsIn(u64),
    /// The server stops.
    ShuttingDown,
    /// From now on, nothing that would have to be kept is taken.
    NotTaken(Hindrance),
    /// What was said in such a time is kept now, and what is said is taken again.
    TakenAgain(Hindrance),
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
            Self::Message { .. }
            | Self::InRoom { .. }
            | Self::File { .. }
            | Self::FileSent { .. }
            | Self::Invitation { .. }
            | Self::NotTaken(_)
            | Self::TakenAgain(_)
            | Self::OperatorSet(_)
            | Self::Announcement { .. }
            | Self::RoomClosed { .. }
            | Self::Deed(_)
            | Self::Signal(_)
            | Self::Note(_)
            | Self::StopsIn(_)
            | Self::ShuttingDown => false,
            Self::NamePrompt
            | Self::PasswordPrompt
            | Self::Registered(_)
            | Self::PasswordChanged
            | Self::Unregistered(_)
            | Self::Welcome
            | Self::Users(_)
            | Self::Rooms(_)
            | Self::Members { .. }
            | Self::Stats(_)
            | Self::KeptFor(_)
            | Self::History { .. }
            | Self::PastMessages { .. }
            | Self::NewIn { .. }
            | Self::Resumed { .. }
            | Self::Found { .. }
            | Self::Topic { .. }
            | Self::RoomShown(_)
            | Self::Invited { .. }
            | Self::InvitationsSet { .. }
            | Self::NumbersSet(_)
            | Self::FileWanted { .. }
            | Self::FileStored(_)
            | Self::FileHead(_)
            | Self::FileRemoved(_)
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

/// Which part of all lines some are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastEnd {
    /// They were asked for, and these are the numbers of the first and the last line that can be, if there are any.
    Kept(Option<(u64, u64)>),
    /// They were missed, and these are the numbers of the first and the last line of what came before that, if there was
    /// anything.
    LeftOut(Option<(u64, u64)>),
}

/// A line of a room, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLine {
    /// Its place in the room's one order: 1, 2, 3, ...
    pub number: u64,
    /// When it was said.
    pub at: SystemTime,
    /// What was said or happened.
    pub what: RoomEvent,
}

/// One counter of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What is counted, in words joined by `_`, the unit last.
    pub name: &'static str,
    /// The counter's value.
    pub value: u64,
}

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
    /// A member left, for this reason.
    Left(UserName, Departure),
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
    /// It was said what the room is about.
    TopicSet {
        /// Who said it.
        by: UserName,
        /// What it is about.
        topic: Phrase,
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
            | Self::Left(who, _)
            | Self::Renamed { from: who, .. }
            | Self::TopicSet { by: who, .. }
            | Self::Removed { by: who, .. }
            | Self::Banned { by: who, .. }
            | Self::Unbanned { by: who, .. }
            | Self::Opened { by: who, .. }
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
            | Self::Left(..)
            | Self::Renamed { .. }
            | Self::TopicSet { .. }
            | Self::Removed { .. }
            | Self::Banned { .. }
            | Self::Unbanned { .. }
            | Self::Opened { .. }
            | Self::Owned { .. } => None,
        }
    }
}
