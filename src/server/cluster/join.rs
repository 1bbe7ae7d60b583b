//! Whether a server can belong to its cluster.

use std::sync::Arc;
use std::time::Duration;

use super::client::{Client, EngineSettings};
use super::config::{ClusterConfig, ClusterError, Membership};
use super::snapshot::Snapshot;
use crate::store::{KeptLog, KeptState, LogPosition};

/// How long it may take to reach the engine.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

impl ClusterConfig {
    /// Finds the cluster, and looks whether its engine keeps what it is given.
    ///
    /// # Errors
    /// If it does not, or cannot be reached.
    pub fn join(self) -> Result<Membership, ClusterError> {
        let unreachable = |error| ClusterError::Unreachable(self.shown_url(), error);
        let mut client = Client::connect(&self, CONNECT_WITHIN).map_err(unreachable)?;
        match client.settings() {
            Some(EngineSettings { eviction, .. }) if eviction != "noeviction" => {
                return Err(ClusterError::Evicts(eviction));
            }
            Some(EngineSettings { keeps: false, .. }) => tracing::warn!(
                "Redis keeps nothing on disk: if it stops, all users are closed; set appendonly yes and appendfsync always"
            ),
            Some(EngineSettings { syncs: false, .. }) => tracing::warn!(
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

impl Membership {
    /// Starts behind an entry from which on the log leads to all that is not kept yet.
    ///
    /// # Errors
    /// If the log does not hold that, or does not answer.
    pub fn resume(self, KeptLog { position, state }: KeptLog) -> Result<Self, ClusterError> {
        let unreachable = |error| ClusterError::Unreachable(self.config.shown_url(), error);
        let mut client = Client::connect(&self.config, CONNECT_WITHIN).map_err(unreachable)?;
        let mut goes_on_after = |position: &LogPosition| client.goes_on_after(position).map_err(unreachable);
        if !goes_on_after(&position)? {
            let tail = LogPosition::named(&client.tail().map_err(unreachable)?);
            let is_newer = position.order() > tail.order();
            return Err(if is_newer { ClusterError::Newer } else { ClusterError::Older });
        }
        let own = state.map(|KeptState { position, bytes }| Arc::new(Snapshot { position, data: bytes }));
        // What was known later than all was kept does not lead to the records in between.
        let of_all = self.snapshot.clone().filter(|snapshot| snapshot.position.order() <= position.order());
        let mut starts = own.into_iter().chain(of_all).map(Some).chain([None]);
        let start = loop {
            let Some(start) = starts.next() else { return Err(ClusterError::Older) };
            let position = start.as_ref().map(|start| start.position.clone()).unwrap_or_default();
            if goes_on_after(&position)? {
                break start;
            }
        };
        Ok(Self { snapshot: start, ..self })
    }
}
