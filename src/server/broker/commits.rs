//! The store's commits, as far as the broker has to do with them: who waits for one, and who is told that none are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Broker;
use super::around::Around;
use super::state::BrokerState;
use crate::protocol::event::{Event, ServerNotice};
use crate::protocol::hindrance::Hindrance;
use crate::server::connection::Connection;
use crate::server::connection::outbound::queue::Appended;
use crate::server::counters::BrokerCounters;
use crate::server::worker::ready_list::ReadyList;
use crate::store::CommitId;

impl Broker {
    /// All commits up to this one are made.
    pub(in crate::server) fn durable(&self) -> CommitId {
        self.store.durable()
    }

    /// What the store has taken until now may be committed: at the end of a worker's turn.
    pub(in crate::server) fn seal(&self) {
        self.store.seal();
    }

    /// Calls every worker whenever the store has made a commit: bytes may have waited for it. If commits fail, everybody
    /// is told, and again when that is over.
    pub(in crate::server) fn follow_commits(self: &Arc<Self>) {
        // Weak, as the store may outlive the server.
        let broker = Arc::downgrade(self);
        let is_hindered = AtomicBool::new(false);
        self.store.on_commit(Box::new(move |commit| {
            let Some(broker) = broker.upgrade() else { return };
            broker.wake_for_commit();
            match commit {
                Ok(_) if is_hindered.swap(false, Ordering::Relaxed) => broker.tell_all_ahead(None),
                Ok(_) => broker.due.iter().for_each(ReadyList::call_worker_to_gates),
                Err(why) => {
                    is_hindered.store(true, Ordering::Relaxed);
                    broker.tell_all_ahead(Some(why));
                }
            }
        }));
    }

    /// Tells everybody, ahead of what waits for the disk, why nothing is taken now, or that this is over.
    fn tell_all_ahead(&self, hindrance: Option<Hindrance>) {
        let mut state = self.state();
        let told = state.tally;
        // Set under the hub's lock: whoever is told that nothing is taken finds that to be so.
        let before = std::mem::replace(&mut state.hindrance, hindrance);
        self.is_hindered.store(hindrance.is_some(), Ordering::Relaxed);
        if let Some(event) =
            hindrance.map(ServerNotice::NotTaken).or(before.map(ServerNotice::TakenAgain)).map(Event::Server)
        {
            state.tell_ahead(&event);
        }
        let BrokerCounters { deliveries, appended, .. } = state.tally;
        self.hand_over(&mut state, deliveries - told.deliveries, appended - told.appended);
        drop(state);
        self.due.iter().for_each(ReadyList::call_worker_to_gates);
    }
}

impl BrokerState {
    /// Puts an event in front of whatever waits for the disk, for everybody.
    pub(super) fn tell_ahead(&mut self, event: &Event) {
        self.tell_ahead_if(event, |_| true);
    }

    /// The same for everybody whose connection is one of these.
    pub(super) fn tell_ahead_if(&mut self, event: &Event, is_one: impl Fn(&Connection) -> bool) {
        self.encoded.begin();
        for (id, connection) in self.connections.iter().flatten().filter(|(_, connection)| is_one(connection)) {
            let mut bytes = 0;
            let appended = connection.outbound.tell_ahead(|spelling| {
                let (hub, house) = (&self.hub, &self.house);
                let around = Around { hub, house, hearer: *id, now: self.house.started };
                let lines = self.encoded.of(event, spelling, Some(&around));
                bytes = lines.len();
                lines
            });
            self.tally.deliveries += 1;
            self.tally.appended += bytes as u64;
            match appended {
                Appended::Queued | Appended::PastHard | Appended::TooMuch => {}
                Appended::WasIdle => self.due[connection.worker].push(Arc::clone(connection)),
            }
        }
    }
}
