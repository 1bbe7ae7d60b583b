//! Where a server is, and by what its bytes are wrapped: `HOST:PORT` or `ws://HOST:PORT/PATH`; the same over TLS is
//! `tls://HOST:PORT` or `wss://HOST:PORT/PATH`. `unix:PATH` is a socket in the file system.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The path of a WebSocket whose address names none.
const USUAL_PATH: &str = "/ws";

/// An address as a user writes it, taken apart. Whether there is such a host is found out when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// `HOST:PORT`.
    pub authority: String,
    /// How the bytes of the connection are wrapped.
    pub transport: Transport,
    /// Whether all that is within TLS.
    pub is_secure: bool,
}

/// How the bytes of a connection are wrapped.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Not at all.
    #[default]
    Tcp,
    /// In the messages of a WebSocket, which is asked for by this path.
    WebSocket {
        /// Begins with a slash.
        path: Arc<str>,
        /// What the server is asked for by: `HOST:PORT`.
        host: Arc<str>,
    },
}

/// A server that was looked up: all its addresses, in the order in which they are to be tried.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ServerDoor {
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// How the bytes of a connection are wrapped.
    pub transport: Transport,
    /// Where it listens, if that is a socket in the file system; it then has no addresses.
    pub path: Option<Arc<Path>>,
    /// The name or address that stands in its certificate, if all that is within TLS.
    pub tls_name: Option<String>,
}

impl ServerAddress {
    /// Takes an address apart.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let (is_socket, is_secure, rest) = match text.split_once("://") {
            Some(("ws", rest)) => (true, false, rest),
            Some(("wss", rest)) => (true, true, rest),
            Some(("tls", rest)) => (false, true, rest),
            Some(_) | None => (false, false, text),
        };
        if !is_socket {
            return Self { authority: rest.to_owned(), transport: Transport::Tcp, is_secure };
        }
        let (authority, path) = rest.find('/').map_or((rest, USUAL_PATH), |slash| rest.split_at(slash));
        let path = if path == "/" { USUAL_PATH } else { path };
        let transport = Transport::WebSocket { path: path.into(), host: authority.into() };
        Self { authority: authority.to_owned(), transport, is_secure }
    }
}

impl From<&Path> for ServerDoor {
    /// A server that listens on a socket in the file system.
    fn from(path: &Path) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }
}

impl From<Vec<SocketAddr>> for ServerDoor {
    /// A server whose connections are not wrapped.
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, transport: Transport::Tcp, path: None, tls_name: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_says_how_bytes_are_wrapped() {
        let socket = |authority: &str, path: &str| ServerAddress {
            authority: authority.to_owned(),
            transport: Transport::WebSocket { path: path.into(), host: authority.into() },
            is_secure: false,
        };
        assert_eq!(ServerAddress::new("ws://chat.lan:7668/chat/ws"), socket("chat.lan:7668", "/chat/ws"));
        assert_eq!(ServerAddress::new("ws://[::1]:7668"), socket("[::1]:7668", "/ws"));
        assert_eq!(ServerAddress::new("ws://chat.lan:7668/"), socket("chat.lan:7668", "/ws"));
        let plain =
            ServerAddress { authority: "chat.lan:7667".to_owned(), transport: Transport::Tcp, is_secure: false };
        assert_eq!(ServerAddress::new("chat.lan:7667"), plain);
        assert_eq!(ServerAddress::new("tls://chat.lan:7667"), ServerAddress { is_secure: true, ..plain });
        let secure = ServerAddress { is_secure: true, ..socket("chat.lan:7668", "/ws") };
        assert_eq!(ServerAddress::new("wss://chat.lan:7668"), secure);
    }
}
