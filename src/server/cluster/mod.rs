//! Several servers that are one chat: the log that they share, and this server's way to it. What the log means, and what
//! comes of it, is not known here.

mod client;
mod config;
mod engine;
mod figures;
mod join;
mod outbox;
mod snapshot;

pub use config::{ClusterConfig, ClusterError, Membership};
pub(in crate::server) use engine::{Engine, Follower};
pub(in crate::server) use figures::{ClusterFigures, ROUND_TRIP_BOUNDS};
pub(in crate::server) use outbox::Outbox;
