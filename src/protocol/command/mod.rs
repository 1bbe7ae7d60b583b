//! What a client may say: text to [`Command`] through `grammar/command.pest`, and back.
//!
//! A command holds only valid values, so nothing behind this module checks shapes or names again. It knows nothing of
//! bytes, rooms that exist or who is asking.

mod arguments;
mod bad;
mod file_request;
mod grammar;
mod kind;
mod long_form;
mod operation;
mod operation_kind;
mod phrase;
mod place;
pub mod secret;
mod text;

use std::num::NonZeroUsize;

pub use arguments::{HistoryRange, SearchOptions, SearchedRoom, SendForm, Token, UserList};
pub use bad::{BAD_NAME, BAD_PASSWORD, BadCommand, UNKNOWN_COMMAND};
pub use file_request::{FileRequest, FileTarget};
pub use kind::CommandKind;
pub use operation::Operation;
pub use operation_kind::OperationKind;
pub use phrase::Phrase;
pub use text::{Manner, Original, Text};

use crate::protocol::charset::Charset;
use crate::protocol::file::FileId;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::text::visible::is_control;
use crate::text::words::Words;

/// One command, ready to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Lists the users who are logged in.
    ListUsers,
    /// Lists the rooms that exist.
    ListRooms,
    /// Lists the members of a room.
    ListMembers(RoomName),
    /// Lists the counters of the server, for those who run it.
    ListStats,
    /// Writes to users.
    SendMessage {
        /// The recipients.
        to: UserList,
        /// The text to send.
        text: Text,
    },
    /// Opens a room.
    CreateRoom {
        /// The name of the new room.
        room: RoomName,
        /// The members besides the caller.
        with: Option<UserList>,
    },
    /// Enters a room.
    JoinRoom(RoomName),
    /// Leaves a room.
    LeaveRoom(RoomName),
    /// Writes to a room.
    SendRoom {
        /// The room.
        room: RoomName,
        /// The text to send.
        text: Text,
        /// How it was typed; in the short form, the room may be a misspelled keyword.
        form: SendForm,
    },
    /// Tells what a room is about, or sets it.
    Topic {
        /// The room.
        room: RoomName,
        /// What it is about from now on, if that is to be set.
        topic: Option<Phrase>,
    },
    /// Asks users to enter a room.
    Invite {
        /// The room.
        room: RoomName,
        /// Whom.
        users: UserList,
    },
    /// Removes a member from a room.
    Kick {
        /// The room.
        room: RoomName,
        /// The member.
        user: UserName,
        /// What everybody is told about it.
        reason: Option<Phrase>,
    },
    /// Removes a user from a room and keeps the user out.
    Ban {
        /// The room.
        room: RoomName,
        /// The user, who need not be there.
        user: UserName,
    },
    /// Lets a user enter a room again.
    Unban {
        /// The room.
        room: RoomName,
        /// The user.
        user: UserName,
    },
    /// Makes a member the owner of a room.
    GiveRoom {
        /// The room.
        room: RoomName,
        /// The member.
        user: UserName,
    },
    /// Tells who owns a room, who may enter, and how much was said there.
    ShowRoom(RoomName),
    /// Announces a file.
    SendFile(FileRequest),
    /// Takes a file away from everybody.
    RemoveFile(FileId),
    /// Reads earlier lines of a room.
    History {
        /// The room.
        room: RoomName,
        /// Where in the room's history to start.
        range: HistoryRange,
        /// The most lines to read, if the command says it.
        most: Option<NonZeroUsize>,
    },
    /// Finds words in what was said.
    Search {
        /// Where; in all of the caller's rooms if `None`.
        within: Option<SearchedRoom>,
        /// What.
        words: Words,
        /// What lines of text cannot say about it.
        options: SearchOptions,
    },
    /// Reads what was said in a room since a line, and enters it.
    Resume {
        /// Which one.
        room: RoomName,
        /// The number of the line.
        after: u64,
    },
    /// Reads what the caller and another wrote to each other earlier.
    MessageHistory {
        /// The other.
        with: UserName,
        /// Where to start.
        range: HistoryRange,
        /// The most lines to read, if the command says it.
        most: Option<NonZeroUsize>,
    },
    /// Reads what the caller and another wrote to each other since a line.
    ResumeMessages {
        /// The other.
        with: UserName,
        /// The number of the line.
        after: u64,
    },
    /// Changes the user's name.
    Rename(UserName),
    /// Decides who may enter a room.
    SetRoom {
        /// The room.
        room: RoomName,
        /// Whether only those may who are invited.
        private: bool,
    },
    /// Decides whether others may put the user into rooms, or only ask.
    SetInvitations {
        /// Whether they only ask.
        ask: bool,
    },
    /// Changes the charset of the connection, both ways.
    SetEncoding(Charset),
    /// Asks for the number of each line of a room, or for none.
    SetNumbers(bool),
    /// Makes the caller's name an account with this password.
    Register(Password),
    /// Gives the caller's account another password.
    SetPassword {
        /// The password until now.
        old: Password,
        /// The password from now on.
        new: Password,
    },
    /// Makes the caller a guest again, who has this password.
    Unregister(Password),
    /// Asks for a word to come back with.
    Token,
    /// Asks for a pong, with this word in it if there is one.
    Ping(Option<Token>),
    /// Explains all commands, or those with these keywords.
    Help(Option<HelpTopic>),
    /// Logs out and closes the connection.
    Quit,
    /// Something that only those may want who run the server.
    Operate(Operation),
}

impl Command {
    /// The command on a line, or `None` for a blank line.
    ///
    /// # Errors
    /// Says what is wrong if the line is no command.
    pub fn parse(line: &str) -> Result<Option<Self>, BadCommand> {
        if let Some(control) = control_character(line) {
            return Err(BadCommand::ControlCharacter(control));
        }
        grammar::canonical(line).map_or_else(|| grammar::parse(line), |command| Ok(Some(command)))
    }

    /// How many users a line lists that is a `send message`, a `send file`, a `create room` or an `invite`, if it is one: found by counting, so that
    /// too long a list costs next to nothing.
    #[must_use]
    pub fn listed_users(line: &str) -> Option<(CommandKind, usize)> {
        // The most frequent line lists nobody, and need not be split to see that.
        if line.starts_with("send room ") {
            return None;
        }
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let verb = words.next()?;
        let object = words.next()?;
        let are = |first: &str, second: &str| verb.eq_ignore_ascii_case(first) && object.eq_ignore_ascii_case(second);
        let (kind, list) = if are("send", "file") {
            let list = words.next().filter(|target| target.eq_ignore_ascii_case("user")).and_then(|_| words.next())?;
            (CommandKind::SendFile, list)
        } else if are("send", "message") {
            (CommandKind::SendMessage, words.next()?)
        } else if are("create", "room") {
            (CommandKind::CreateRoom, words.nth(1)?)
        } else if verb.eq_ignore_ascii_case("invite") {
            (CommandKind::Invite, words.next()?)
        } else {
            return None;
        };
        Some((kind, 1 + memchr::memchr_iter(b',', list.as_bytes()).count()))
    }

    /// The name on the line of somebody who is asked for one, or `None` for a blank line.
    ///
    /// # Errors
    /// Says what is wrong if the line is no name.
    pub fn parse_login(line: &str) -> Result<Option<UserName>, BadCommand> {
        if let Some(control) = control_character(line) {
            return Err(BadCommand::ControlCharacter(control));
        }
        match line.trim_matches([' ', '\t']) {
            "" => Ok(None),
            name => Ok(Some(UserName::new(name)?)),
        }
    }

    /// The password on the line of somebody who is asked for one, or `None` for a blank line.
    ///
    /// # Errors
    /// Says what is wrong if the line is no password.
    pub fn parse_password(line: &str) -> Result<Option<Password>, BadCommand> {
        if let Some(control) = control_character(line) {
            return Err(BadCommand::ControlCharacter(control));
        }
        match line.trim_matches([' ', '\t']) {
            "" => Ok(None),
            typed => Ok(Some(Password::new(typed)?)),
        }
    }

    /// Which of the commands it is.
    #[must_use]
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::ListUsers => CommandKind::ListUsers,
            Self::ListRooms => CommandKind::ListRooms,
            Self::ListMembers(_) => CommandKind::ListMembers,
            Self::ListStats => CommandKind::ListStats,
            Self::SendMessage { .. } => CommandKind::SendMessage,
            Self::CreateRoom { .. } => CommandKind::CreateRoom,
            Self::JoinRoom(_) => CommandKind::JoinRoom,
            Self::LeaveRoom(_) => CommandKind::LeaveRoom,
            Self::SendRoom { .. } => CommandKind::SendRoom,
            Self::Topic { .. } => CommandKind::Topic,
            Self::Invite { .. } => CommandKind::Invite,
            Self::Kick { .. } => CommandKind::Kick,
            Self::Ban { .. } => CommandKind::Ban,
            Self::Unban { .. } => CommandKind::Unban,
            Self::GiveRoom { .. } => CommandKind::GiveRoom,
            Self::ShowRoom(_) => CommandKind::ShowRoom,
            Self::SendFile(_) => CommandKind::SendFile,
            Self::RemoveFile(_) => CommandKind::RemoveFile,
            Self::History { .. } => CommandKind::History,
            Self::Search { .. } => CommandKind::Search,
            Self::Resume { .. } => CommandKind::Resume,
            Self::MessageHistory { .. } => CommandKind::MessageHistory,
            Self::ResumeMessages { .. } => CommandKind::ResumeMessages,
            Self::Rename(_) => CommandKind::Rename,
            Self::SetRoom { .. } => CommandKind::SetRoom,
            Self::SetInvitations { .. } => CommandKind::SetInvitations,
            Self::SetEncoding(_) => CommandKind::SetEncoding,
            Self::SetNumbers(_) => CommandKind::SetNumbers,
            Self::Register(_) => CommandKind::Register,
            Self::SetPassword { .. } => CommandKind::SetPassword,
            Self::Unregister(_) => CommandKind::Unregister,
            Self::Token => CommandKind::Token,
            Self::Ping(_) => CommandKind::Ping,
            Self::Help(_) => CommandKind::Help,
            Self::Quit => CommandKind::Quit,
            Self::Operate(operation) => CommandKind::Operate(operation.kind()),
        }
    }
}

/// Keywords that at least one command begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpTopic(&'static str);

impl HelpTopic {
    /// The words, as they are spelled in the list of commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The topic of these words, in any case; `None` if no command begins with them.
    #[must_use]
    pub fn new(words: &str) -> Option<Self> {
        if words.len() > LONGEST_TOPIC {
            return None;
        }
        let words = words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        let first = CommandKind::beginning_with(&words).chain(CommandKind::of_operators(&words)).next()?;
        Some(Self(&first.keywords()[..words.len()]))
    }

    /// The command, if these are all of its keywords.
    #[must_use]
    pub fn command(self) -> Option<CommandKind> {
        self.kinds().find(|kind| kind.keywords() == self.0)
    }

    /// The commands that begin with these keywords.
    pub fn kinds(self) -> impl Iterator<Item = CommandKind> {
        CommandKind::beginning_with(self.0)
    }
}

/// Bytes of the longest topic that is looked for among the commands: all of them are shorter.
const LONGEST_TOPIC: usize = 128;

/// The first character that no line may hold.
fn control_character(text: &str) -> Option<char> {
    if may_have_control(text) { text.chars().find(|c| is_control(*c)) } else { None }
}

/// Whether some byte may be of a control character: the scan that every line of every user costs.
fn may_have_control(text: &str) -> bool {
    // In UTF-8, C1 controls are 0xC2 and a byte below 0xA0.
    let suspect = |b: u8| (b < 0x20 && b != b'\t') || b == 0x7f || b == 0xc2;
    // To the end in any case: a loop that may stop early is not done with vectors, and takes ten times as long.
    text.bytes().fold(false, |found, b| found | suspect(b))
}

#[cfg(test)]
mod tests;
