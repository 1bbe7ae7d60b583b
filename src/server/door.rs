//! The doors into a server: where it listens, and how connections that come in there speak at first.

use std::net::TcpListener;

use super::outbound::QueueLimits;
use crate::protocol::dialect::Dialect;
use crate::protocol::encoding::Charset;
use crate::protocol::event::Event;

/// How often the hard limit may wait for an old client. Our own pauses hold back what a prompt one would have read,
/// and it reads at the pace of a terminal: a burst that others take in their stride is no reason to lose it.
const LEGACY_HARD_LIMITS: usize = 4;

/// Every door of a server. At least one; a listener alone is the door of the text dialect.
#[derive(Debug)]
pub struct Doors(pub(super) Vec<Door>);

/// A listener and what is spoken behind it.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) manner: Manner,
}

/// How a connection speaks at first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) dialect: Dialect,
    pub(super) charset: Charset,
}

impl Doors {
    /// One more door, for the clients of the Python chat room, in this charset: one that is usable
    /// [by character](Charset::by_character).
    #[must_use]
    pub fn and_legacy(mut self, listener: TcpListener, charset: Charset) -> Self {
        self.0.push(Door { listener, manner: Manner { dialect: Dialect::Legacy, charset } });
        self
    }
}

impl From<TcpListener> for Doors {
    fn from(listener: TcpListener) -> Self {
        let manner = Manner { dialect: Dialect::Text, charset: Dialect::Text.charset() };
        Self(vec![Door { listener, manner }])
    }
}

impl Manner {
    /// The only event that a connection of this manner will ever hear.
    pub(super) fn last_word(self, event: &Event) -> Vec<u8> {
        let (mut text, mut bytes) = (String::new(), Vec::new());
        self.dialect.render(event, &mut text);
        let text = match self.dialect {
            Dialect::Text => &text,
            Dialect::Legacy => text.trim_end_matches('\n'),
        };
        self.dialect.encode_into(text, self.charset, &mut bytes);
        bytes
    }

    /// What may wait for a connection.
    pub(super) fn limits(self, limits: QueueLimits) -> QueueLimits {
        match self.dialect {
            Dialect::Text => limits,
            Dialect::Legacy => QueueLimits { hard: limits.hard.saturating_mul(LEGACY_HARD_LIMITS), ..limits },
        }
    }
}
