//! Lines that want several things: their steps are taken under one lock, so that nothing comes between what they say.

use std::sync::Arc;

use super::Broker;
use super::around::Around;
use super::caller::Caller;
use super::state::BrokerState;
use super::under_way::login;
use crate::hub::{Greeting, Now, Output, Outputs, Question, SessionId};
use crate::protocol::act::Act;
use crate::protocol::dialect::Hearer;
use crate::protocol::dialect::irc::{Instruction, NAMES_REFUSED_AT_MOST, Saying, Step, WhenTooLong, fits_into_line};
use crate::protocol::profile::Profile;
use crate::protocol::refusal::Refusal;
use crate::server::connection::Connection;
use crate::server::connection::outbound::{Closing, REST_WITHIN};
use crate::server::throttle::Cost;
use crate::server::worker::wake::Wake;

impl Broker {
    /// Takes the steps of a line. Tells what they cost.
    pub(in crate::server) fn follow(&self, caller: &Caller, instruction: Instruction, now: Now) -> (Cost, Wake<'_>) {
        let mut state = self.state();
        state.tally.commands += 1;
        state.cost = Cost::default();
        let greeting = Greeting { lobby: state.lobby.clone(), token: None };
        self.take_steps(&mut state, caller, instruction, &greeting, now);
        (state.cost, self.wake(state))
    }

    /// Takes the steps of a line.
    pub(super) fn take_steps(
        &self,
        state: &mut BrokerState,
        caller: &Caller,
        instruction: Instruction,
        greeting: &Greeting,
        now: Now,
    ) {
        let (id, before) = (caller.session, state.tally);
        let label = instruction.label;
        if let Some(connection) = state.connection(id).filter(|_| label.is_some()) {
            connection.outbound.hold();
        }
        state.deferred = Some(Vec::new());
        for step in instruction.steps {
            self.take_step(state, id, step, greeting, now);
        }
        let sought = sought(id, state.deferred.take().unwrap_or_default());
        let is_request = |output: &Output| matches!(output, Output::Ask(_, question) if question.is_request());
        if let Some(label) = label {
            let answer = sought.iter().any(is_request).then(|| label.clone());
            state.answer_labeled(id, &label, answer.is_none(), now);
            state.label = answer;
        }
        state.append_all(sought, Some(id), now);
        state.label = None;
        self.hand_over_since(before, state);
    }

    fn take_step(&self, state: &mut BrokerState, id: SessionId, step: Step, greeting: &Greeting, now: Now) {
        match step {
            Step::Say(saying) => state.say(id, &saying, now),
            Step::Speak(features) => {
                if let Some(connection) = state.connection(id) {
                    connection.outbound.set_features(features);
                }
            }
            Step::LogIn(name, profile) if state.cluster.is_some() => {
                let had_name = state.hub.is_logged_in(id);
                let outputs = state.hub.carry(login(id, &name, &profile, greeting), now);
                state.note_arrival(id, had_name);
                state.append_all(outputs, Some(id), now);
            }
            Step::LogIn(name, profile) => {
                let profile = self.completed(profile, state.connection(id), now);
                let outputs = state.hub.log_in_described(id, name, profile, NAMES_REFUSED_AT_MOST);
                state.append_all(outputs, Some(id), now);
                let greeting = state.greet(id, now);
                state.append_all(greeting, Some(id), now);
            }
            Step::Authenticate(name, password) => {
                let outputs = state.hub.authenticate(id, name, password);
                state.append_all(outputs, Some(id), now);
            }
            Step::Do(act) => {
                let outputs = state.act(id, act, now);
                state.append_all(outputs, Some(id), now);
            }
            Step::DoInLine(act, beside, when_too_long) => {
                if fits_into_line(&state.around(id, now), beside) {
                    let outputs = state.act(id, act, now);
                    state.append_all(outputs, Some(id), now);
                } else if when_too_long == WhenTooLong::Told {
                    state.say(id, &Saying::too_long(), now);
                }
            }
            Step::Close => {
                if let Some(connection) = state.connection(id) {
                    connection.outbound.close(Closing { within: REST_WITHIN });
                }
            }
        }
    }

    /// The line with everything in it that only this server knows, so that all servers of a cluster do the same.
    pub(super) fn settled(&self, caller: &Caller, instruction: Instruction) -> Instruction {
        let (state, now) = (self.state(), self.now());
        let id = caller.session;
        let steps = instruction.steps.into_iter().filter_map(|step| match step {
            Step::LogIn(name, profile) => Some(Step::LogIn(name, self.completed(profile, state.connection(id), now))),
            Step::DoInLine(act, beside, _) if fits_into_line(&state.around(id, now), beside) => Some(Step::Do(act)),
            Step::DoInLine(_, _, WhenTooLong::Told) => Some(Step::Say(Saying::too_long())),
            Step::DoInLine(_, _, WhenTooLong::Silent) => None,
            other => Some(other),
        });
        let steps = steps.collect();
        Instruction { steps, ..instruction }
    }

    /// What a client has said of its user, with what is known of the connection. Nobody learns an address: what stands for
    /// it is the same for all connections from there, and nobody can find out which it is.
    fn completed(&self, mut profile: Box<Profile>, connection: Option<&Arc<Connection>>, now: Now) -> Box<Profile> {
        let hash = connection.map_or(0, |connection| self.hash_of(connection.peer.ip().to_canonical()));
        profile.is_secure = connection.is_some_and(|connection| connection.stream.is_secure());
        profile.host = format!("{:08x}.guest", hash as u32).into();
        profile.since = now.wall;
        profile.spoke = now.wall;
        profile
    }
}

/// What a line has to have found out, of which its client gets one answer.
fn sought(caller: SessionId, outputs: Vec<Output>) -> Vec<Output> {
    let (mut questions, mut others) = (Vec::new(), Vec::new());
    for output in outputs {
        match output {
            Output::Ask(id, question) if id == caller => questions.push(question),
            other => others.push(other),
        }
    }
    others.extend(Question::together(questions).into_iter().map(|question| Output::Ask(caller, question)));
    others
}

impl BrokerState {
    /// Does something for a user; refuses it if something of it would have to be kept and that is impossible now.
    fn act(&mut self, id: SessionId, act: Act, now: Now) -> Outputs {
        // In a cluster, what comes back from the log happens everywhere.
        match self.hindrance.filter(|_| self.cluster.is_none()) {
            None => self.hub.act(id, act, now),
            Some(why) => {
                let decision = self.hub.decide_act(id, act, now);
                if decision.can_wait() { self.hub.refuse(id, Refusal::NotKept(why)) } else { self.hub.apply(decision) }
            }
        }
    }

    /// Tells a client what it has asked to be told.
    fn say(&mut self, id: SessionId, saying: &Saying, now: Now) {
        let Some(connection) = self.connection(id).map(Arc::clone) else { return };
        let mut bytes = Vec::new();
        let sight = self.around(id, now);
        connection.outbound.spelling().write_saying(saying, Hearer { sight: Some(&sight) }, &mut bytes);
        self.append_bytes(&connection, &bytes);
        self.charge(1, bytes.len());
    }

    /// Tells a client what was collected for its labeled line. If its answer is still to come, it has the label.
    fn answer_labeled(&mut self, id: SessionId, label: &str, in_full: bool, now: Now) {
        let Some(connection) = self.connection(id).map(Arc::clone) else { return };
        let collected = connection.outbound.take_held();
        if !in_full {
            return self.append_bytes(&connection, &collected);
        }
        let mut bytes = Vec::new();
        let sight = self.around(id, now);
        let spelling = connection.outbound.spelling();
        spelling.write_labeled(&collected, label, Hearer { sight: Some(&sight) }, &mut bytes);
        self.append_bytes(&connection, &bytes);
    }

    fn around(&self, id: SessionId, now: Now) -> Around<'_> {
        Around { hub: &self.hub, house: &self.house, hearer: id, now: now.wall }
    }
}
