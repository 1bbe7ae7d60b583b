//! The doors into a server: where it listens, and what is spoken there.

use std::net::TcpListener;

use crate::protocol::dialect::Spelling;

/// One door: a listener, and the dialect and charset that its connections begin with.
#[derive(Debug)]
pub struct Endpoint {
    /// Where connections come in.
    pub listener: TcpListener,
    /// How they speak at first.
    pub spelling: Spelling,
}

/// Every door of a server. At least one; a listener alone is a door for the default dialect.
#[derive(Debug)]
pub struct Endpoints {
    pub(in crate::server) chat: Vec<Endpoint>,
    pub(in crate::server) web: Option<TcpListener>,
}

impl Endpoints {
    /// One more door.
    #[must_use]
    pub fn and(mut self, endpoint: Endpoint) -> Self {
        self.chat.push(endpoint);
        self
    }

    /// A door for web pages and programs as well.
    #[must_use]
    pub fn and_web(mut self, listener: TcpListener) -> Self {
        self.web = Some(listener);
        self
    }
}

impl From<TcpListener> for Endpoints {
    fn from(listener: TcpListener) -> Self {
        Self { chat: vec![Endpoint { listener, spelling: Spelling::default() }], web: None }
    }
}
