//! What is spoken over a WebSocket: decided by its path and by the names that its client offers.

use hyper::HeaderMap;
use hyper::header::SEC_WEBSOCKET_PROTOCOL;

use crate::protocol::dialect::{Dialect, Spelling};
use crate::protocol::websocket::Framing;

/// One of the ways to speak over a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subprotocol {
    name: Option<&'static str>,
    dialect: Dialect,
    framing: Framing,
}

impl Subprotocol {
    /// What the page and programs speak, which offer no name.
    pub(super) const JSON: Self = Self { name: None, dialect: Dialect::FOR_PROGRAMS, framing: Framing::WebSocket };

    /// What IRC clients speak that offer no name, at a path of their own.
    const UNNAMED: Self = Self { name: None, dialect: Dialect::FOR_IRC_CLIENTS, framing: Framing::WebSocket };

    /// What they offer by its name, at any path.
    const NAMED: [Self; 2] = [
        Self { name: Some("text.ircv3.net"), ..Self::UNNAMED },
        Self { name: Some("binary.ircv3.net"), framing: Framing::BinaryWebSocket, ..Self::UNNAMED },
    ];

    /// The one that a client wants who asks with these headers for this path, if it is one of IRC clients: the first of
    /// those that it offers.
    pub(super) fn wanted(path: &str, headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
        let mut offered = texts.flat_map(|text| text.split(',')).map(str::trim);
        let named = offered.find_map(|offer| Self::NAMED.into_iter().find(|known| known.name == Some(offer)));
        named.or_else(|| (path == "/irc").then_some(Self::UNNAMED))
    }

    /// The name that its client is told.
    pub(super) fn name(self) -> Option<&'static str> {
        self.name
    }

    /// How its connections begin.
    pub(super) fn spelling(self) -> Spelling {
        Spelling { framing: self.framing, ..self.dialect.spelling() }
    }
}
