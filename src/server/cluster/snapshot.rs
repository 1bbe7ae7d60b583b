//! What the servers of a cluster knew at one entry of their log, so that one that starts need not go through all of it.

use crate::store::LogPosition;

/// What the servers knew at one entry of the log.
#[derive(Debug, Clone)]
pub(in crate::server) struct Snapshot {
    /// The entry.
    pub(super) position: LogPosition,
    /// What they knew.
    pub(in crate::server) data: Vec<u8>,
}
