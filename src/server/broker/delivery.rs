//! What the hub wants done is done: every output is appended to the queue of each recipient, while the hub's lock is held.
//! Appending never waits, and nothing is written here.

use std::sync::Arc;
use std::time::Duration;

use super::around::Around;
use super::caller::Caller;
use super::state::{BrokerState, connected};
use crate::hub::{Audience, Now, Output, SessionId};
use crate::protocol::event::Event;
use crate::protocol::password::Password;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::protocol::websocket::CloseReason;
use crate::server::connection::Connection;
use crate::server::connection::outbound::queue::{Appended, HARD_LIMITS_AT_MOST, Weight};
use crate::server::connection::outbound::{Closing, REST_WITHIN};

/// The longest that a last word may take to arrive when the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

impl BrokerState {
    /// Does what the hub wants done. Who it was too much for is cut off, and announced later.
    pub(super) fn append_all(
        &mut self,
        outputs: impl IntoIterator<Item = Output>,
        caller: Option<SessionId>,
        now: Now,
    ) {
        let mut reason = if self.stopping { CloseReason::Shutdown } else { CloseReason::Quit };
        for output in outputs {
            match output {
                later @ (Output::Ask(..) | Output::Check(..)) if self.deferred.is_some() => {
                    self.deferred.get_or_insert_default().push(later);
                }
                Output::Tell(Audience::One(id), event) => {
                    if let Event::Refused(refusal) = &event {
                        *self.refusals.entry(refusal.code()).or_default() += 1;
                        let is_replaced = *refusal == Refusal::Disconnected(DisconnectReason::Replaced);
                        reason = if is_replaced { CloseReason::Replaced } else { CloseReason::Policy };
                    }
                    self.append_to_one(id, &event, caller, now);
                }
                Output::Tell(Audience::Many(ids), event) => self.append_to_many(&ids, &event, caller, now),
                // What is appended from here on may tell of the record, and waits for the same commit.
                Output::Keep(record) => self.commit = self.keep(record),
                Output::Ask(id, question) => self.ask(id, question, None),
                Output::Check(id, check) => {
                    let outputs = self.check(&Caller::unnumbered(id), None, check, now);
                    self.append_all(outputs, caller, now);
                }
                Output::TellStats(id) => self.answer_alone(id, &Event::Stats(self.stats()), now),
                Output::MakeToken(id) => {
                    let outputs = self.give_token(id, now);
                    self.append_all(outputs, caller, now);
                }
                Output::MakePassword(id, wish) => {
                    let outputs = self.hub.give_password(id, wish, random_password());
                    self.append_all(outputs, caller, now);
                }
                Output::TakeFile(id, wish) => {
                    let event = self.take_file(wish, now);
                    self.answer_alone(id, &event, now);
                }
                Output::RemoveFile(id, file) => {
                    let event = self.remove_file(id, file, now);
                    self.answer_alone(id, &event, now);
                }
                Output::SetNumbers(id, numbered) => {
                    if let Some(connection) = self.connection(id) {
                        connection.outbound.set_numbers(numbered);
                    }
                }
                Output::SetCharset(id, charset) => {
                    if let Some(connection) = self.connection(id) {
                        connection.outbound.set_charset(charset);
                    }
                }
                Output::Close(id) => self.close(id, reason),
            }
        }
    }

    fn append_to_one(&mut self, id: SessionId, event: &Event, caller: Option<SessionId>, now: Now) {
        // The answer to its own command must not cut off a client that reads slowly.
        let weight = if caller == Some(id) { Weight::Exempt } else { Weight::Counted };
        self.encoded.begin();
        let bytes = self.append(id, event, weight, now);
        self.charge(1, if caller == Some(id) { bytes } else { 0 });
    }

    /// Ends the connection as soon as all is written that waits for it.
    fn close(&mut self, id: SessionId, reason: CloseReason) {
        let closing = Closing { within: if self.stopping { STOP_WITHIN } else { REST_WITHIN } };
        if let Some(connection) = self.disconnect(id) {
            let farewell = connection.outbound.spelling().framing.farewell(reason);
            self.append_bytes(&connection, &farewell);
            connection.outbound.close(closing);
        }
    }

    /// Tells the caller alone.
    fn answer_alone(&mut self, id: SessionId, event: &Event, now: Now) {
        self.encoded.begin();
        let bytes = self.append(id, event, Weight::Exempt, now);
        self.charge(1, bytes);
    }

    fn append_to_many(&mut self, ids: &[SessionId], event: &Event, caller: Option<SessionId>, now: Now) {
        self.encoded.begin();
        let mut to_caller = 0;
        let own = caller.filter(|caller| self.is_own_word(*caller, event));
        for id in ids.iter().filter(|id| own != Some(**id)) {
            let bytes = self.append(*id, event, Weight::Counted, now);
            to_caller += if caller == Some(*id) { bytes } else { 0 };
        }
        self.charge(ids.len(), to_caller);
    }

    /// Whether the caller has said this, and its client shows what it sends by itself.
    fn is_own_word(&self, caller: SessionId, event: &Event) -> bool {
        let is_own = |connection: &Arc<Connection>| {
            connection.dialect.is_own_word(event, || connection.outbound.spelling().features)
        };
        self.connection(caller).is_some_and(is_own)
    }

    /// Returns how many bytes were appended.
    pub(super) fn append(&mut self, id: SessionId, event: &Event, weight: Weight, now: Now) -> usize {
        // Counted down by what is appended: to sum up all counters for each append would cost more than the append.
        if self.room == 0 {
            self.look_at_ceiling(self.monotonic());
        }
        let Some(connection) = connected(&self.connections, id) else { return 0 };
        let is_past_hearing = connection.leaves() && weight == Weight::Counted;
        if is_past_hearing || connection.dialect.is_silent_about(event) {
            return 0;
        }
        let mut bytes = 0;
        let appended = connection.outbound.append(weight, self.commit, &mut self.buffer_pool, |spelling| {
            let (hub, house) = (&self.hub, &self.house);
            let around = Around { hub, house, hearer: id, now: now.wall };
            let lines = self.encoded.of(event, spelling, Some(&around));
            bytes = lines.len();
            lines
        });
        match appended {
            Appended::Queued => {}
            Appended::WasIdle => self.due[connection.worker].push(Arc::clone(connection)),
            Appended::PastHard => self.watched.push((self.monotonic(), id)),
            Appended::TooMuch => {
                let limit = connection.limits.hard.saturating_mul(HARD_LIMITS_AT_MOST);
                self.cut_session(id, Refusal::Disconnected(DisconnectReason::SlowConsumer(limit)));
                // The event at hand goes on to the others.
                return 0;
            }
        }
        self.tally.deliveries += 1;
        self.tally.appended += bytes as u64;
        self.room = self.room.saturating_sub(bytes as u64);
        bytes
    }

    /// Appends bytes that answer what the client has sent.
    pub(super) fn append_bytes(&mut self, connection: &Arc<Connection>, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let appended = connection.outbound.append(Weight::Exempt, self.commit, &mut self.buffer_pool, |_| bytes);
        if appended == Appended::WasIdle {
            self.due[connection.worker].push(Arc::clone(connection));
        }
        self.tally.deliveries += 1;
        self.tally.appended += bytes.len() as u64;
    }

    pub(super) fn charge(&mut self, deliveries: usize, answer_bytes: usize) {
        self.cost.deliveries += deliveries as u64;
        self.cost.answer_bytes += answer_bytes as u64;
    }
}

/// Nobody can guess it.
pub(super) fn random_password() -> Password {
    Password::of_bits(random_bits() as u64)
}

pub(super) fn random_bits() -> u128 {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system has random numbers");
    u128::from_ne_bytes(bits)
}
