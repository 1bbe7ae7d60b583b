//! Commands carried out, and their answers where a dialect has one for each request: a command that came twice happens
//! once, and what the store has to find out is answered later.

use std::sync::{Arc, Mutex};

use super::caller::Caller;
use super::delivery::random_password;
use super::state::{BrokerState, connected};
use crate::hub::{Now, Output, Outputs, Question, SessionId};
use crate::protocol::answer::Answer;
use crate::protocol::command::Command;
use crate::protocol::dialect::irc::Retelling;
use crate::protocol::refusal::Refusal;
use crate::server::answering::{Collected, Knowledge, Reply};
use crate::server::errand::Errand;
use crate::server::nonces::Nonce;
use crate::server::sources::Sources;

impl BrokerState {
    /// What is done about whoever has just logged in, if the session has: where a login has an answer, it has a token.
    pub(super) fn greet(&mut self, id: SessionId, now: Now) -> Vec<Output> {
        let is_in = self.hub.is_logged_in(id);
        self.tally.logins += u64::from(is_in);
        self.note_login(id);
        let token = self.answers_once(id) && is_in;
        self.enter_lobby(id, now).into_iter().chain(token.then_some(Output::MakeToken(id))).collect()
    }

    /// Takes who has just logged in into the lobby, if there is one.
    fn enter_lobby(&mut self, id: SessionId, now: Now) -> Outputs {
        let Some(lobby) = &self.lobby else { return Outputs::default() };
        let decision = self.hub.decide_lobby(id, lobby, now);
        match self.hindrance {
            Some(why) if decision.can_wait() => self.hub.refuse(id, Refusal::NotKept(why)),
            Some(_) | None => self.hub.apply(decision),
        }
    }

    /// Carries a command out; refuses it if something of it would have to be kept and that is impossible now.
    fn carry_out(&mut self, id: SessionId, command: Command, now: Now) -> Outputs {
        let deed = if let Command::Operate(operation) = &command { self.deed(id, operation) } else { None };
        let outputs = self.decide_and_apply(id, command, now);
        if let Some(deed) = deed {
            deed.log(outputs.refusal_to(id).map(Refusal::code));
        }
        outputs
    }

    fn decide_and_apply(&mut self, id: SessionId, command: Command, now: Now) -> Outputs {
        match self.hindrance {
            None => self.hub.carry_out(id, command, now),
            Some(why) => {
                let decision = self.hub.decide(id, command, now);
                if decision.can_wait() { self.hub.refuse(id, Refusal::NotKept(why)) } else { self.hub.apply(decision) }
            }
        }
    }

    pub(super) fn carry_out_or_refuse(
        &mut self,
        id: SessionId,
        command: Result<Command, Refusal>,
        now: Now,
    ) -> Outputs {
        // The room is asked for before the command is gone.
        let is_logged = tracing::enabled!(tracing::Level::DEBUG);
        let room = command.as_ref().ok().filter(|_| is_logged).and_then(Command::room).cloned();
        let outputs = match command {
            Ok(command) => self.carry_out(id, command, now),
            Err(refusal) => self.hub.refuse(id, refusal),
        };
        if is_logged && let Some(refusal) = outputs.refusal_to(id) {
            self.log_refusal(id, room.as_ref(), refusal);
        }
        outputs
    }

    /// Carries a command out and answers it; one that has been carried out before is only answered.
    pub(super) fn take_once(&mut self, caller: &Caller, command: Result<Command, Refusal>, now: Now) -> Vec<Output> {
        // A client that lost its connection asks again, as it cannot know whether it was heard.
        if self.is_answered_again(caller) {
            return Vec::new();
        }
        let asked = command.as_ref().ok().cloned();
        let outputs = self.carry_out_or_refuse(caller.session, command, now);
        self.answer_first(caller, asked.as_ref(), outputs, now)
    }

    /// Whether the request was carried out before; then it is answered as it was.
    pub(super) fn is_answered_again(&mut self, caller: &Caller) -> bool {
        let Some(answer) = self.nonce(caller).and_then(|nonce| self.nonces.answer(&nonce)).cloned() else {
            return false;
        };
        self.append_answer(caller, &answer);
        true
    }

    /// Appends the answer to what the caller has asked, or has it found out; returns what is left to do.
    pub(super) fn answer_first(
        &mut self,
        caller: &Caller,
        command: Option<&Command>,
        outputs: impl IntoIterator<Item = Output>,
        now: Now,
    ) -> Vec<Output> {
        let outputs = self.with_tokens(outputs, now);
        let mut collected = Collected::of(caller.session, outputs, || self.stats());
        // Kept before anything is appended: the answer tells of it as well.
        for record in collected.facts.drain(..) {
            self.commit = match &caller.nonce {
                None => self.keep(record),
                Some(nonce) => {
                    self.note_source(&record);
                    self.store.keep_once(record, nonce)
                }
            };
        }
        if let Some(check) = collected.check.take() {
            let refused = self.check(caller, command, check, now);
            if !refused.is_empty() {
                return self.answer_first(caller, command, refused, now);
            }
            return collected.rest;
        }
        // At a login, the answer itself says what was missed.
        if let Some(question) = collected.question.take().filter(|_| command.is_some()) {
            let entered = command.and_then(|command| self.knowledge(caller, now).entered(command));
            let reply = Reply { request: caller.request, command: command.cloned(), entered };
            self.ask(caller.session, question, Some(reply));
            return collected.rest;
        }
        let answer = collected.answer(command, &self.knowledge(caller, now));
        if let Some(nonce) = self.nonce(caller) {
            self.nonces.remember(nonce, &answer, now.monotonic);
        }
        self.append_answer(caller, &answer);
        collected.rest
    }

    /// The tokens that are wanted, made, and what is said of files.
    fn with_tokens(&mut self, outputs: impl IntoIterator<Item = Output>, now: Now) -> Vec<Output> {
        let mut made = Vec::new();
        for output in outputs {
            match output {
                Output::MakeToken(id) => made.extend(self.give_token(id, now)),
                Output::MakePassword(id, wish) => {
                    made.extend(self.hub.give_password(id, wish, random_password()));
                }
                Output::TakeFile(id, wish) => made.push(Output::Tell(id.into(), self.take_file(wish, now))),
                Output::RemoveFile(id, file) => made.push(Output::Tell(id.into(), self.remove_file(id, file, now))),
                other => made.push(other),
            }
        }
        made
    }

    fn knowledge(&self, caller: &Caller, now: Now) -> Knowledge<'_> {
        Knowledge {
            hub: &self.hub,
            store: &*self.store,
            epoch: &self.epoch,
            limits: self.limits,
            caller: caller.session,
            at: now.wall,
        }
    }

    fn append_answer(&mut self, caller: &Caller, answer: &Answer) {
        let Some(connection) = self.connection(caller.session).map(Arc::clone) else { return };
        let mut bytes = Vec::new();
        connection.outbound.spelling().write_answer(caller.request, answer, &mut bytes);
        self.append_bytes(&connection, &bytes);
        self.charge(1, bytes.len());
    }

    /// Has the store find out what a client has asked for, up to what was kept when it asked.
    pub(super) fn ask(&mut self, id: SessionId, question: Question, reply: Option<Reply>) {
        let Some(connection) = connected(&self.connections, id) else { return };
        let spelling = connection.outbound.spelling();
        let retelling = spelling.retells().then(|| Retelling {
            house: self.house.name.clone(),
            epoch: self.house.epoch.clone(),
            label: self.label.take().filter(|_| question.is_request()),
            is_request: question.is_request(),
            authors: Arc::<Mutex<Sources>>::clone(&self.sources),
        });
        let Some(question) = question.wanted(|why| spelling.wants(why)) else { return };
        // Only one answer can be sought at a time.
        if retelling.as_ref().is_some_and(|retelling| !retelling.is_request) && connection.outbound.is_held() {
            return;
        }
        // The answer is counted now: it is appended outside of the hub's lock.
        self.tally.deliveries += 1;
        let errand = Errand::begin(connection, (reply, retelling), &self.ready, &self.counters);
        self.store.ask(question, self.commit, Box::new(move |found| errand.answer(found)));
    }

    pub(super) fn answers_once(&self, id: SessionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.dialect.answers_once())
    }

    fn nonce(&self, caller: &Caller) -> Option<Nonce> {
        Some((self.hub.name_of(caller.session)?.clone(), caller.nonce.clone()?))
    }
}
