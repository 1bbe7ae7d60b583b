//! What the host of a server decides, and the defaults.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::hub::Limits;
use crate::net::Network;
use crate::protocol::name::RoomName;
use crate::protocol::sight::House;
use crate::protocol::token::Epoch;
use crate::server::cluster::Membership;
use crate::server::connection::outbound::queue::QueueLimits;
use crate::server::hasher::Hashing;
use crate::server::memory_limit::ceiling_that_fits;
use crate::server::throttle::Rate;
use crate::store::files::FileLimits;

/// Where a server listens unless its host says otherwise: only this machine reaches it.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:7667";

/// The limits of a server; the protocol's defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// What users may do at most.
    pub limits: Limits,
    /// The room that everybody is taken into at login. `None`: everybody begins in no room.
    pub lobby: Option<RoomName>,
    /// Bytes of a line without its newline.
    pub max_line: usize,
    /// Lines a second from one client, and at once.
    pub message_rate: Rate,
    /// Bytes that may wait for one client.
    pub queue: QueueLimits,
    /// How long commands are carried out of a client that sends nothing more and was faster than it may be.
    pub end_timeout: Duration,
    /// How long a client may have more than the hard limit waiting.
    pub slow_timeout: Duration,
    /// Bytes that all connections together may hold: their queues, and what was read of them and waits. Past it, those
    /// that have left and those that have not read for longest go first.
    pub max_queued_bytes: usize,
    /// How long a client may take nothing of what waits for it.
    pub write_timeout: Duration,
    /// Connections at once from one IPv4 address or from the /64 of an IPv6 address. `None`: half of all.
    pub max_per_address: Option<usize>,
    /// New connections a second, and at once.
    pub accept_rates: AcceptRates,
    /// Addresses without limits of connections, besides those of the machine itself.
    pub trusted: Vec<Network>,
    /// How long a client with a name may send nothing. `None`: for ever.
    pub idle_timeout: Option<Duration>,
    /// Connections at once. `None`: what the open-file limit allows, less a reserve.
    pub max_connections: Option<usize>,
    /// Tasks that share the connections among them. One is the cheapest; more use more processors.
    pub workers: usize,
    /// How passwords are hashed.
    pub hashing: Hashing,
    /// The web door, if there is one.
    pub web: WebConfig,
    /// The files that users send.
    pub files: FilesConfig,
    /// What the server says of itself at doors whose clients ask for it.
    pub presentation: Presentation,
    /// The cluster that it belongs to, if it is one of several servers.
    pub cluster: Option<Membership>,
}

/// How a server presents itself.
#[derive(Debug, Clone)]
pub struct Presentation {
    /// What it calls itself; a dot tells clients that it is a server.
    pub name: String,
    /// What its users call it.
    pub network: String,
    /// What newcomers are told, a line each.
    pub motd: Vec<String>,
}

impl Default for Presentation {
    fn default() -> Self {
        Self { name: "chatctl.local".to_owned(), network: "chatctl".to_owned(), motd: Vec::new() }
    }
}

/// Where the files are that users send, and how many there may be.
#[derive(Debug, Default, Clone)]
pub struct FilesConfig {
    /// Their folder. `None`: a temporary one, which goes with the server.
    pub folder: Option<PathBuf>,
    /// What is taken and kept.
    pub limits: FileLimits,
}

/// How fast connections may come that are not from trusted addresses; 0 a second is unlimited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcceptRates {
    /// From one IPv4 address or the /64 of an IPv6 address.
    pub per_address: Rate,
    /// From all of them together.
    pub in_all: Rate,
}

impl Default for AcceptRates {
    fn default() -> Self {
        Self {
            per_address: Rate { per_second: 20.0, burst: 200.0 },
            in_all: Rate { per_second: 1000.0, burst: 5000.0 },
        }
    }
}

/// What the web door serves, and under which names.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The names of this machine, under which it may be asked beside its addresses and `localhost`.
    pub names: Vec<String>,
    /// The folder that the page is read from at each request; the page that is built in, if `None`.
    pub root: Option<PathBuf>,
    /// How long a client may take nothing of a response.
    pub patience: Duration,
    /// Where browsers find it, like `http://chat.lan:7668`, if that is known: for clients that can do no more than show it.
    pub address: Option<Arc<str>>,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { names: Vec::new(), root: None, patience: Duration::from_secs(30), address: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            lobby: None,
            max_line: 8192,
            message_rate: Rate { per_second: 50.0, burst: 200.0 },
            queue: QueueLimits { soft: 256 * 1024, hard: 1024 * 1024 },
            slow_timeout: Duration::from_secs(10),
            end_timeout: Duration::from_secs(5),
            max_queued_bytes: ceiling_that_fits(),
            write_timeout: Duration::from_secs(30),
            max_per_address: None,
            accept_rates: AcceptRates::default(),
            trusted: Vec::new(),
            idle_timeout: None,
            max_connections: None,
            workers: 1,
            hashing: Hashing::Slow,
            web: WebConfig::default(),
            files: FilesConfig::default(),
            presentation: Presentation::default(),
            cluster: None,
        }
    }
}

impl Config {
    /// What its users are told of the server, whose numbers are of this epoch.
    pub(in crate::server) fn house(&self, epoch: Epoch) -> House {
        let Presentation { name, network, motd } = self.presentation.clone();
        let Limits { max_rooms, max_recipients, guests, .. } = self.limits;
        let (started, epoch) = (SystemTime::now(), epoch.to_string());
        House { name, network, motd, started, epoch, max_rooms, max_recipients, guests }
    }

    /// For a server that serves one script or load: its users may be as fast as they like.
    #[must_use]
    pub fn embedded() -> Self {
        Self { message_rate: Rate { per_second: 0.0, burst: 0.0 }, hashing: Hashing::Cheap, ..Self::default() }
    }
}
