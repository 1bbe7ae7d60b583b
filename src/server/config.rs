//! What the host of a server decides, and the defaults.

use std::time::Duration;

use crate::hub::Limits;
use crate::server::connection::outbound::queue::QueueLimits;
use crate::server::throttle::Rate;

/// Where a server listens unless its host says otherwise: only this machine reaches it.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:7667";

/// The limits of a server; the protocol's defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// What users may do at most.
    pub limits: Limits,
    /// Bytes of a line without its newline.
    pub max_line: usize,
    /// Lines a second from one client, and at once.
    pub message_rate: Rate,
    /// Bytes that may wait for one client.
    pub queue: QueueLimits,
    /// Bytes that may wait for all clients together; past it the longest queue goes first.
    pub max_queued_bytes: usize,
    /// How long a client may take nothing of what waits for it.
    pub write_timeout: Duration,
    /// Connections at once. `None`: what the open-file limit allows, less a reserve.
    pub max_connections: Option<usize>,
    /// Tasks that share the connections among them. One is the cheapest; more use more processors.
    pub workers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            max_line: 8192,
            message_rate: Rate { per_second: 50.0, burst: 200.0 },
            queue: QueueLimits { soft: 256 * 1024, hard: 1024 * 1024 },
            max_queued_bytes: 256 * 1024 * 1024,
            write_timeout: Duration::from_secs(30),
            max_connections: None,
            workers: 1,
        }
    }
}

impl Config {
    /// For a server that serves one script or load: its users may be as fast as they like.
    #[must_use]
    pub fn embedded() -> Self {
        Self { message_rate: Rate { per_second: 0.0, burst: 0.0 }, ..Self::default() }
    }
}
