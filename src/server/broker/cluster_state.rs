//! The log of a cluster as the broker has it under its lock, and the way into it.

use std::sync::Arc;

use super::snapshot_schedule::SnapshotSchedule;
use super::under_way::{Submission, UnderWay};
use crate::hub::replica::Replica;
use crate::server::cluster::Outbox;
use crate::server::connection::Connection;

/// What a server has to do with its cluster, under the hub's lock.
#[derive(Debug)]
pub(super) struct ClusterState {
    pub(super) outbox: Arc<Outbox<UnderWay>>,
    /// `None` while an entry is carried out.
    pub(super) replica: Option<Replica>,
    /// Hears once when the node has begun, and then if it cannot go on.
    pub(super) status: async_channel::Sender<Result<(), String>>,
    pub(super) has_begun: bool,
    /// Whether users know that nothing comes back.
    pub(super) stands_still: bool,
    pub(super) schedule: SnapshotSchedule,
}

impl ClusterState {
    pub(super) fn new(
        outbox: Arc<Outbox<UnderWay>>,
        lost_after: u32,
        status: async_channel::Sender<Result<(), String>>,
    ) -> Self {
        Self {
            outbox,
            replica: Some(Replica::new(lost_after)),
            status,
            has_begun: false,
            stands_still: false,
            schedule: SnapshotSchedule::default(),
        }
    }
}

/// Adds a line to what is under way.
pub(super) fn submit(outbox: &Outbox<UnderWay>, connection: Option<Arc<Connection>>, what: Submission) {
    if let Some(connection) = &connection {
        connection.outbound.submitted(what.bars());
    }
    outbox.submit(what.lines(), UnderWay { connection, what });
}
