//! How events and requests are spelled on the wire. They are the same in every dialect.
//!
//! Nothing outside this folder knows which dialects there are: a [`Dialect`] answers what its owner has to do, for the
//! server by [`Reading`], [`Spelling`] and [`Pacing`], for the client by [`ServerLine`], [`Sends`] and [`EventEnd`].

pub mod irc;
pub mod json;
mod legacy;
mod listing;
mod reading;
mod spelling;
mod text;

use std::fmt;
use std::time::Duration;

pub use legacy::READ_SIZE as LONGEST_OLD_MESSAGE;
pub use legacy::packing::{NextWrite, PacedWriter};
pub use reading::{ADMIN_LINE, Asked, Had, Phase, Reading, Request, RequestLimits, TransferRequest};
pub use spelling::{Hearer, Pacing, Spelling};
pub use text::server_line::{Listed, RoomLine, SentFile, ServerLine, WholeFile};

use crate::protocol::charset::Charset;
use crate::protocol::event::Event;

/// How one connection frames, encodes and spells what is said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Lines for people and programs: the default.
    #[default]
    Text,
    /// What the clients of the Python chat room speak.
    Legacy,
    /// Lines of a server that is not ours, of which none has a meaning here.
    Foreign,
    /// Objects for web pages and programs.
    Json,
    /// What everybody's IRC clients speak.
    Irc,
}

/// How the lines of a client become writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// Any number of lines in one write, each with its newline.
    Lines,
    /// One line in one write, without its newline.
    Messages {
        /// The most bytes that the server takes as one message.
        longest: usize,
        /// The pause between two writes.
        apart: Duration,
    },
}

/// When an event that a client has begun to receive has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventEnd {
    /// At its newline.
    Newline,
    /// At its newline, or at the end of the read that brought it.
    Read,
    /// At its newline, or once nothing has arrived for this long.
    Silence(Duration),
}

impl Dialect {
    /// Those that a client can be told to speak, the default first.
    pub const ALL: [Self; 3] = [Self::Text, Self::Legacy, Self::Json];

    /// The dialect of the clients of the Python chat room, for the door that is theirs.
    pub const FOR_OLD_CLIENTS: Self = Self::Legacy;

    /// Lines of a server that is not ours.
    pub const OF_OTHERS: Self = Self::Foreign;

    /// The dialect of web pages and programs, for the door that is theirs.
    pub const FOR_PROGRAMS: Self = Self::Json;

    /// The dialect of IRC clients, for the door that is theirs.
    pub const FOR_IRC_CLIENTS: Self = Self::Irc;

    /// What is said of an answer to people who do not chat: the first line of it, without its source.
    #[must_use]
    pub fn said_of(answer: &Event) -> String {
        let spelled = Self::default().spelled(answer);
        let line = spelled.lines().next().unwrap_or_default();
        line.strip_prefix("server: ").unwrap_or(line).to_owned()
    }

    /// The dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The name that flags, scripts and messages use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Legacy => "legacy",
            Self::Foreign => "foreign",
            Self::Json => "json",
            Self::Irc => "irc",
        }
    }

    /// The word for where its users are, in lines that say so.
    #[must_use]
    pub fn door(self) -> &'static str {
        match self {
            Self::Json => "web",
            Self::Text | Self::Legacy | Self::Foreign | Self::Irc => self.name(),
        }
    }

    /// The word of a door that is written so; `None` if there is no such door.
    #[must_use]
    pub fn door_named(word: &str) -> Option<&'static str> {
        [Self::Text, Self::Legacy, Self::Json, Self::Irc].map(Self::door).into_iter().find(|door| *door == word)
    }

    /// The charset that its connections begin with, unless they are told otherwise.
    #[must_use]
    pub fn charset(self) -> Charset {
        match self {
            Self::Text | Self::Foreign | Self::Json | Self::Irc => Charset::UTF_8,
            Self::Legacy => Charset::GBK,
        }
    }

    /// Whether a connection can be told another charset than that of the dialect.
    #[must_use]
    pub fn has_charsets(self) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Foreign => true,
            Self::Json | Self::Irc => false,
        }
    }

    /// Whether each request has one answer, which comes before the events that the request causes. Elsewhere what the
    /// caller alone is told are events like any other.
    #[must_use]
    pub fn answers_once(self) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Foreign | Self::Irc => false,
            Self::Json => true,
        }
    }

    /// Whether who has said this is not to hear it: clients show themselves what they send.
    #[must_use]
    pub fn is_own_word(self, event: &Event, features: impl FnOnce() -> irc::Features) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Foreign | Self::Json => false,
            Self::Irc => irc::spell::is_own_word(event, features()),
        }
    }

    /// Whether nobody who speaks it is told anything of this event, whatever he has asked for.
    #[must_use]
    pub fn is_silent_about(self, event: &Event) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Foreign | Self::Json => false,
            Self::Irc => irc::spell::is_told_otherwise(event),
        }
    }

    /// Whether an event is spelled for each hearer anew, however many there are.
    #[must_use]
    pub fn is_personal(self, event: &Event) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Foreign | Self::Json => false,
            Self::Irc => irc::spell::is_personal(event),
        }
    }

    /// The event's lines as a client shows them, each with its newline.
    #[must_use]
    pub fn spelled(self, event: &Event) -> String {
        let mut out = String::new();
        self.spell(event, false, &mut out).expect("writing to a string does not fail");
        out
    }

    /// The lines of rooms have their numbers if these are `numbered`.
    fn spell(self, event: &Event, numbered: bool, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            // A client turns the objects of JSON into these lines.
            Self::Text | Self::Foreign | Self::Json => text::spell::spell(event, numbered, out),
            Self::Legacy => legacy::spell::spell(event, out),
            // Its lines are spelled for a hearer, and read by no client of ours.
            Self::Irc => Ok(()),
        }
    }

    /// What a server says with this line, which has no newline.
    #[must_use]
    pub fn read(self, line: &str) -> ServerLine<'_> {
        match self {
            Self::Text | Self::Json => text::read::read(line),
            Self::Legacy => legacy::read::read(line),
            Self::Foreign | Self::Irc => ServerLine::Unknown,
        }
    }

    /// A line of a server without its number, as whoever did not ask for numbers gets it.
    #[must_use]
    pub fn unnumbered(self, line: &str) -> &str {
        match self {
            Self::Text | Self::Json => text::read::unnumbered(line),
            Self::Legacy | Self::Foreign | Self::Irc => line,
        }
    }

    /// Whether this line may be an answer of the server, at a glance: the messages of others, of which there are most,
    /// need not be read.
    #[must_use]
    pub fn may_be_answer(self, line: &[u8]) -> bool {
        match self {
            Self::Text | Self::Legacy | Self::Json => text::read::may_be_answer(line),
            Self::Foreign | Self::Irc => false,
        }
    }

    /// Whether a server answers `ping` in it. The old server has no such command.
    #[must_use]
    pub fn answers_ping(self) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Legacy | Self::Foreign | Self::Irc => false,
        }
    }

    /// Whether a client of ours that speaks it can send and fetch files.
    #[must_use]
    pub fn has_files(self) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Legacy | Self::Foreign | Self::Irc => false,
        }
    }

    /// What a client keeps that speaks it and whose user reads and writes lines of the text dialect; `None` if these are
    /// what goes over the wire.
    #[must_use]
    pub fn talk(self) -> Option<json::JsonTalk> {
        match self {
            Self::Text | Self::Legacy | Self::Foreign | Self::Irc => None,
            Self::Json => Some(json::JsonTalk::default()),
        }
    }

    /// How often the hard limit of the outbound queue may wait for a client. Our own pauses hold back what a prompt old
    /// client would have read, and it reads at the pace of a terminal: a burst is no reason to close it.
    #[must_use]
    pub fn hard_limits(self) -> usize {
        match self {
            Self::Text | Self::Foreign | Self::Json | Self::Irc => 1,
            Self::Legacy => 4,
        }
    }

    /// How a client writes its lines.
    #[must_use]
    pub fn sends(self) -> Sends {
        match self {
            Self::Text | Self::Foreign | Self::Json | Self::Irc => Sends::Lines,
            Self::Legacy => Sends::Messages { longest: legacy::READ_SIZE, apart: legacy::SENDS_APART },
        }
    }

    /// The charset that the sender of this line asks the server to change to, if that is what it asks.
    #[must_use]
    pub fn requested_charset(self, line: &str) -> Option<Charset> {
        match self {
            Self::Text => text::request::requested_charset(line),
            Self::Legacy | Self::Foreign | Self::Json | Self::Irc => None,
        }
    }

    /// The charset that the server announces with this line, which is spelled in that charset already. All usable
    /// charsets agree on what such a line looks like.
    #[must_use]
    pub fn announced_charset(self, line: &[u8]) -> Option<Charset> {
        match self {
            Self::Text => text::read::announced_charset(line),
            Self::Legacy | Self::Foreign | Self::Json | Self::Irc => None,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_found_by_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::named(dialect.name()), Some(dialect));
        }
        assert_eq!(Dialect::named("klingon"), None);
    }
}
