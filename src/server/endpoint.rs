//! The doors into a server: where it listens, and what is spoken there.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;

use crate::protocol::dialect::Spelling;
use crate::server::admin::Host;
use crate::server::credentials::Credentials;

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
    pub(in crate::server) secure: Option<SecureEndpoints>,
    pub(in crate::server) operations: Option<TcpListener>,
    pub(in crate::server) local_operations: Option<UnixListener>,
    pub(in crate::server) control: Option<UnixListener>,
    pub(in crate::server) host: Option<Arc<dyn Host>>,
}

/// The doors with TLS, and what the server proves itself with.
#[derive(Debug)]
pub(in crate::server) struct SecureEndpoints {
    pub(in crate::server) credentials: Arc<Credentials>,
    pub(in crate::server) chat: Vec<Endpoint>,
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

    /// An address for those who operate the server: health and metrics over HTTP, and requests of whoever is on this machine.
    #[must_use]
    pub fn and_operations(mut self, listener: TcpListener) -> Self {
        self.operations = Some(listener);
        self
    }

    /// The same at a Unix socket.
    #[must_use]
    pub fn and_local_operations(mut self, listener: UnixListener) -> Self {
        self.local_operations = Some(listener);
        self
    }

    /// The program around the server, which does what those want who run it and the server cannot.
    #[must_use]
    pub fn and_host(mut self, host: Arc<dyn Host>) -> Self {
        self.host = Some(host);
        self
    }

    /// A Unix socket for those who run the server: whoever can open it is one of them.
    #[must_use]
    pub fn and_control(mut self, listener: UnixListener) -> Self {
        self.control = Some(listener);
        self
    }

    /// These doors with TLS as well. The door for web pages and programs, if there is one, then takes both: the first
    /// byte tells TLS.
    #[must_use]
    pub fn and_secure(mut self, credentials: Arc<Credentials>, doors: Vec<Endpoint>) -> Self {
        self.secure = Some(SecureEndpoints { credentials, chat: doors });
        self
    }
}

impl From<TcpListener> for Endpoints {
    fn from(listener: TcpListener) -> Self {
        Self {
            chat: vec![Endpoint { listener, spelling: Spelling::default() }],
            web: None,
            secure: None,
            operations: None,
            local_operations: None,
            control: None,
            host: None,
        }
    }
}
