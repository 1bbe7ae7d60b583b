//! The doors into a server: where it listens, and how connections that come in there speak at first.

use std::net::TcpListener;

use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, Hearer};
use crate::protocol::event::Event;
use crate::server::connection::outbound::QueueLimits;

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
        let mut bytes = Vec::new();
        self.dialect.in_charset(self.charset).write_alone(event, Hearer::default(), &mut bytes);
        bytes
    }

    /// What may wait for a connection.
    pub(in crate::server) fn limits(self, limits: QueueLimits) -> QueueLimits {
        QueueLimits { hard: limits.hard.saturating_mul(self.dialect.hard_limits()), ..limits }
    }
}
