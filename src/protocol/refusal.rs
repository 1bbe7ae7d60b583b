//! What a client is told instead of being served: every `error:` line of the protocol, as data.
//!
//! A refusal is an answer to a peer, never an error of ours. Its code and its wording are the same in every dialect.

use std::fmt;
use std::time::Duration;

use crate::protocol::charset::NotInCharset;
use crate::protocol::command::{BadCommand, CommandKind};
use crate::protocol::name::{RoomName, UserName};

/// The code of [`Refusal::NameTaken`].
pub const NAME_TAKEN: &str = "name-taken";

/// The code of [`Refusal::NoSuchRoom`].
pub const NO_SUCH_ROOM: &str = "no-such-room";

/// The code of [`Refusal::RoomExists`].
pub const ROOM_EXISTS: &str = "room-exists";

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
    /// The line's bytes are not text in the connection's charset.
    NotInCharset(NotInCharset),
    /// The dialect of this name does not change its charset.
    CharsetIsFixed(&'static str),
    /// A line of more bytes than this.
    LineTooLong(usize),
    /// A message to more users than this.
    TooManyRecipients(usize),
    /// The caller is in as many rooms as anybody may be.
    TooManyRooms(usize),
    /// This user is in as many rooms as anybody may be.
    UserInTooManyRooms(UserName, usize),
    /// Three names were refused; the connection closes.
    ThreeNamesRefused,
    /// No name came in time; the connection closes.
    NoNameWithin(Duration),
    /// The server has as many connections as it takes; the connection closes.
    ServerFull(usize),
    /// The client left more bytes unread than this; the connection closes.
    SlowConsumer(usize),
    /// All clients together left more bytes unread than the server keeps, and this one the most; the connection closes.
    Overloaded {
        /// Bytes that this client left unread.
        unread: usize,
        /// What the server keeps for all.
        ceiling: usize,
    },
}

impl Refusal {
    /// The word before the detail, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadCommand(wrong) => wrong.code(),
            Self::NameTaken(_) => NAME_TAKEN,
            Self::NoSuchUser(_) => "no-such-user",
            Self::NoSuchRoom { .. } => NO_SUCH_ROOM,
            Self::RoomExists(_) => ROOM_EXISTS,
            Self::AlreadyAMember(_) => "already-a-member",
            Self::NotAMember(_) => "not-a-member",
            Self::NotInCharset(_) | Self::CharsetIsFixed(_) => "bad-encoding",
            Self::LineTooLong(_) => "line-too-long",
            Self::TooManyRecipients(_) | Self::TooManyRooms(_) | Self::UserInTooManyRooms(..) => "too-many",
            Self::ThreeNamesRefused | Self::NoNameWithin(_) => "login-failed",
            Self::ServerFull(_) => "server-full",
            Self::SlowConsumer(_) | Self::Overloaded { .. } => "slow-consumer",
        }
    }

    fn write_detail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCommand(wrong) => write!(f, "{wrong}"),
            Self::NameTaken(user) | Self::NoSuchUser(user) => write!(f, "{user}"),
            Self::NoSuchRoom { room, suggestion: None }
            | Self::RoomExists(room)
            | Self::AlreadyAMember(room)
            | Self::NotAMember(room) => write!(f, "{room}"),
            Self::NoSuchRoom { room, suggestion: Some(kind) } => {
                write!(f, "{room}; did you mean '{}'?", kind.keywords())
            }
            Self::NotInCharset(error) => write!(f, "{error}"),
            Self::CharsetIsFixed(dialect) => write!(f, "the {dialect} dialect does not change its encoding"),
            Self::LineTooLong(limit) => write!(f, "more than {limit} bytes"),
            Self::TooManyRecipients(limit) => write!(f, "more than {limit} recipients"),
            Self::TooManyRooms(limit) => write!(f, "more than {limit} rooms"),
            Self::UserInTooManyRooms(user, limit) => write!(f, "{user} is in {limit} rooms"),
            Self::ThreeNamesRefused => f.write_str("three names refused"),
            Self::NoNameWithin(limit) => write!(f, "no name within {} s", limit.as_secs_f64()),
            Self::ServerFull(limit) => write!(f, "{limit} connections"),
            Self::SlowConsumer(limit) => write!(f, "more than {limit} bytes unread"),
            Self::Overloaded { unread, ceiling } => {
                write!(f, "{unread} bytes unread, the most where all clients together left more than {ceiling}")
            }
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
    use super::*;

    #[test]
    fn a_time_out_is_told_in_seconds() {
        let told = |limit| Refusal::NoNameWithin(limit).to_string();
        assert_eq!(told(Duration::from_secs(30)), "login-failed: no name within 30 s");
        assert_eq!(told(Duration::from_millis(250)), "login-failed: no name within 0.25 s");
    }
}
