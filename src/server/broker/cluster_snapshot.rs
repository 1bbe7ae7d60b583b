//! What a server of a cluster keeps of what all of them know, and what one that starts reads of it.

use serde::{Deserialize, Serialize};

use super::Broker;
use super::snapshot_schedule::SnapshotSchedule;
use super::state::BrokerState;
use crate::hub::replica::Replica;
use crate::hub::{Hub, Limits};
use crate::server::nonces::KeptNonce;

/// The shape of what is kept. It is raised when a hub does not read any more what one before it has kept, which the tests
/// of the hub notice; then an upgrade begins with an empty chat, and docs/cluster.md says so.
const FORMAT: u32 = 1;

/// All that follows from the log.
#[derive(Serialize, Deserialize)]
struct ReplicatedState {
    format: u32,
    hub: Vec<u8>,
    replica: Vec<u8>,
    nonces: Vec<KeptNonce>,
}

impl Broker {
    /// Knows what the snapshot says; false if it is of another format.
    pub(in crate::server) fn restore(&self, snapshot: &[u8], limits: Limits) -> bool {
        let mut state = self.state();
        let known = ciborium::from_reader::<ReplicatedState, _>(snapshot).ok().filter(|known| known.format == FORMAT);
        let Some(ReplicatedState { format: _, hub, replica, nonces }) = known else { return false };
        let (Some(hub), Some(replica)) = (Hub::of_state(limits, &hub), Replica::of_state(&replica)) else {
            return false;
        };
        state.hub = hub;
        state.nonces.read(nonces);
        if let Some(cluster) = &mut state.cluster {
            cluster.replica = Some(replica);
        }
        true
    }
}

impl BrokerState {
    /// What is to be kept, if it is time or `now`: in the engine by the server that has been there for longest, and by each in
    /// its own store.
    pub(super) fn known_to_keep(&mut self, now: bool) -> Option<Vec<u8>> {
        let cluster = self.cluster.as_mut()?;
        let replica = cluster.replica.as_ref()?;
        let is_eldest = replica.roll.nodes().first() == Some(&cluster.outbox.node());
        if !cluster.has_begun || !(now || cluster.schedule.is_due()) {
            return None;
        }
        cluster.schedule = SnapshotSchedule::default();
        if !is_eldest && !self.store.follows_log() {
            return None;
        }
        let (hub, replica) = (self.hub.state(), replica.state());
        let known = ReplicatedState { format: FORMAT, hub, replica, nonces: self.nonces.kept() };
        let mut bytes = Vec::new();
        ciborium::into_writer(&known, &mut bytes).expect("a vector takes all that is written");
        if self.store.follows_log() {
            self.store.keep_state(bytes.clone());
            self.store.seal();
        }
        is_eldest.then_some(bytes)
    }
}
