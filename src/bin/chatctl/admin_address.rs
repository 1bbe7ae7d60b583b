//! The address at which a server takes requests of those who run it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::target::host_and_port;

/// Where a server takes requests of those who run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AdminAddress {
    /// A Unix socket.
    Local(PathBuf),
    /// An address of this machine.
    Tcp(String),
}

impl AdminAddress {
    /// The path, if it is a Unix socket.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Tcp(_) => None,
        }
    }

    /// The address, if it is none.
    pub(crate) fn tcp(&self) -> Option<&str> {
        match self {
            Self::Local(_) => None,
            Self::Tcp(address) => Some(address),
        }
    }
}

impl FromStr for AdminAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some("") => Err("expected a path behind unix:"),
            Some(path) => Ok(Self::Local(path.into())),
            None => {
                host_and_port(text).map(Self::Tcp).map_err(|_| "expected unix:PATH, or an address like 127.0.0.1:7660")
            }
        }
    }
}
