//! The sockets of the doors: those that systemd has opened, and those of the addresses that were asked for. It knows which
//! address belongs to which flag, so that two flags with one port are told so.

use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use anyhow::{Context, anyhow};
use chatctl::server;

use super::systemd::OpenSockets;
use crate::exit::{Because, Exit};

/// Sockets, as one door after the other gets its own.
pub(super) struct Doors {
    open: OpenSockets,
    /// The flag of each door that has one, and where it listens.
    taken: RefCell<Vec<(&'static str, SocketAddr)>>,
}

impl Doors {
    /// No door has a socket yet, but systemd may have opened some.
    pub(super) fn from_environment() -> Self {
        Self { open: OpenSockets::from_environment(), taken: RefCell::default() }
    }

    /// The socket that systemd has opened for the door of this flag; or else one on the first address of the name that can
    /// be listened on, if there is a name.
    pub(super) fn open(&self, flag: &'static str, name: Option<&str>) -> anyhow::Result<Option<TcpListener>> {
        let listener = match (self.open.take(socket_of(flag)), name) {
            (Some(open), _) => open,
            (None, Some(name)) => self.listen(name)?,
            (None, None) => return Ok(None),
        };
        self.take(flag, &listener);
        Ok(Some(listener))
    }

    /// The same of a door that need not be: what is in the way is logged.
    pub(super) fn open_if_free(&self, flag: &'static str, addr: SocketAddr) -> Option<TcpListener> {
        let why = match server::listen(addr) {
            Ok(listener) => {
                self.take(flag, &listener);
                return Some(listener);
            }
            Err(error) => self.explained(addr, error),
        };
        tracing::warn!("no web door: cannot listen on {addr}: {why}");
        None
    }

    fn take(&self, flag: &'static str, listener: &TcpListener) {
        self.taken.borrow_mut().extend(listener.local_addr().ok().map(|addr| (flag, addr)));
    }

    fn listen(&self, name: &str) -> anyhow::Result<TcpListener> {
        let cannot_listen = |on: &str| Because::new(Exit::NoConnection, format!("cannot listen on {on}"));
        let addrs = name.to_socket_addrs().with_context(|| cannot_listen(name))?;
        let mut last = anyhow!("the name has no address").context(cannot_listen(name));
        for addr in addrs {
            match server::listen(addr) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = self.explained(addr, error).context(cannot_listen(&addr.to_string())),
            }
        }
        Err(last)
    }

    fn explained(&self, addr: SocketAddr, error: io::Error) -> anyhow::Error {
        match error.kind() {
            io::ErrorKind::AddrInUse => match self.flag_at(addr) {
                Some(flag) => anyhow!("the door of {flag} is there; choose another port"),
                None => anyhow!("another program listens there; choose another port, or stop it"),
            },
            io::ErrorKind::PermissionDenied => anyhow!("ports below 1024 need root; choose a higher one"),
            io::ErrorKind::AddrNotAvailable => {
                anyhow!("this machine has no such address; 0.0.0.0 means all that it has")
            }
            _ => error.into(),
        }
    }

    /// The flag of the door that has this address, or all addresses with this port.
    fn flag_at(&self, addr: SocketAddr) -> Option<&'static str> {
        let is_same = |taken: &SocketAddr| {
            let is_heard = taken.ip() == addr.ip() || taken.ip().is_unspecified() || addr.ip().is_unspecified();
            taken.port() == addr.port() && is_heard
        };
        self.taken.borrow().iter().find(|(_, taken)| is_same(taken)).map(|(flag, _)| *flag)
    }
}

/// What a unit of systemd calls the socket of the door with this flag.
fn socket_of(flag: &str) -> &str {
    match flag {
        "--listen" => "text",
        "--tls-listen" => "tls",
        _ => flag.trim_start_matches("--"),
    }
}
