//! Which cluster a server belongs to.

use std::sync::Arc;

use thiserror::Error;

use super::snapshot::Snapshot;
use crate::store::LogPosition;

/// Which chat of several servers this one belongs to.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// Where the log is: `redis://[USER:PASS@]HOST:PORT[/DB]`, `rediss://` or `redis+unix://`.
    pub url: String,
    /// The password, in place of one in the URL.
    pub password: Option<String>,
    /// What the keys of this chat begin with.
    pub name: String,
    /// What this server is called in logs.
    pub node: String,
    /// After so many seconds of silence a server is lost, with its users.
    pub lost_after: u32,
    /// Bytes of the log that are kept before the last snapshot, for servers that come back.
    pub keep: u64,
}

/// A cluster that was found, and the numbering of its lines.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Which one.
    pub config: ClusterConfig,
    /// The same on all of its servers.
    pub epoch: u32,
    /// What is to be known before the rest of the log.
    pub(in crate::server) snapshot: Option<Arc<Snapshot>>,
}

impl Membership {
    /// The entry of the log behind which this server starts.
    pub(in crate::server) fn position(&self) -> LogPosition {
        self.snapshot.as_ref().map(|snapshot| snapshot.position.clone()).unwrap_or_default()
    }
}

/// Why a server does not belong to a cluster.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// The URL is none, or nobody answers there.
    #[error("no cluster at {0}: {1}")]
    Unreachable(String, redis::RedisError),
    /// The engine throws away what it has no room for.
    #[error("Redis must not evict keys: set maxmemory-policy to noeviction, it is {0}")]
    Evicts(String),
    /// The log does not reach back to where a store has come.
    #[error(
        "what the directory holds is older than the log of the cluster: put a copy of another server's chat.db there, \
            as 'chatctl store backup' makes it"
    )]
    Older,
    /// A store has come further than the log.
    #[error("the log of the cluster has lost what the directory holds: it was restored from an old copy, or emptied")]
    Newer,
}

impl ClusterConfig {
    /// The URL without its password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        match (self.url.split_once("://"), self.url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
            _ => self.url.clone(),
        }
    }
}
