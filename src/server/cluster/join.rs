//! Whether a server can belong to its cluster.

use std::sync::Arc;
use std::time::Duration;

use super::client::{Client, Settings};
use super::config::{ClusterConfig, ClusterError, Membership};

impl ClusterConfig {
    /// Finds the cluster, and looks whether its engine keeps what it is given.
    ///
    /// # Errors
    /// If it does not, or cannot be reached.
    pub fn join(self) -> Result<Membership, ClusterError> {
        let unreachable = |error| ClusterError::Unreachable(self.shown_url(), error);
        let mut client = Client::connect(&self, Duration::from_secs(5)).map_err(unreachable)?;
        match client.settings() {
            Some(Settings { eviction, .. }) if eviction != "noeviction" => return Err(ClusterError::Evicts(eviction)),
            Some(Settings { keeps: false, .. }) => tracing::warn!(
                "Redis keeps nothing on disk: if it stops, all users are closed; set appendonly yes and appendfsync always"
            ),
            Some(Settings { syncs: false, .. }) => tracing::warn!(
                "Redis may lose its last second if the machine stops, which closes all users; set appendfsync always"
            ),
            Some(_) => {}
            None => tracing::warn!("Redis does not tell how it keeps its data (CONFIG GET): see docs/cluster.md"),
        }
        let epoch = client.epoch(fastrand::u32(..)).map_err(unreachable)?;
        let snapshot = client.snapshot().map_err(unreachable)?.map(Arc::new);
        Ok(Membership { config: self, epoch, snapshot })
    }
}
