//! Where the log of a cluster is carried out: the hub, and the connections of this server, of whose lines more is known than
//! the log says.

use std::sync::Arc;

use futures::channel::oneshot;

use super::Broker;
use super::caller::Caller;
use super::cluster_state::submit;
use super::state::BrokerState;
use super::under_way::{Submission, UnderWay};
use crate::hub::replica::{Batch, Entry, LoggedInput, NodeId, Roll, Stage};
use crate::hub::{Hub, Input, Now, Output, Outputs, SessionId};
use crate::protocol::command::Command;
use crate::protocol::event::{Departure, Event, ServerNotice};
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;
use crate::server::cluster::Follower;
use crate::server::connection::Connection;
use crate::server::throttle::Cost;

/// The log is carried out here, with the connections of this server.
pub(super) struct ClusterStage<'a> {
    pub(super) broker: &'a Broker,
    pub(super) state: &'a mut BrokerState,
    pub(super) own: NodeId,
}

impl Stage for ClusterStage<'_> {
    fn hub(&mut self) -> &mut Hub {
        &mut self.state.hub
    }

    fn deliver(&mut self, outputs: Outputs, now: Now) {
        self.broker.deliver(self.state, outputs, None, now);
    }

    fn carry(&mut self, roll: &mut Roll, entry: &Entry, batch: Batch<'_>, now: Now) -> bool {
        if entry.node != self.own {
            return batch.inputs().all(|input| {
                let Some(input) = input else { return false };
                self.carry_of_another(roll, entry.node, input, now);
                true
            });
        }
        for UnderWay { connection, what } in self.broker.outbox().came_back(entry.number, None) {
            self.state.cost = Cost::default();
            self.carry_own(roll, what, now);
            if let Some(connection) = connection {
                connection.outbound.carried_out(self.state.cost.in_bytes());
            }
        }
        true
    }
}

impl ClusterStage<'_> {
    /// What makes a request happen once is known to all.
    fn carry_of_another(&mut self, roll: &mut Roll, node: NodeId, logged: LoggedInput, now: Now) {
        match logged {
            LoggedInput { input: Input::Command(session, command, token), nonce: Some(nonce) }
                if roll.is_of(session, node) =>
            {
                let caller = Caller { session, request: None, nonce: Some(nonce) };
                self.take(&caller, Ok(command), (token, true), now);
            }
            logged => self.carry_one(roll, node, logged, now),
        }
    }

    fn carry_own(&mut self, roll: &mut Roll, what: Submission, now: Now) {
        let (broker, state) = (self.broker, &mut *self.state);
        match what {
            Submission::Open(connection, told) => self.open(roll, &connection, told, now),
            Submission::LogIn(caller, said, greeting) => {
                let had_name = state.hub.is_logged_in(caller.session);
                let outputs = state.hub.carry(Input::LogIn(caller.session, said, greeting), now);
                state.note_arrival(caller.session, had_name);
                broker.answer(state, &caller, None, outputs, now);
            }
            Submission::Take { caller, command, token, once } => {
                state.tally.commands += 1;
                self.take(&caller, command, (token, once), now);
            }
            Submission::Follow(caller, instruction, greeting) => {
                state.tally.commands += 1;
                broker.take_steps(state, &caller, instruction, &greeting, now);
            }
            Submission::MarkRead(caller, mark) => {
                state.tally.commands += 1;
                let outputs = state.hub.carry(Input::MarkRead(caller.session, mark), now);
                broker.answer(state, &caller, None, outputs, now);
            }
            Submission::Conclude(waiting, verdict, greeting) => {
                broker.conclude_carried(state, &waiting, verdict, greeting, now);
            }
            Submission::Operate(wish, told) => {
                // Whoever asked may be gone.
                drop(told.send(broker.try_to_operate(state, wish, now)));
            }
            Submission::Happen(input) => {
                let outputs = state.hub.carry(input, now);
                broker.deliver(state, outputs, None, now);
            }
        }
    }

    fn open(&mut self, roll: &mut Roll, connection: &Arc<Connection>, told: oneshot::Sender<SessionId>, now: Now) {
        let (broker, state) = (self.broker, &mut *self.state);
        let (id, outputs) = state.hub.connect(connection.origin(), connection.dialect.door(), now);
        roll.opened(id, self.own);
        broker.seat(state, id, connection);
        broker.deliver(state, outputs, Some(id), now);
        broker.tell_newcomer(state, id, broker.now());
        if state.stopping {
            // Accepted before the stop: it hears what all others have heard.
            broker.deliver(
                state,
                [Output::Tell(id.into(), Event::Server(ServerNotice::ShuttingDown)), Output::Close(id)],
                None,
                now,
            );
        }
        if told.send(id).is_err() {
            // It has gone meanwhile.
            state.disconnect(id);
            let departs = Submission::Happen(Input::Depart(id, Departure::ConnectionClosed));
            submit(broker.outbox(), None, departs);
        }
    }

    /// Carries a command out, or refuses it; one with an answer that came twice is only answered.
    fn take(
        &mut self,
        caller: &Caller,
        command: Result<Command, Refusal>,
        (token, once): (Option<SessionToken>, bool),
        now: Now,
    ) {
        let (broker, state) = (self.broker, &mut *self.state);
        if once && state.is_answered_again(caller) {
            return;
        }
        let asked = command.as_ref().ok().cloned();
        let deed = match &command {
            Ok(Command::Operate(operation)) if state.connection(caller.session).is_some() => {
                state.deed(caller.session, operation)
            }
            Ok(_) | Err(_) => None,
        };
        let outputs = match command {
            Ok(command) => state.hub.carry(Input::Command(caller.session, command, token), now),
            Err(refusal) => state.hub.refuse(caller.session, refusal),
        };
        if let Some(deed) = deed {
            deed.log(outputs.refusal_to(caller.session).map(Refusal::code));
        }
        if once {
            let rest = state.answer_first(caller, asked.as_ref(), outputs, now);
            broker.deliver(state, rest, Some(caller.session), now);
        } else {
            broker.deliver(state, outputs, Some(caller.session), now);
        }
    }
}
