//! What stands behind the words of a command: users, ranges of a history, what is searched for, words that come back.

use std::fmt;
use std::num::NonZeroUsize;

use super::{BadCommand, CommandKind, control_character};
use crate::protocol::name::{RoomName, UserName};

/// Which of the two shapes of `send` to a room was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendForm {
    /// `send room ROOM TEXT`
    Long,
    /// `send ROOM TEXT`
    Short,
}

/// Which lines of a history are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// The last lines.
    Latest,
    /// The last lines before the line of this number.
    Before(u64),
    /// The first lines after the line of this number.
    After(u64),
}

/// The room that words are to be found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedRoom {
    /// Which one.
    pub room: RoomName,
    /// Only lines before the one of this number.
    pub before: Option<u64>,
}

/// What some dialects can say about a search, beyond where and what.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SearchOptions {
    /// Only what this user said.
    pub from: Option<UserName>,
    /// Only messages before the one of this id, in all rooms.
    pub before: Option<u64>,
    /// The most lines to find.
    pub most: Option<NonZeroUsize>,
}

/// A word without blanks and control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(pub(super) Box<str>);

/// Users in the order listed: at least one, and each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserList(Vec<UserName>);

impl fmt::Display for HistoryRange {
    /// What stands behind the room, with the blank before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => Ok(()),
            Self::Before(number) => write!(f, " before #{number}"),
            Self::After(number) => write!(f, " after #{number}"),
        }
    }
}

impl fmt::Display for SearchedRoom {
    /// What stands before the words, with the blank before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " in {}", self.room)?;
        self.before.map_or(Ok(()), |before| write!(f, " before #{before}"))
    }
}

impl Token {
    /// A word that the answer repeats.
    ///
    /// # Errors
    /// If it is empty, or holds a blank or a control character.
    pub fn new(word: &str) -> Result<Self, BadCommand> {
        match control_character(word) {
            Some(control) => Err(BadCommand::ControlCharacter(control)),
            None if word.is_empty() || word.contains([' ', '\t']) => {
                Err(BadCommand::Shape(vec![CommandKind::Ping.usage()]))
            }
            None => Ok(Self(word.into())),
        }
    }

    /// The word, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserList {
    /// These users, each once; `None` if there are none.
    pub fn new(users: impl IntoIterator<Item = UserName>) -> Option<Self> {
        let mut seen = std::collections::HashSet::new();
        let distinct: Vec<_> = users.into_iter().filter(|user| seen.insert(user.clone())).collect();
        (!distinct.is_empty()).then_some(Self(distinct))
    }

    /// The users, in the order listed.
    #[must_use]
    pub fn as_slice(&self) -> &[UserName] {
        &self.0
    }
}

impl fmt::Display for UserList {
    /// With commas and without blanks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, user)| write!(f, "{}{user}", if i == 0 { "" } else { "," }))
    }
}
