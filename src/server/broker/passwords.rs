//! Passwords on their way to be computed, and what came of them on the way back to the hub. Until then the client's next
//! command waits.

use std::sync::Arc;

use super::Broker;
use super::caller::Caller;
use super::cluster_state::submit;
use super::delivery::random_bits;
use super::state::BrokerState;
use super::under_way::Submission;
use super::waiting::Waiting;
use crate::hub::{Greeting, Input, Now, Outputs, PasswordCheck, SessionId, Verdict};
use crate::protocol::command::Command;
use crate::protocol::token::SessionToken;
use crate::server::connection::outbound::queue::Appended;
use crate::server::hasher::HashJob;

impl Broker {
    /// Has the hub told what comes of passwords.
    pub(in crate::server) fn follow_verdicts(self: &Arc<Self>) {
        self.state().broker = Arc::downgrade(self);
    }

    /// Tells the hub what came of a password, and the client what comes of that.
    fn conclude(&self, waiting: Waiting, verdict: Verdict) {
        if let Some(outbox) = &self.outbox {
            let greeting = self.greeting(waiting.connection.dialect.answers_once());
            let connection = Some(Arc::clone(&waiting.connection));
            return submit(outbox, connection, Submission::Conclude(Box::new(waiting), verdict, greeting));
        }
        let Waiting { caller, command, connection } = &waiting;
        let now = self.now();
        let mut state = self.state();
        // What was said meanwhile comes first: what is told now may wait for the disk.
        if connection.outbound.release(&mut state.buffer_pool, |_| &[]) == Appended::WasIdle {
            state.due[connection.worker].push(Arc::clone(connection));
        }
        let had_name = state.hub.is_logged_in(caller.session);
        let outputs = state.hub.conclude(caller.session, verdict, now);
        let greeting = if had_name { Vec::new() } else { state.greet(caller.session, now) };
        self.answer(&mut state, caller, command.as_ref(), outputs.into_iter().chain(greeting), now);
        drop(self.wake(state));
    }

    /// What came of a password, once all servers of a cluster know it.
    pub(super) fn conclude_carried(
        &self,
        state: &mut BrokerState,
        waiting: &Waiting,
        verdict: Verdict,
        greeting: Greeting,
        now: Now,
    ) {
        let Waiting { caller, command, connection } = waiting;
        if connection.outbound.release(&mut state.buffer_pool, |_| &[]) == Appended::WasIdle {
            state.due[connection.worker].push(Arc::clone(connection));
        }
        let had_name = state.hub.is_logged_in(caller.session);
        let outputs = state.hub.carry(Input::Verdict(caller.session, verdict, greeting), now);
        state.note_arrival(caller.session, had_name);
        self.answer(state, caller, command.as_ref(), outputs, now);
    }
}

impl BrokerState {
    /// Gives a session the token that it wants. It is made here, as the hub is deterministic.
    pub(super) fn give_token(&mut self, id: SessionId, now: Now) -> Outputs {
        self.hub.give_token(id, SessionToken::new(random_bits()), self.hindrance.is_none(), now)
    }

    /// Has something computed of a password. If that is refused, what the hub wants done about it.
    pub(super) fn check(
        &mut self,
        caller: &Caller,
        command: Option<&Command>,
        check: PasswordCheck,
        now: Now,
    ) -> Outputs {
        let Some(connection) = self.connection(caller.session).map(Arc::clone) else { return Outputs::default() };
        let address = connection.peer.ip();
        let (broker, held) = (self.broker.clone(), Arc::clone(&connection));
        let waiting = Waiting { caller: caller.clone(), command: command.cloned(), connection };
        let busy = self.cluster.is_some().then(|| waiting.clone());
        let done = Box::new(move |verdict| {
            if let Some(broker) = broker.upgrade() {
                broker.conclude(waiting, verdict);
            }
        });
        match self.hasher.take(HashJob { check, address, done }) {
            Ok(()) => {
                // The verdict comes later: it needs the lock that is held here.
                held.outbound.hold();
                Outputs::default()
            }
            Err(waiting) if self.cluster.is_some() => {
                held.outbound.hold();
                self.conclude_later(busy, Verdict::Busy(waiting));
                Outputs::default()
            }
            Err(waiting) => self.hub.conclude(caller.session, Verdict::Busy(waiting), now),
        }
    }
    /// The same, of a password that nothing was computed of.
    fn conclude_later(&self, waiting: Option<Waiting>, verdict: Verdict) {
        if let (Some(cluster), Some(waiting)) = (&self.cluster, waiting) {
            let token = waiting.connection.dialect.answers_once().then(|| SessionToken::new(random_bits()));
            let greeting = Greeting { lobby: self.lobby.clone(), token };
            let connection = Some(Arc::clone(&waiting.connection));
            submit(&cluster.outbox, connection, Submission::Conclude(Box::new(waiting), verdict, greeting));
        }
    }
}
