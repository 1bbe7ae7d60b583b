//! What all connections hold together, and who goes if it is too much. Which of them that is, [`Ceiling`] decides.
//!
//! [`Ceiling`]: crate::server::ceiling::Ceiling

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Broker;
use super::state::BrokerState;
use crate::hub::SessionId;
use crate::protocol::act::{Act, Addressee};
use crate::protocol::command::Command;
use crate::protocol::dialect::Request;
use crate::protocol::dialect::irc::Step;
use crate::protocol::name::RoomName;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::server::ceiling::Holder;
use crate::server::connection::Connection;

/// Bytes between two looks at the ceiling while it is near.
const LOOK_EVERY: u64 = 64 * 1024;

impl Broker {
    /// Whether a request that causes deliveries has to wait: all connections together hold too much, nobody is left who
    /// could go, and it would be more. What is said in a room whose members all read goes on.
    pub(in crate::server) fn is_too_crowded_for(&self, request: &Result<Request, Refusal>) -> bool {
        // Without the hub's lock, as each command asks.
        if self.counters.held_lately() <= self.crowded.load(Ordering::Relaxed) {
            return false;
        }
        let mut state = self.state();
        state.look_at_ceiling(self.started.elapsed());
        self.hand_over(&mut state, 0, 0);
        let is_more = self.counters.held_lately() > state.ceiling.most() || state.reaches_who_is_slow(request);
        drop(self.wake(state));
        is_more && self.counters.held_lately() > self.crowded.load(Ordering::Relaxed)
    }
}

impl BrokerState {
    /// If all connections together hold too much, those that the ceiling names are cut off.
    pub(super) fn look_at_ceiling(&mut self, now: Duration) {
        let held = self.counters.held(&self.tally);
        self.room = self.ceiling.crowded().saturating_sub(held).max(LOOK_EVERY.min(self.ceiling.most() / 64 + 1));
        // Most looks end here: who holds how much is found out only if somebody has to go.
        let Some(excess) = self.ceiling.excess(held, now) else { return };
        for holder in excess.first_to_go(self.holders()) {
            self.ceiling.was_made_free();
            let reason = Refusal::Disconnected(DisconnectReason::Overloaded {
                unread: holder.unread,
                ceiling: self.ceiling.crowded() as usize,
            });
            match holder.key {
                (Some(id), _) => self.cut_session(id, reason),
                (None, connection) => self.cut(&connection, reason, None),
            }
        }
    }

    /// Whether somebody may hear of it who does not read.
    fn reaches_who_is_slow(&self, request: &Result<Request, Refusal>) -> bool {
        let Some(rooms) = rooms_addressed(request) else { return true };
        let is_slow = |connection: &Arc<Connection>| !connection.outbound.unread().1.is_zero();
        let hearers = rooms.into_iter().flat_map(|room| self.hub.hearers_in(room));
        hearers.into_iter().any(|id| self.connection(*id).is_some_and(is_slow))
    }

    /// Everybody who has something unread.
    fn holders(&mut self) -> Vec<Holder<(Option<SessionId>, Arc<Connection>)>> {
        self.departed.retain(|connection| connection.strong_count() > 0);
        let departed = self.departed.iter().filter_map(Weak::upgrade).map(|connection| (None, connection));
        let present = self.connections.iter().flatten().map(|(id, connection)| (Some(*id), Arc::clone(connection)));
        let holders = departed.chain(present).map(|(id, connection)| {
            let (unread, asleep) = connection.outbound.unread();
            Holder { unread, soft: connection.limits.soft, departed: id.is_none(), asleep, key: (id, connection) }
        });
        holders.filter(|holder| holder.unread > 0).collect()
    }
}

/// The rooms in which something is said, if the request does nothing else.
fn rooms_addressed(request: &Result<Request, Refusal>) -> Option<Vec<&RoomName>> {
    match request {
        Ok(Request::Command(Command::SendRoom { room, .. })) => Some(vec![room]),
        Ok(Request::Instruction(instruction)) => instruction.steps.iter().map(room_addressed).collect(),
        _ => None,
    }
}

fn room_addressed(step: &Step) -> Option<&RoomName> {
    match step.act()? {
        Act::Say { to: Addressee::Room(room), text: _ } => Some(room),
        _ => None,
    }
}
