//! A line of a server in the text dialect, as what it says.

use crate::protocol::event::Departure;

/// A line of the server, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerLine<'a> {
    /// The server asks for a name.
    NamePrompt,
    /// The server asks for the password of the account.
    PasswordPrompt,
    /// The name was accepted.
    Welcome,
    /// Users who are connected, or the next of them.
    Users(Listed<'a>),
    /// Rooms that exist, or the next of them.
    Rooms(Listed<'a>),
    /// Members of a room, or the next of them.
    Members {
        /// The name of the room.
        room: &'a str,
        /// The members on this line.
        users: Listed<'a>,
    },
    /// One counter of the server.
    Stat {
        /// What is counted, with the unit.
        name: &'a str,
        /// The counter's value.
        value: u64,
    },
    /// Somebody wrote to the receiver.
    Message {
        /// Its number, if the receiver asked for numbers and what the two write is kept.
        number: Option<u64>,
        /// The name of the sender.
        from: &'a str,
        /// What was written.
        text: &'a str,
    },
    /// Something was said or happened in a room.
    InRoom {
        /// Its number, if the receiver asked for numbers.
        number: Option<u64>,
        /// The name of the room.
        room: &'a str,
        /// What was said or happened.
        what: RoomLine<'a>,
        /// The line without its source.
        text: &'a str,
    },
    /// Something that was said or happened in a room earlier.
    Past {
        /// Its number in the room.
        number: u64,
        /// When it was, in UTC.
        at: &'a str,
        /// The name of the room.
        room: &'a str,
        /// What was said or happened.
        what: RoomLine<'a>,
        /// The line without its source.
        text: &'a str,
    },
    /// Something that was written between the receiver and another earlier.
    PastMessage {
        /// Its number among what the two have written.
        number: u64,
        /// When it was, in UTC.
        at: &'a str,
        /// Which of the two wrote it.
        from: &'a str,
        /// What was written.
        text: &'a str,
    },
    /// The end of a history.
    History {
        /// The name of the room.
        room: &'a str,
        /// How many lines of it came before this one.
        lines: usize,
        /// The numbers of the first and the last line that can be asked for, if there are any.
        kept: Option<(u64, u64)>,
    },
    /// The end of what was missed in a room.
    Resumed {
        /// The room.
        room: &'a str,
        /// How many lines of it came before this one.
        lines: usize,
        /// The numbers of the first and the last of them.
        shown: Option<(u64, u64)>,
        /// The numbers of the first and the last line that was missed and did not come.
        left_out: Option<(u64, u64)>,
    },
    /// The end of what was found.
    Found {
        /// How many lines came before this one.
        lines: usize,
        /// Whether there are older ones.
        more: bool,
    },
    /// The receiver is asked to enter a room.
    Invitation {
        /// Who asks.
        by: &'a str,
        /// The room.
        room: &'a str,
    },
    /// Somebody sent the receiver a file.
    File {
        /// The name of the sender.
        from: &'a str,
        /// What was sent.
        file: SentFile<'a>,
    },
    /// The server waits for the bytes of a file.
    FileWanted {
        /// What they are brought with.
        token: &'a str,
        /// The file's name as it is kept.
        name: &'a str,
    },
    /// The file that this connection brought is kept.
    FileStored(WholeFile<'a>),
    /// The bytes of this file follow.
    FileHead(WholeFile<'a>),
    /// Numbers are on, in this epoch, or off.
    NumbersSet(Option<&'a str>),
    /// What the receiver can come back with.
    Token(&'a str),
    /// The receiver's new name.
    Renamed(&'a str),
    /// The receiver's charset, as the server calls it.
    EncodingSet(&'a str),
    /// The answer to a `ping`, with its token if there was one.
    Pong(Option<&'a str>),
    /// One command of the answer to `help`.
    Help {
        /// The shapes of the command.
        usage: &'a str,
        /// What the command does, in a few words.
        summary: &'a str,
    },
    /// The receiver's `quit` was heard.
    Bye,
    /// The server stops.
    ShuttingDown,
    /// A request of the receiver was refused.
    Refused {
        /// The word for programs.
        code: &'a str,
        /// What the refusal is about, for people.
        detail: &'a str,
    },
    /// Another line of the server, without its source.
    Answer(&'a str),
    /// No line of the protocol.
    Unknown,
}

/// A file, as whoever it is sent to hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentFile<'a> {
    /// What it is fetched by.
    pub id: &'a str,
    /// Its bytes.
    pub size: u64,
    /// What it is called.
    pub name: &'a str,
}

/// A file, as whoever brings or fetches it hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeFile<'a> {
    /// What it is fetched by.
    pub id: &'a str,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: &'a str,
    /// What it is called.
    pub name: &'a str,
}

/// A part of a list that may be too long for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The length of the whole list.
    pub total: usize,
    /// The names on this line.
    pub names: Vec<&'a str>,
}

/// What was said or happened in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomLine<'a> {
    /// A member wrote a message.
    Said {
        /// The name of the sender.
        from: &'a str,
    },
    /// The room was opened.
    Created {
        /// The user who opened it.
        by: &'a str,
        /// The other members.
        with: Vec<&'a str>,
    },
    /// This user entered.
    Joined(&'a str),
    /// This user left. The reason is `None` if the protocol does not know it.
    Left(&'a str, Option<Departure>),
    /// A member sent a file.
    File {
        /// The name of the sender.
        from: &'a str,
        /// What was sent.
        file: SentFile<'a>,
    },
    /// A member has another name.
    Renamed {
        /// The old name.
        from: &'a str,
        /// The new name.
        to: &'a str,
    },
    /// A member was removed, or a user was banned.
    Removed {
        /// Who did it.
        by: &'a str,
        /// Who is no member any more.
        user: &'a str,
    },
    /// Something else.
    Other,
}

impl<'a> ServerLine<'a> {
    /// The users who, by this line, are connected or do something.
    #[must_use]
    pub fn people(&self) -> Vec<&'a str> {
        match self {
            Self::Users(listed) | Self::Members { users: listed, .. } => listed.names.clone(),
            Self::Message { from, .. } | Self::File { from, .. } | Self::Invitation { by: from, .. } => vec![from],
            Self::InRoom { what, .. } => what.people(),
            Self::NamePrompt
            | Self::PasswordPrompt
            | Self::Welcome
            | Self::Rooms(_)
            | Self::Past { .. }
            | Self::PastMessage { .. }
            | Self::History { .. }
            | Self::Resumed { .. }
            | Self::Found { .. }
            | Self::NumbersSet(_)
            | Self::FileWanted { .. }
            | Self::FileStored(_)
            | Self::FileHead(_)
            | Self::Token(_)
            | Self::Stat { .. }
            | Self::Renamed(_)
            | Self::EncodingSet(_)
            | Self::Pong(_)
            | Self::Help { .. }
            | Self::Bye
            | Self::ShuttingDown
            | Self::Refused { .. }
            | Self::Answer(_)
            | Self::Unknown => Vec::new(),
        }
    }
}

impl<'a> RoomLine<'a> {
    fn people(&self) -> Vec<&'a str> {
        match self {
            Self::Created { by, with } => with.iter().chain([by]).copied().collect(),
            Self::Said { from: user } | Self::File { from: user, .. } | Self::Joined(user) | Self::Left(user, _) => {
                vec![user]
            }
            Self::Renamed { from, to } => vec![from, to],
            Self::Removed { by, .. } => vec![by],
            Self::Other => Vec::new(),
        }
    }
}
