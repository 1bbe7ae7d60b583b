//! What tells one message from all others.

use std::time::SystemTime;

/// What tells a message from all others of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Counts every message and room event of this server: 1, 2, 3, ...
    pub id: u64,
    /// The server's wall clock.
    pub at: SystemTime,
}
