//! What the servers of a cluster knew at one entry of their log, so that one that starts need not go through all of it.

/// What the servers knew at one entry of the log.
#[derive(Debug, Clone)]
pub(in crate::server) struct Snapshot {
    /// The id of the entry.
    pub(super) id: String,
    /// What the entry after it calls it.
    pub(super) name: String,
    /// What they knew.
    pub(in crate::server) data: Vec<u8>,
}
