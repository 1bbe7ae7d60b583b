//! How events are spelled on the wire. The commands and events are the same in every dialect.

pub mod legacy;
pub mod text;

mod listing;

use std::fmt;

use crate::protocol::encoding::Charset;
use crate::protocol::event::Event;

/// How one connection frames, encodes and spells what is said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Lines for people and programs: the default.
    #[default]
    Text,
    /// What the clients of the Python chat room speak.
    Legacy,
}

impl Dialect {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Text, Self::Legacy];

    /// The dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Legacy => "legacy",
        }
    }

    /// The charset that its connections begin with.
    #[must_use]
    pub fn charset(self) -> Charset {
        match self {
            Self::Text => Charset::UTF_8,
            Self::Legacy => Charset::GBK,
        }
    }

    /// Appends the event's lines to `out`, each with its newline.
    pub fn render(self, event: &Event, out: &mut String) {
        match self {
            Self::Text => text::render(event, out),
            Self::Legacy => legacy::render(event, out),
        }
    }

    /// Appends the text to `out` in this charset, with `?` for each character that the other side could not read.
    pub fn encode_into(self, text: &str, charset: Charset, out: &mut Vec<u8>) {
        match self {
            Self::Text => charset.encode_into(text, out),
            Self::Legacy => legacy::encode_into(text, charset, out),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
