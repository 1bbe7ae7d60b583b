//! The doors into a server: where it listens, and how connections that come in there speak at first.

use std::net::TcpListener;

use crate::protocol::dialect::Dialect;
use crate::protocol::encoding::Charset;
use crate::protocol::event::Event;
use crate::server::connection::outbound::QueueLimits;

/// How often the hard limit may wait for an old client. Our own pauses hold back what a prompt one would have read,
/// and it reads at the pace of a terminal: a burst that others take in their stride is no reason to lose it.
const LEGACY_HARD_LIMITS: usize = 4;

/// Every door of a server. At least one; a listener alone is the door of the text dialect.
#[derive(Debug)]
pub struct Endpoints(pub(in crate::server) Vec<Endpoint>);

/// A listener and what is spoken behind it.
#[derive(Debug)]
pub(in crate::server) struct Endpoint {
    pub(in crate::server) listener: TcpListener,
    pub(in crate::server) manner: Manner,
}

/// How a connection speaks at first.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Manner {
    pub(in crate::server) dialect: Dialect,
    pub(in crate::server) charset: Charset,
}

impl Endpoints {
    /// One more door, for the clients of the Python chat room, in this charset: one that is usable
    /// [by character](Charset::by_character).
    #[must_use]
    pub fn and_legacy(mut self, listener: TcpListener, charset: Charset) -> Self {
        self.0.push(Endpoint { listener, manner: Manner { dialect: Dialect::Legacy, charset } });
        self
    }
}

impl From<TcpListener> for Endpoints {
    fn from(listener: TcpListener) -> Self {
        let manner = Manner { dialect: Dialect::Text, charset: Dialect::Text.charset() };
        Self(vec![Endpoint { listener, manner }])
    }
}

impl Manner {
    /// The only event that a connection of this manner will ever hear.
    pub(in crate::server) fn last_word(self, event: &Event) -> Vec<u8> {
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
    pub(in crate::server) fn limits(self, limits: QueueLimits) -> QueueLimits {
        match self.dialect {
            Dialect::Text => limits,
            Dialect::Legacy => QueueLimits { hard: limits.hard.saturating_mul(LEGACY_HARD_LIMITS), ..limits },
        }
    }
}
