//! What a client is told instead of being served: every `error:` line of the protocol, as data.
//!
//! A refusal is an answer to a peer, never an error of ours. Its code and its wording are the same in every dialect.

mod account;
mod disconnect;
mod file;
mod limit;

use std::fmt;

pub use account::AccountRefusal;
pub use disconnect::{DisconnectReason, NAMES_REFUSED_AT_MOST};
pub use file::FileRefusal;
pub use limit::TooMany;

use crate::protocol::charset::NotInCharset;
use crate::protocol::command::{BadCommand, CommandKind};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};

/// The code of [`Refusal::NameTaken`].
pub const NAME_TAKEN: &str = "name-taken";

/// The code of [`Refusal::NoSuchUser`].
pub const NO_SUCH_USER: &str = "no-such-user";

/// The code of [`Refusal::NoSuchRoom`].
pub const NO_SUCH_ROOM: &str = "no-such-room";

/// The code of [`Refusal::RoomExists`].
pub const ROOM_EXISTS: &str = "room-exists";

/// The code of [`Refusal::WrongToken`].
pub const WRONG_TOKEN: &str = "wrong-token";

/// The code of a number that a room has not reached.
pub const BAD_NUMBER: &str = "bad-number";

/// The code of [`AccountRefusal::WrongPassword`].
pub const WRONG_PASSWORD: &str = "wrong-password";

/// The code of [`AccountRefusal::Busy`].
pub const BUSY: &str = "busy";

/// The code of [`Refusal::NotAMember`].
pub const NOT_A_MEMBER: &str = "not-a-member";

/// The code of [`FileRefusal::NoSuchFile`].
pub const NO_SUCH_FILE: &str = "no-such-file";

/// The code of [`FileRefusal::Incomplete`].
pub const INCOMPLETE: &str = "incomplete";

/// Why a line was not carried out, or why a connection is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The line is no command, or no name where one was asked for.
    BadCommand(BadCommand),
    /// Somebody has this name.
    NameTaken(UserName),
    /// Nobody has this name.
    NoSuchUser(UserName),
    /// There is no such room, though a keyword may have been meant.
    NoSuchRoom {
        /// The room as it was typed.
        room: RoomName,
        /// What may have been meant.
        suggestion: Option<CommandKind>,
    },
    /// A room of this name exists.
    RoomExists(RoomName),
    /// The caller is in the room.
    AlreadyAMember(RoomName),
    /// The caller is not in the room.
    NotAMember(RoomName),
    /// Only the owner of the room may do this.
    NotTheOwner(RoomName),
    /// The caller may not enter the room.
    Banned(RoomName),
    /// The user is in the room.
    UserIsMember {
        /// The user.
        user: UserName,
        /// The room.
        room: RoomName,
    },
    /// The user is not in the room.
    UserIsNoMember {
        /// The user.
        user: UserName,
        /// The room.
        room: RoomName,
    },
    /// The user may not enter the room.
    UserIsBanned {
        /// The user.
        user: UserName,
        /// The room.
        room: RoomName,
    },
    /// The user may enter the room.
    NotBanned {
        /// The user.
        user: UserName,
        /// The room.
        room: RoomName,
    },
    /// Nobody is let in with this name.
    BannedFromServer(UserName),
    /// Whoever has this name is let in.
    NotBannedFromServer(UserName),
    /// The caller may not speak in the room.
    CannotSpeak(RoomName),
    /// Only those may enter the room who are invited.
    OnlyInvited(RoomName),
    /// The room has a key, and this was not it.
    WrongKey(RoomName),
    /// The room has as many members as it may have.
    RoomFull(RoomName),
    /// The room has no line of such a number; this is its last.
    BadNumber {
        /// The room.
        room: RoomName,
        /// The number of its last line.
        last: u64,
    },
    /// The two have written no line of such a number; this is their last.
    BadMessageNumber {
        /// The other one.
        with: UserName,
        /// The number of the last line.
        last: u64,
    },
    /// As many messages wait for this user as may.
    MailboxFull(UserName),
    /// No session has this token.
    WrongToken,
    /// The dialect of this name does not tell numbers.
    NoNumbers(&'static str),
    /// The line's bytes are not text in the connection's charset.
    NotInCharset(NotInCharset),
    /// The same for a line that was to be a name: nothing can be set before there is one.
    NameNotInCharset(NotInCharset),
    /// The dialect of this name does not change its charset.
    CharsetIsFixed(&'static str),
    /// What came is no JSON, or no request in it.
    BadJson(String),
    /// JSON is always UTF-8.
    JsonIsUtf8,
    /// A line of more bytes than this.
    LineTooLong(usize),
    /// What was said or done cannot be kept, so it is not done.
    NotKept(Hindrance),
    /// What was asked for cannot be read.
    Unavailable(Hindrance),
    /// This is not for a chat of several servers.
    NotInCluster(&'static str),
    /// What concerns accounts, their passwords and their roles.
    Account(AccountRefusal),
    /// What concerns files and how they are transferred.
    File(FileRefusal),
    /// More of something than there may be.
    TooMany(TooMany),
    /// The connection closes.
    Disconnected(DisconnectReason),
}

impl Refusal {
    /// The word before the detail, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadCommand(wrong) => wrong.code(),
            Self::NameTaken(_) => NAME_TAKEN,
            Self::NoSuchUser(_) => NO_SUCH_USER,
            Self::NoSuchRoom { .. } => NO_SUCH_ROOM,
            Self::RoomExists(_) => ROOM_EXISTS,
            Self::AlreadyAMember(_) | Self::UserIsMember { .. } => "already-a-member",
            Self::NotAMember(_) | Self::UserIsNoMember { .. } => NOT_A_MEMBER,
            Self::NotTheOwner(_) => "not-the-owner",
            Self::Banned(_) | Self::UserIsBanned { .. } | Self::BannedFromServer(_) => "banned",
            Self::NotBanned { .. } | Self::NotBannedFromServer(_) => "not-banned",
            Self::CannotSpeak(_) => "cannot-speak",
            Self::OnlyInvited(_) => "only-invited",
            Self::WrongKey(_) => "wrong-key",
            Self::RoomFull(_) => "room-full",
            Self::BadNumber { .. } | Self::BadMessageNumber { .. } => BAD_NUMBER,
            Self::MailboxFull(_) => "mailbox-full",
            Self::WrongToken => WRONG_TOKEN,
            Self::NoNumbers(_) => "bad-command",
            Self::NotInCharset(_) | Self::NameNotInCharset(_) | Self::CharsetIsFixed(_) | Self::JsonIsUtf8 => {
                "bad-encoding"
            }
            Self::BadJson(_) => "bad-json",
            Self::LineTooLong(_) => "line-too-long",
            Self::NotKept(_) => "not-kept",
            Self::Unavailable(_) | Self::NotInCluster(_) => "unavailable",
            Self::Account(why) => why.code(),
            Self::File(why) => why.code(),
            Self::TooMany(_) => "too-many",
            Self::Disconnected(why) => why.code(),
        }
    }

    /// What more there is to say, for people.
    #[must_use]
    pub fn detail(&self) -> String {
        self.to_string().split_off(self.code().len() + 2)
    }

    /// The user whom it is about, if it is about one of several that were addressed.
    #[must_use]
    pub fn addressee(&self) -> Option<&UserName> {
        match self {
            Self::NoSuchUser(user)
            | Self::MailboxFull(user)
            | Self::UserIsMember { user, room: _ }
            | Self::UserIsBanned { user, room: _ } => Some(user),
            Self::TooMany(limit) => limit.addressee(),
            Self::BadCommand(_)
            | Self::NameTaken(_)
            | Self::NoSuchRoom { .. }
            | Self::RoomExists(_)
            | Self::AlreadyAMember(_)
            | Self::NotAMember(_)
            | Self::NotTheOwner(_)
            | Self::Banned(_)
            | Self::UserIsNoMember { .. }
            | Self::NotBanned { .. }
            | Self::BannedFromServer(_)
            | Self::NotBannedFromServer(_)
            | Self::CannotSpeak(_)
            | Self::OnlyInvited(_)
            | Self::WrongKey(_)
            | Self::RoomFull(_)
            | Self::BadNumber { .. }
            | Self::BadMessageNumber { .. }
            | Self::WrongToken
            | Self::NoNumbers(_)
            | Self::NotKept(_)
            | Self::Unavailable(_)
            | Self::NotInCluster(_)
            | Self::NotInCharset(_)
            | Self::NameNotInCharset(_)
            | Self::CharsetIsFixed(_)
            | Self::BadJson(_)
            | Self::JsonIsUtf8
            | Self::LineTooLong(_)
            | Self::Account(_)
            | Self::File(_)
            | Self::Disconnected(_) => None,
        }
    }

    fn write_detail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCommand(wrong) => write!(f, "{wrong}"),
            Self::NameTaken(user) | Self::NoSuchUser(user) | Self::MailboxFull(user) => write!(f, "{user}"),
            Self::NoSuchRoom { room, suggestion: None }
            | Self::RoomExists(room)
            | Self::AlreadyAMember(room)
            | Self::NotAMember(room)
            | Self::NotTheOwner(room)
            | Self::CannotSpeak(room)
            | Self::OnlyInvited(room)
            | Self::WrongKey(room)
            | Self::RoomFull(room)
            | Self::Banned(room) => write!(f, "{room}"),
            Self::NoSuchRoom { room, suggestion: Some(kind) } => {
                write!(f, "{room}; did you mean '{}'?", kind.keywords())
            }
            Self::UserIsMember { user, room } => write!(f, "{user} is in {room}"),
            Self::UserIsNoMember { user, room } => write!(f, "{user} is not in {room}"),
            Self::UserIsBanned { user, room } => write!(f, "{user} is banned from {room}"),
            Self::NotBanned { user, room } => write!(f, "{user} is not banned from {room}"),
            Self::BannedFromServer(user) => write!(f, "{user} is banned from this server"),
            Self::NotBannedFromServer(user) => write!(f, "{user} is not banned from this server"),
            Self::BadNumber { room, last } => write!(f, "{room} is at #{last}"),
            Self::BadMessageNumber { with, last } => write!(f, "{with} is at #{last}"),
            Self::WrongToken => f.write_str("no session has this token"),
            Self::NoNumbers(dialect) => write!(f, "the {dialect} dialect has no numbers"),
            Self::NotInCharset(error) => write!(f, "{error}"),
            Self::NameNotInCharset(error) => {
                write!(f, "{error}; log in with a name in ASCII letters, then 'set encoding gbk' or another")
            }
            Self::CharsetIsFixed(dialect) => write!(f, "the {dialect} dialect does not change its encoding"),
            Self::BadJson(why) => f.write_str(why),
            Self::JsonIsUtf8 => f.write_str("json is utf-8"),
            Self::LineTooLong(limit) => write!(f, "more than {limit} bytes"),
            Self::NotKept(why) | Self::Unavailable(why) => write!(f, "{why}"),
            Self::NotInCluster(what) => write!(f, "{what} while several servers are one chat"),
            Self::Account(why) => write!(f, "{why}"),
            Self::File(why) => write!(f, "{why}"),
            Self::TooMany(what) => write!(f, "{what}"),
            Self::Disconnected(why) => write!(f, "{why}"),
        }
    }
}

impl fmt::Display for Refusal {
    /// `CODE: detail`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        self.write_detail(f)
    }
}

impl From<BadCommand> for Refusal {
    fn from(wrong: BadCommand) -> Self {
        Self::BadCommand(wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_out_is_told_in_seconds() {
        let told = |limit| Refusal::from(DisconnectReason::NoNameWithin(limit)).to_string();
        assert_eq!(told(Duration::from_secs(30)), "login-failed: no line with a name within 30 s");
        assert_eq!(told(Duration::from_millis(250)), "login-failed: no line with a name within 0.25 s");
    }
}
