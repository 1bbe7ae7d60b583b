//! Sessions that the server ends: those that gave no name in time, were silent for too long, or read too slowly.
//! Nobody is asked for a sign of life at any door: TCP keepalive finds those who are gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Broker;
use super::state::BrokerState;
use crate::hub::{Now, SessionId};
use crate::protocol::event::{Departure, Event};
use crate::protocol::name::UserName;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::protocol::websocket::CloseReason;
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::server::connection::outbound::queue::{Appended, Watched, Weight};
use crate::server::connection::outbound::{Closing, REST_WITHIN};
use crate::server::worker::wake::Wake;

/// The longest that the last word to a client may take that was too slow. It follows the line in progress, behind what the
/// system holds: some 130 KB, which a slow link carries in this time.
const CUT_WITHIN: Duration = Duration::from_secs(120);

/// Deliveries from which on further departures of slow clients are announced in the next turn, after writing.
const DEPARTURE_DELIVERIES: u64 = 4096;

impl Broker {
    /// A client whose session is over has not taken in this time what is queued: it is left nothing but the line in
    /// progress and the reason.
    pub(in crate::server) fn cut_rest(&self, connection: &Arc<Connection>, time: Duration) -> Wake<'_> {
        let (limit, _) = connection.outbound.unread();
        let mut state = self.state();
        state.cut(connection, Refusal::Disconnected(DisconnectReason::SlowFor { limit, time }), None);
        self.hand_over(&mut state, 0, 0);
        self.wake(state)
    }

    /// Ends the sessions that gave no name in time, and the connections that stayed past their limits for too long.
    pub(in crate::server) fn end_what_is_overdue(&self) -> Wake<'_> {
        let now = self.now();
        let mut state = self.state();
        // In a cluster, time passes for all servers by their log.
        if state.cluster.is_none() {
            let outputs = state.hub.expire(now);
            self.deliver(&mut state, outputs, None, now);
        }
        self.look_whether_it_stands_still(&mut state);
        self.end_idle(&mut state, now);
        state.cut_who_stayed_past_hard(now);
        state.look_at_ceiling(now.monotonic);
        let read = state.look_what_was_read(now);
        self.deliver(&mut state, read, None, now);
        self.hand_over(&mut state, 0, 0);
        self.wake(state)
    }

    /// Announces that slow clients are gone, a bounded number at a time; true if some are left.
    pub(in crate::server) fn announce_departures(&self) -> bool {
        if !self.departing.load(Ordering::Relaxed) {
            return false;
        }
        let now = self.now();
        let mut state = self.state();
        let until = state.tally.deliveries + DEPARTURE_DELIVERIES;
        // A thousand who leave a room of a thousand are half a million deliveries: others have their turn in between.
        while state.tally.deliveries < until
            && let Some(id) = state.departing.pop_first()
        {
            let outputs = state.end_as_slow(id, now);
            self.deliver(&mut state, outputs, None, now);
        }
        !state.departing.is_empty()
    }

    /// Ends the sessions that have a name and have sent nothing for too long.
    fn end_idle(&self, state: &mut BrokerState, now: Now) {
        let Some(timeout) = state.idle_timeout else { return };
        let latest = now.monotonic.saturating_sub(timeout);
        let present = state.connections.iter().flatten();
        let silent = present.filter(|(id, connection)| connection.heard_at() < latest && state.hub.is_logged_in(*id));
        // Collected, as each end of a session changes the table that is gone through.
        for id in silent.map(|(id, _)| *id).collect::<Vec<_>>() {
            state.encoded.begin();
            state.append(
                id,
                &Event::Refused(Refusal::Disconnected(DisconnectReason::Idle(timeout))),
                Weight::Exempt,
                now,
            );
            let connection = state.disconnect(id);
            let outputs = state.end_session(id, Departure::TimedOut, now);
            self.deliver(state, outputs, None, now);
            if let Some(connection) = connection {
                connection.outbound.close(Closing { within: REST_WITHIN });
            }
        }
    }
}

impl BrokerState {
    fn cut_who_stayed_past_hard(&mut self, now: Now) {
        for (since, id) in std::mem::take(&mut self.watched) {
            let Some(connection) = self.connection(id) else { continue };
            let slow_for = now.monotonic.saturating_sub(since);
            match connection.outbound.look_again() {
                Watched::Below => {}
                Watched::WasBelow => self.watched.push((now.monotonic, id)),
                Watched::Past if slow_for < self.slow_timeout => self.watched.push((since, id)),
                Watched::Past => {
                    let limit = connection.limits.hard;
                    self.cut_session(
                        id,
                        Refusal::Disconnected(DisconnectReason::SlowFor { limit, time: self.slow_timeout }),
                    );
                }
            }
        }
    }

    /// Cuts a connection off; that its session is over is announced later.
    pub(super) fn cut_session(&mut self, id: SessionId, reason: Refusal) {
        let user = self.hub.name_of(id).cloned();
        let Some(connection) = self.disconnect(id) else { return };
        // Not announced here: the departure may cut off others, whose departures cut off more, and the event at hand
        // has not gone to everybody yet.
        self.departing.insert(id);
        self.tally.slow_consumers += 1;
        self.cut(&connection, reason, user.as_ref());
    }

    /// Leaves a slow client nothing but the line in progress and the reason.
    pub(super) fn cut(&mut self, connection: &Arc<Connection>, reason: Refusal, user: Option<&UserName>) {
        let user = user.map_or("nobody any more", UserName::as_str);
        let (said, code) = (reason.to_string(), reason.code());
        let spelling = connection.outbound.spelling();
        // Spelled apart: `encoded` may hold the event at hand, which is still to be appended to others.
        let mut last = Encoded::default().of(&Event::Refused(reason), spelling, None).to_vec();
        last.extend(spelling.framing.farewell(CloseReason::Policy));
        // Who was cut before has heard why.
        let Some(appended) = connection.outbound.cut(&last) else { return };
        tracing::warn!(connection = connection.number, peer = %connection.peer, user, code, "{said}");
        if appended == Appended::WasIdle {
            self.due[connection.worker].push(Arc::clone(connection));
        }
        self.tally.appended += last.len() as u64;
        connection.outbound.close(Closing { within: CUT_WITHIN });
    }
}
