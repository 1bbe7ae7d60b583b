//! The server under load, and how its users connect.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::run::Addresses;
use crate::run::dialects::ConnectDefaults;

/// The server under load, and how its users connect.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The server's addresses.
    pub addresses: Addresses,
    /// How users connect if their statement does not say it.
    pub connect_defaults: ConnectDefaults,
    /// The addresses to connect from, in turn; any if empty.
    pub source_ips: Vec<IpAddr>,
    /// The server's process, if its CPU time and memory are to be reported.
    pub server_pid: Option<u32>,
    /// Whether the server runs in this process.
    pub is_embedded: bool,
    /// Values that override those of `param`, by name.
    pub params: HashMap<String, String>,
}
