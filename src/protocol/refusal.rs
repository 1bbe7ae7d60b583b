//! What a client is told instead of being served: every `error:` line of the protocol, as data.
//!
//! A refusal is an answer to a peer, never an error of ours. Its code and its wording are the same in every dialect.

use std::fmt;
use std::time::Duration;

use crate::protocol::charset::NotInCharset;
use crate::protocol::command::{BadCommand, CommandKind};
use crate::protocol::file::FileId;
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::other_protocol::OtherProtocol;

/// The code of [`Refusal::NameTaken`].
pub const NAME_TAKEN: &str = "name-taken";

/// The code of [`Refusal::NoSuchRoom`].
pub const NO_SUCH_ROOM: &str = "no-such-room";

/// The code of [`Refusal::RoomExists`].
pub const ROOM_EXISTS: &str = "room-exists";

/// The code of [`Refusal::WrongToken`].
pub const WRONG_TOKEN: &str = "wrong-token";

/// The code of a number that a room has not reached.
pub const BAD_NUMBER: &str = "bad-number";

/// The code of [`Refusal::WrongPassword`].
pub const WRONG_PASSWORD: &str = "wrong-password";

/// The code of [`Refusal::Busy`].
pub const BUSY: &str = "busy";

/// The code of [`Refusal::NotAMember`].
pub const NOT_A_MEMBER: &str = "not-a-member";

/// The code of [`Refusal::NoSuchFile`].
pub const NO_SUCH_FILE: &str = "no-such-file";

/// The code of [`Refusal::Incomplete`].
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
    /// As many users are banned from the room as may be.
    TooManyBans(RoomName, usize),
    /// The user has as many invitations as anybody may have.
    TooManyInvitations(UserName, usize),
    /// An operator has closed the connection of the client.
    Removed,
    /// Nobody is let in with this name.
    BannedFromServer(UserName),
    /// Whoever has this name is let in.
    NotBannedFromServer(UserName),
    /// As many names are banned from the server as may be.
    TooManyServerBans(usize),
    /// The account is one of an operator of the server.
    AlreadyOperator(UserName),
    /// The account is not one of an operator of the server.
    NotAnOperator(UserName),
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
    /// The account has another password.
    WrongPassword(UserName),
    /// The name is no account.
    NotRegistered(UserName),
    /// The name is an account already.
    AlreadyRegistered(UserName),
    /// Nobody may register.
    RegistrationClosed,
    /// Others may listen where a password would be said.
    Insecure,
    /// As many passwords wait to be looked at as may.
    Busy(usize),
    /// Too many wrong passwords came; the next may come after this time.
    TooManyPasswords(Duration),
    /// No file has this id, or it was removed.
    NoSuchFile(Box<str>),
    /// No upload has this token, or its time is over.
    NoSuchToken,
    /// Somebody else has sent the file.
    NotTheSender(FileId),
    /// A file of more bytes than this.
    FileTooLarge(u64),
    /// All files together would have more bytes than this.
    TooManyFileBytes(u64),
    /// The disk has no room for the file.
    NoSpace,
    /// So many bytes of a file have come, and not all.
    Incomplete {
        /// Bytes that have come.
        have: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// As many files are under way as may be.
    TransfersBusy(usize),
    /// Another connection brings the file.
    UploadBusy,
    /// The caller has announced as many files as may be under way.
    TooManyUploads(usize),
    /// The caller would send more bytes than this in a day.
    TooManyBytesOfDay(u64),
    /// Another connection has taken the session over; this one closes.
    Replaced,
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
    /// A message to more users than this.
    TooManyRecipients(usize),
    /// A text of more lines than this.
    TooManyLines(usize),
    /// The caller is in as many rooms as anybody may be.
    TooManyRooms(usize),
    /// A room with more other users than this.
    TooManyUsers(usize),
    /// The server has as many rooms as it may have.
    TooManyRoomsInAll(usize),
    /// Others have put this user into as many rooms as they may.
    PutIntoTooManyRooms(UserName, usize),
    /// The caller has put this user into as many rooms as one user may.
    PutIntoTooManyRoomsByCaller(UserName, usize),
    /// The client speaks this protocol; the connection closes.
    WrongDoor(OtherProtocol),
    /// Three names were refused; the connection closes.
    ThreeNamesRefused,
    /// The third name or password was refused, and it was a password.
    ThreePasswordsRefused,
    /// No name came in time; the connection closes.
    NoNameWithin(Duration),
    /// The server has as many connections as it takes; the connection closes.
    ServerFull(usize),
    /// The client's address has as many connections as one address may have; the connection closes.
    TooManyFromAddress(usize),
    /// Connections from the client's address come faster than so many a second; the connection closes.
    TooFastFromAddress(usize),
    /// Connections come faster than so many a second; the connection closes.
    TooFast(usize),
    /// The client has sent nothing for so long; the connection closes.
    Idle(Duration),
    /// The client left more bytes unread than this; the connection closes.
    SlowConsumer(usize),
    /// The client had more bytes unread than this for too long; the connection closes.
    SlowFor {
        /// Bytes that may wait.
        limit: usize,
        /// How long more than these did.
        time: Duration,
    },
    /// All clients together left more bytes unread than the server keeps, and this one the most; the connection closes.
    Overloaded {
        /// Bytes that this client left unread.
        unread: usize,
        /// What the server keeps for all.
        ceiling: usize,
    },
    /// What was said or done cannot be kept, so it is not done.
    NotKept(Hindrance),
    /// What was asked for cannot be read.
    Unavailable(Hindrance),
    /// This is not for a chat of several servers.
    NotInCluster(&'static str),
    /// The other servers of the chat have lost this one, with so many lines of the client; the connection closes.
    ServerLost(usize),
    /// The servers of the chat have lost what was said last; the connection closes.
    HistoryLost,
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
            Self::NotAMember(_) => NOT_A_MEMBER,
            Self::UserIsMember { .. } => "already-a-member",
            Self::UserIsNoMember { .. } => "not-a-member",
            Self::NotTheOwner(_) => "not-the-owner",
            Self::Banned(_) | Self::UserIsBanned { .. } | Self::BannedFromServer(_) => "banned",
            Self::NotBanned { .. } | Self::NotBannedFromServer(_) => "not-banned",
            Self::Removed => "removed",
            Self::AlreadyOperator(_) => "already-an-operator",
            Self::NotAnOperator(_) => "not-an-operator",
            Self::CannotSpeak(_) => "cannot-speak",
            Self::OnlyInvited(_) => "only-invited",
            Self::WrongKey(_) => "wrong-key",
            Self::RoomFull(_) => "room-full",
            Self::BadNumber { .. } | Self::BadMessageNumber { .. } => BAD_NUMBER,
            Self::MailboxFull(_) => "mailbox-full",
            Self::WrongToken => WRONG_TOKEN,
            Self::WrongPassword(_) => WRONG_PASSWORD,
            Self::NotRegistered(_) => "not-registered",
            Self::AlreadyRegistered(_) => "already-registered",
            Self::RegistrationClosed => "registration-closed",
            Self::Insecure => "insecure",
            Self::Busy(_) | Self::TransfersBusy(_) | Self::UploadBusy => BUSY,
            Self::NoSuchFile(_) => NO_SUCH_FILE,
            Self::NoSuchToken => "no-such-token",
            Self::NotTheSender(_) => "not-the-sender",
            Self::FileTooLarge(_) => "too-large",
            Self::TooManyFileBytes(_) | Self::NoSpace => "no-space",
            Self::Incomplete { .. } => INCOMPLETE,
            Self::Replaced => "replaced",
            Self::NoNumbers(_) => "bad-command",
            Self::NotInCharset(_) | Self::NameNotInCharset(_) | Self::CharsetIsFixed(_) | Self::JsonIsUtf8 => {
                "bad-encoding"
            }
            Self::BadJson(_) => "bad-json",
            Self::LineTooLong(_) => "line-too-long",
            Self::TooManyRecipients(_)
            | Self::TooManyPasswords(_)
            | Self::TooManyUploads(_)
            | Self::TooManyBytesOfDay(_)
            | Self::TooManyLines(_)
            | Self::TooManyRooms(_)
            | Self::TooManyUsers(_)
            | Self::TooManyRoomsInAll(_)
            | Self::PutIntoTooManyRooms(..)
            | Self::PutIntoTooManyRoomsByCaller(..)
            | Self::TooManyBans(..)
            | Self::TooManyServerBans(_)
            | Self::TooManyInvitations(..) => "too-many",
            Self::WrongDoor(_) => "wrong-door",
            Self::ThreeNamesRefused | Self::ThreePasswordsRefused | Self::NoNameWithin(_) => "login-failed",
            Self::ServerFull(_) | Self::TooManyFromAddress(_) | Self::TooFastFromAddress(_) | Self::TooFast(_) => {
                "server-full"
            }
            Self::Idle(_) => "idle",
            Self::SlowConsumer(_) | Self::SlowFor { .. } | Self::Overloaded { .. } => "slow-consumer",
            Self::NotKept(_) => "not-kept",
            Self::Unavailable(_) | Self::NotInCluster(_) => "unavailable",
            Self::ServerLost(_) => "server-lost",
            Self::HistoryLost => "history-lost",
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
            | Self::UserIsBanned { user, room: _ }
            | Self::TooManyInvitations(user, _)
            | Self::PutIntoTooManyRooms(user, _)
            | Self::PutIntoTooManyRoomsByCaller(user, _) => Some(user),
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
            | Self::TooManyBans(..)
            | Self::Removed
            | Self::BannedFromServer(_)
            | Self::NotBannedFromServer(_)
            | Self::TooManyServerBans(_)
            | Self::AlreadyOperator(_)
            | Self::NotAnOperator(_)
            | Self::CannotSpeak(_)
            | Self::OnlyInvited(_)
            | Self::WrongKey(_)
            | Self::RoomFull(_)
            | Self::BadNumber { .. }
            | Self::BadMessageNumber { .. }
            | Self::WrongToken
            | Self::WrongPassword(_)
            | Self::NotRegistered(_)
            | Self::AlreadyRegistered(_)
            | Self::RegistrationClosed
            | Self::Insecure
            | Self::Busy(_)
            | Self::TooManyPasswords(_)
            | Self::NoSuchFile(_)
            | Self::NoSuchToken
            | Self::NotTheSender(_)
            | Self::FileTooLarge(_)
            | Self::TooManyFileBytes(_)
            | Self::NoSpace
            | Self::Incomplete { .. }
            | Self::TransfersBusy(_)
            | Self::UploadBusy
            | Self::TooManyUploads(_)
            | Self::TooManyBytesOfDay(_)
            | Self::Replaced
            | Self::NoNumbers(_)
            | Self::NotKept(_)
            | Self::Unavailable(_)
            | Self::ServerLost(_)
            | Self::NotInCluster(_)
            | Self::HistoryLost
            | Self::NotInCharset(_)
            | Self::NameNotInCharset(_)
            | Self::CharsetIsFixed(_)
            | Self::BadJson(_)
            | Self::JsonIsUtf8
            | Self::LineTooLong(_)
            | Self::TooManyRecipients(_)
            | Self::TooManyLines(_)
            | Self::TooManyRooms(_)
            | Self::TooManyUsers(_)
            | Self::TooManyRoomsInAll(_)
            | Self::WrongDoor(_)
            | Self::ThreeNamesRefused
            | Self::ThreePasswordsRefused
            | Self::NoNameWithin(_)
            | Self::ServerFull(_)
            | Self::TooManyFromAddress(_)
            | Self::TooFastFromAddress(_)
            | Self::TooFast(_)
            | Self::Idle(_)
            | Self::SlowConsumer(_)
            | Self::SlowFor { .. }
            | Self::Overloaded { .. } => None,
        }
    }

    fn write_detail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCommand(wrong) => write!(f, "{wrong}"),
            Self::NameTaken(user)
            | Self::NoSuchUser(user)
            | Self::MailboxFull(user)
            | Self::WrongPassword(user)
            | Self::NotRegistered(user)
            | Self::AlreadyOperator(user)
            | Self::NotAnOperator(user)
            | Self::AlreadyRegistered(user) => write!(f, "{user}"),
            Self::RegistrationClosed => f.write_str("the operators of this server create the accounts"),
            Self::Insecure => f.write_str("passwords only over TLS"),
            Self::Busy(waiting) => write!(f, "{waiting} logins wait"),
            Self::TooManyPasswords(wait) => write!(f, "wrong passwords; wait {} s", wait.as_secs_f64().ceil()),
            Self::NoSuchFile(id) => f.write_str(id),
            Self::NoSuchToken => f.write_str("no upload has this token"),
            Self::NotTheSender(id) => write!(f, "somebody else has sent the file {id}"),
            Self::FileTooLarge(limit) => write!(f, "more than {limit} bytes"),
            Self::TooManyFileBytes(limit) => write!(f, "all files together may have {limit} bytes"),
            Self::NoSpace => f.write_str("the disk has no room for the file"),
            Self::Incomplete { have, size } => write!(f, "{have} of {size} bytes"),
            Self::TransfersBusy(limit) => write!(f, "{limit} files are under way"),
            Self::UploadBusy => f.write_str("another connection brings this file"),
            Self::TooManyUploads(limit) => write!(f, "{limit} files of yours are under way"),
            Self::TooManyBytesOfDay(limit) => write!(f, "more than {limit} bytes a day"),
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
            Self::UserIsMember { user, room } => write!(f, "{user} is in {room}"),
            Self::UserIsNoMember { user, room } => write!(f, "{user} is not in {room}"),
            Self::UserIsBanned { user, room } => write!(f, "{user} is banned from {room}"),
            Self::NotBanned { user, room } => write!(f, "{user} is not banned from {room}"),
            Self::TooManyBans(room, limit) => write!(f, "{limit} users are banned from {room}"),
            Self::Removed => f.write_str("an operator of the server has closed your connection"),
            Self::BannedFromServer(user) => write!(f, "{user} is banned from this server"),
            Self::NotBannedFromServer(user) => write!(f, "{user} is not banned from this server"),
            Self::TooManyServerBans(limit) => write!(f, "{limit} users are banned from this server"),
            Self::TooManyInvitations(user, limit) => write!(f, "{user} has {limit} invitations"),
            Self::NoSuchRoom { room, suggestion: Some(kind) } => {
                write!(f, "{room}; did you mean '{}'?", kind.keywords())
            }
            Self::BadNumber { room, last } => write!(f, "{room} is at #{last}"),
            Self::BadMessageNumber { with, last } => write!(f, "{with} is at #{last}"),
            Self::WrongToken => f.write_str("no session has this token"),
            Self::Replaced => f.write_str("logged in elsewhere"),
            Self::NoNumbers(dialect) => write!(f, "the {dialect} dialect has no numbers"),
            Self::NotInCharset(error) => write!(f, "{error}"),
            Self::NameNotInCharset(error) => {
                write!(f, "{error}; log in with a name in ASCII letters, then 'set encoding gbk' or another")
            }
            Self::CharsetIsFixed(dialect) => write!(f, "the {dialect} dialect does not change its encoding"),
            Self::BadJson(why) => f.write_str(why),
            Self::JsonIsUtf8 => f.write_str("json is utf-8"),
            Self::LineTooLong(limit) => write!(f, "more than {limit} bytes"),
            Self::TooManyRecipients(limit) => write!(f, "more than {limit} recipients"),
            Self::TooManyLines(limit) => write!(f, "more than {limit} lines"),
            Self::TooManyRooms(limit) => write!(f, "more than {limit} rooms"),
            Self::TooManyUsers(limit) => write!(f, "more than {limit} users"),
            Self::TooManyRoomsInAll(limit) => write!(f, "the server has {limit} rooms"),
            Self::PutIntoTooManyRooms(user, limit) => write!(f, "others have put {user} into {limit} rooms"),
            Self::PutIntoTooManyRoomsByCaller(user, limit) => write!(f, "you have put {user} into {limit} rooms"),
            Self::WrongDoor(protocol) => write!(f, "{protocol}"),
            Self::ThreeNamesRefused => f.write_str("three names refused"),
            Self::ThreePasswordsRefused => f.write_str("three names or passwords refused"),
            Self::NoNameWithin(limit) => write!(f, "no line with a name within {} s", limit.as_secs_f64()),
            Self::NotInCluster(what) => write!(f, "{what} while several servers are one chat"),
            Self::ServerLost(0) => f.write_str("log in again, all your lines were carried out"),
            Self::ServerLost(lines) => write!(f, "log in again, your last lines were not carried out: {lines}"),
            Self::HistoryLost => f.write_str("what was said last is lost, log in again"),
            Self::ServerFull(limit) => write!(f, "{limit} connections"),
            Self::TooManyFromAddress(limit) => write!(f, "{limit} connections from your address"),
            Self::TooFastFromAddress(limit) => write!(f, "more than {limit} connections a second from your address"),
            Self::TooFast(limit) => write!(f, "more than {limit} connections a second"),
            Self::Idle(time) => write!(f, "nothing came for {} s", time.as_secs_f64()),
            Self::SlowConsumer(limit) => write!(f, "more than {limit} bytes unread"),
            Self::SlowFor { limit, time } => write!(f, "more than {limit} bytes unread for {} s", time.as_secs_f64()),
            Self::NotKept(why) | Self::Unavailable(why) => write!(f, "{why}"),
            Self::Overloaded { unread, ceiling } => {
                write!(f, "{unread} bytes unread where all clients together left more than {ceiling}")
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
        assert_eq!(told(Duration::from_secs(30)), "login-failed: no line with a name within 30 s");
        assert_eq!(told(Duration::from_millis(250)), "login-failed: no line with a name within 0.25 s");
    }
}
