//! The one lock around the hub, and what makes one order per room a fact: while it is held, every output is rendered
//! and appended to the queue of each recipient. Appending never waits; the workers are called after it is released.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use crate::hub::{Audience, Hub, Now, Output, Outputs, Past, Question, SessionId};
use crate::lock::Locked;
use crate::protocol::answer::{Answer, RequestId, TextLimits};
use crate::protocol::command::Command;
use crate::protocol::dialect::json::MAX_LINES;
use crate::protocol::event::{Departure, Event, Stat};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::{Epoch, SessionToken};
use crate::protocol::websocket::CloseReason;
use crate::server::answering::{Collected, Knowledge, Reply};
use crate::server::ceiling::{Ceiling, Holder};
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::server::connection::outbound::queue::{Appended, HARD_LIMITS_AT_MOST, Watched, Weight};
use crate::server::connection::outbound::{Closing, Flushed, Left, REST_WITHIN};
use crate::server::connection_log::ConnectionLog;
use crate::server::counters::{Counters, Tally};
use crate::server::errand::Errand;
use crate::server::nonces::{Nonce, Nonces};
use crate::server::throttle::Cost;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::ready_list::ReadyList;
use crate::server::worker::wake::Wake;
use crate::store::{CommitId, Store};

/// The longest that a last word may take to arrive when the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// The longest that the last word to a client may take that was too slow. It follows the line in progress, behind what the
/// system holds: some 130 KB, which a slow link carries in this time.
const CUT_WITHIN: Duration = Duration::from_secs(120);

/// Deliveries from which on further departures of slow clients are announced in the next turn, after writing.
const DEPARTURE_DELIVERIES: u64 = 4096;

/// Bytes between two looks at the ceiling while it is near.
const LOOK_EVERY: u64 = 64 * 1024;

/// Connects sessions with connections.
#[derive(Debug)]
pub(in crate::server) struct Broker {
    state: Mutex<BrokerState>,
    store: Arc<dyn Store>,
    /// Connections with something to write, for each worker.
    pub(in crate::server) due: Arc<[ReadyList]>,
    pub(in crate::server) counters: Arc<Counters>,
    connection_log: Mutex<ConnectionLog>,
    /// Whether slow clients are to be announced as gone.
    departing: AtomicBool,
    /// Bytes from which on commands that cause deliveries wait.
    crowded: u64,
    started: Instant,
}

#[derive(Debug)]
struct BrokerState {
    hub: Hub,
    store: Arc<dyn Store>,
    /// The commit that the last record is in: what is said from then on may tell of it.
    commit: CommitId,
    /// Why nothing can be kept now, so that what would have to be is refused.
    hindrance: Option<Hindrance>,
    /// By the slot of the session.
    connections: Vec<Option<(SessionId, Arc<Connection>)>>,
    encoded: Encoded,
    /// Buffers for queues that were idle.
    buffer_pool: BufferPool,
    /// Connections whose queue was idle before the call at hand, for each worker.
    due: Box<[Vec<Arc<Connection>>]>,
    /// The lists of the workers, for answers that come later.
    ready: Arc<[ReadyList]>,
    stopping: bool,
    /// Of the command at hand.
    cost: Cost,
    tally: Tally,
    counters: Arc<Counters>,
    /// What all connections together may hold.
    ceiling: Ceiling,
    /// Bytes that may be appended before the ceiling is looked at.
    room: u64,
    /// Connections whose session is over and that have something to read.
    departed: Vec<Weak<Connection>>,
    /// Past the hard limit since then.
    watched: Vec<(Duration, SessionId)>,
    slow_timeout: Duration,
    idle_timeout: Option<Duration>,
    /// Sessions of clients that were cut off, to be announced.
    departing: BTreeSet<SessionId>,
    /// Names the numbering of this server's lines.
    epoch: String,
    limits: TextLimits,
    nonces: Nonces,
}

/// Who asks, and for what.
#[derive(Debug, Clone)]
pub(in crate::server) struct Caller {
    pub(in crate::server) session: SessionId,
    /// What the answer is to carry, if it is wanted.
    pub(in crate::server) request: Option<RequestId>,
    /// Makes what he sends happen once.
    pub(in crate::server) nonce: Option<Box<str>>,
}

impl Broker {
    pub(in crate::server) fn new(config: &Config, store: Arc<dyn Store>, past: &Past) -> Self {
        let counters = Arc::<Counters>::default();
        let workers = config.workers.max(1);
        let recipients = config.limits.max_recipients;
        let epoch = Epoch::new(past.epoch);
        let ceiling = Ceiling::new(config.max_queued_bytes);
        let crowded = ceiling.crowded();
        let due: Arc<[ReadyList]> = (0..workers).map(|_| ReadyList::default()).collect();
        let state = BrokerState {
            hub: Hub::restore(config.limits.clone(), epoch, past),
            store: Arc::clone(&store),
            commit: CommitId::default(),
            hindrance: None,
            connections: Vec::new(),
            encoded: Encoded::default(),
            buffer_pool: BufferPool::default(),
            due: (0..workers).map(|_| Vec::new()).collect(),
            ready: Arc::clone(&due),
            stopping: false,
            cost: Cost::default(),
            tally: Tally::default(),
            counters: Arc::clone(&counters),
            ceiling,
            room: 0,
            departed: Vec::new(),
            watched: Vec::new(),
            slow_timeout: config.slow_timeout,
            idle_timeout: config.idle_timeout,
            departing: BTreeSet::new(),
            epoch: epoch.to_string(),
            limits: TextLimits { text: config.max_line, lines: MAX_LINES, recipients },
            nonces: Nonces::default(),
        };
        let (state, departing) = (Mutex::new(state), AtomicBool::new(false));
        let connection_log = Mutex::default();
        Self { state, store, due, counters, connection_log, departing, crowded, started: Instant::now() }
    }

    /// Opens a session for a connection.
    pub(in crate::server) fn connect(&self, connection: &Arc<Connection>) -> (SessionId, Wake<'_>) {
        let now = self.now();
        let mut state = self.state();
        let (id, outputs) = state.hub.connect(connection.origin(), now);
        if state.connections.len() <= id.slot() {
            state.connections.resize_with(id.slot() + 1, || None);
        }
        state.connections[id.slot()] = Some((id, Arc::clone(connection)));
        self.deliver(&mut state, outputs, Some(id), now);
        if state.stopping {
            let outputs = state.hub.shut_down();
            self.deliver(&mut state, outputs, None, now);
        }
        (id, self.wake(state))
    }

    /// Takes a name, or the reason why it was refused; true if the session has a name now.
    pub(in crate::server) fn log_in(&self, caller: &Caller, name: Result<UserName, Refusal>) -> (bool, Wake<'_>) {
        let (id, now) = (caller.session, self.now());
        let mut state = self.state();
        let outputs = state.hub.log_in(id, name);
        if state.answers_once(id) {
            let rest = state.answer_first(caller, None, outputs, now);
            self.deliver(&mut state, rest, Some(id), now);
        } else {
            self.deliver(&mut state, outputs, Some(id), now);
        }
        let logged_in = state.hub.is_logged_in(id);
        (logged_in, self.wake(state))
    }

    /// Lets a session take over the one of this token; whose that is, if it has.
    pub(in crate::server) fn take_over(&self, id: SessionId, token: SessionToken) -> (Option<UserName>, Wake<'_>) {
        let mut state = self.state();
        let outputs = state.hub.take_over(id, token);
        self.deliver(&mut state, outputs, Some(id), self.now());
        let name = state.hub.name_of(id).cloned();
        (name, self.wake(state))
    }

    /// Carries a command out, or says why not.
    /// Tells what it cost, but for the line itself.
    pub(in crate::server) fn take(
        &self,
        caller: &Caller,
        command: Result<Command, Refusal>,
        now: Now,
    ) -> (Cost, Wake<'_>) {
        let mut state = self.state();
        state.tally.commands += 1;
        state.cost = Cost::default();
        if state.answers_once(caller.session) {
            let rest = state.take_once(caller, command, now);
            self.deliver(&mut state, rest, Some(caller.session), now);
        } else {
            let outputs = state.carry_out_or_refuse(caller.session, command, now);
            self.deliver(&mut state, outputs, Some(caller.session), now);
        }
        (state.cost, self.wake(state))
    }

    /// Appends bytes that are no event: what the framing has to say.
    pub(in crate::server) fn say(&self, connection: &Arc<Connection>, bytes: &[u8]) -> Wake<'_> {
        let mut state = self.state();
        state.append_bytes(connection, bytes);
        self.deliver(&mut state, Outputs::default(), None, self.now());
        self.wake(state)
    }

    /// Ends a session that has not ended yet, and its claim on the connection.
    pub(in crate::server) fn depart(&self, id: SessionId, departure: Departure) -> Wake<'_> {
        let now = self.now();
        let mut state = self.state();
        // Who was cut off is announced as slow, in a later turn.
        let announced_later = state.departing.contains(&id);
        let outputs = if announced_later { Outputs::default() } else { state.hub.depart(id, departure, now) };
        state.disconnect(id);
        self.deliver(&mut state, outputs, None, now);
        self.wake(state)
    }

    /// Ends the sessions that gave no name in time, and the connections that stayed past their limits for too long.
    pub(in crate::server) fn end_what_is_overdue(&self) -> Wake<'_> {
        let now = self.now();
        let mut state = self.state();
        let outputs = state.hub.expire(now);
        self.deliver(&mut state, outputs, None, now);
        self.end_idle(&mut state, now);
        state.cut_who_stayed_past_hard(now);
        state.look_at_ceiling(now);
        self.hand_over(&mut state, 0, 0);
        self.wake(state)
    }

    /// What is said of connections that come and go.
    pub(in crate::server) fn connection_log(&self) -> MutexGuard<'_, ConnectionLog> {
        self.connection_log.locked()
    }

    /// Says how many connections came, went and were refused without a line of their own.
    pub(in crate::server) fn sum_up_connections(&self) {
        let unsaid = self.connection_log().summary(self.now().monotonic);
        if let Some(unsaid) = unsaid {
            tracing::warn!("in the last second, {unsaid}");
        }
    }

    /// Whether commands that cause deliveries have to wait: all connections together hold too much, and nobody is left
    /// who could go.
    pub(in crate::server) fn is_crowded(&self) -> bool {
        if self.counters.held_lately() <= self.crowded {
            return false;
        }
        let now = self.now();
        let mut state = self.state();
        state.look_at_ceiling(now);
        self.hand_over(&mut state, 0, 0);
        drop(self.wake(state));
        self.counters.held_lately() > self.crowded
    }

    /// Announces that slow clients are gone, a bounded number at a time; true if some are left.
    pub(in crate::server) fn announce_departures(&self) -> bool {
        if !self.departing.load(Ordering::Relaxed) {
            return false;
        }
        let now = self.now();
        let mut state = self.state();
        let until = state.tally.deliveries + DEPARTURE_DELIVERIES;
        while state.tally.deliveries < until
            && let Some(id) = state.departing.pop_first()
        {
            let outputs = state.hub.depart_as_slow(id, now);
            self.deliver(&mut state, outputs, None, now);
        }
        !state.departing.is_empty()
    }

    /// Tells everyone that the server stops, and ends every session.
    pub(in crate::server) fn shut_down(&self) -> Wake<'_> {
        let mut state = self.state();
        state.stopping = true;
        let outputs = state.hub.shut_down();
        self.deliver(&mut state, outputs, None, self.now());
        self.wake(state)
    }

    /// The server's own clock.
    pub(in crate::server) fn now(&self) -> Now {
        Now { monotonic: self.started.elapsed(), wall: whole_millis(SystemTime::now()) }
    }

    fn deliver(
        &self,
        state: &mut BrokerState,
        outputs: impl IntoIterator<Item = Output>,
        caller: Option<SessionId>,
        now: Now,
    ) {
        let before = state.tally;
        state.append_all(outputs, caller, now);
        let Tally { deliveries, appended, .. } = state.tally;
        self.hand_over(state, deliveries - before.deliveries, appended - before.appended);
    }

    /// Ends the sessions that have a name and have sent nothing for too long.
    fn end_idle(&self, state: &mut BrokerState, now: Now) {
        let Some(timeout) = state.idle_timeout else { return };
        let latest = now.monotonic.saturating_sub(timeout);
        let present = state.connections.iter().flatten();
        let silent = present.filter(|(id, connection)| connection.heard_at() < latest && state.hub.is_logged_in(*id));
        for id in silent.map(|(id, _)| *id).collect::<Vec<_>>() {
            state.encoded.begin();
            state.append(id, &Event::Refused(Refusal::Idle(timeout)), Weight::Exempt, now);
            let connection = state.disconnect(id);
            let outputs = state.hub.depart(id, Departure::TimedOut, now);
            self.deliver(state, outputs, None, now);
            if let Some(connection) = connection {
                connection.outbound.close(Closing { within: REST_WITHIN });
            }
        }
    }

    /// Puts the connections that have something to write now on the lists of their workers.
    fn hand_over(&self, state: &mut BrokerState, deliveries: u64, bytes: u64) {
        self.counters.publish(&state.tally);
        self.departing.store(!state.departing.is_empty(), Ordering::Relaxed);
        let buffer_pool = &mut state.buffer_pool;
        for (due, connections) in self.due.iter().zip(&mut state.due) {
            due.append(connections, deliveries, bytes, buffer_pool);
        }
    }

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
        let broker = Arc::downgrade(self);
        let is_hindered = AtomicBool::new(false);
        self.store.on_commit(Box::new(move |commit| {
            let Some(broker) = broker.upgrade() else { return };
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
        let before = std::mem::replace(&mut state.hindrance, hindrance);
        if let Some(event) = hindrance.map(Event::NotTaken).or(before.map(Event::TakenAgain)) {
            state.tell_ahead(&event);
        }
        let Tally { deliveries, appended, .. } = state.tally;
        self.hand_over(&mut state, deliveries - told.deliveries, appended - told.appended);
        drop(state);
        self.due.iter().for_each(ReadyList::call_worker_to_gates);
    }

    /// Writes what is queued, for the owner of a connection that waited for its socket or its pace.
    pub(in crate::server) fn poll_write(&self, connection: &Arc<Connection>) -> Poll<()> {
        let pool = &mut BufferPool::default();
        match ready!(connection.outbound.poll_write(&connection.stream, self.durable(), pool)) {
            Ok(Flushed { owner_waits: _, left: Left::Nothing }) | Err(_) => {}
            Ok(Flushed { owner_waits: _, left: Left::ForDisk | Left::ForNextTurn }) => {
                self.due[connection.worker].append(&mut vec![Arc::clone(connection)], 0, 0, pool);
            }
        }
        Poll::Ready(())
    }

    /// Releases the hub's lock; the workers are called when what is returned is dropped.
    fn wake(&self, state: MutexGuard<'_, BrokerState>) -> Wake<'_> {
        drop(state);
        Wake::workers(&self.due)
    }

    fn state(&self) -> MutexGuard<'_, BrokerState> {
        // A panic inside has been logged and has ended its own connection. The others go on: deciding changes nothing,
        // and a queue that missed a line is its client's alone.
        let state = self.state.locked();
        if !state.hub.is_whole() {
            end_with_half_a_change();
        }
        state
    }
}

/// Half a change is no state to go on from: rooms would hold members that are gone, and numbers would come twice.
fn end_with_half_a_change() -> ! {
    tracing::error!("the hub panicked in the middle of a change: the server ends, as what it knows is no longer true");
    std::process::exit(1)
}

impl BrokerState {
    /// Carries a command out; refuses it if something of it would have to be kept and that is impossible now.
    fn carry_out(&mut self, id: SessionId, command: Command, now: Now) -> Outputs {
        match self.hindrance {
            None => self.hub.carry_out(id, command, now),
            Some(why) => {
                let decision = self.hub.decide(id, command, now);
                if decision.can_wait() { self.hub.refuse(id, Refusal::NotKept(why)) } else { self.hub.apply(decision) }
            }
        }
    }

    /// Puts an event in front of whatever waits for the disk, for everybody.
    fn tell_ahead(&mut self, event: &Event) {
        self.encoded.begin();
        for (_, connection) in self.connections.iter().flatten() {
            let mut bytes = 0;
            let appended = connection.outbound.tell_ahead(|spelling| {
                let lines = self.encoded.of(event, spelling);
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

    fn carry_out_or_refuse(&mut self, id: SessionId, command: Result<Command, Refusal>, now: Now) -> Outputs {
        match command {
            Ok(command) => self.carry_out(id, command, now),
            Err(refusal) => self.hub.refuse(id, refusal),
        }
    }

    /// Carries a command out and answers it; one that has been carried out before is only answered.
    fn take_once(&mut self, caller: &Caller, command: Result<Command, Refusal>, now: Now) -> Vec<Output> {
        if let Some(answer) = self.nonce(caller).and_then(|nonce| self.nonces.answer(&nonce)).cloned() {
            self.append_answer(caller, &answer);
            return Vec::new();
        }
        let asked = command.as_ref().ok().cloned();
        let outputs = self.carry_out_or_refuse(caller.session, command, now);
        self.answer_first(caller, asked.as_ref(), outputs, now)
    }

    fn nonce(&self, caller: &Caller) -> Option<Nonce> {
        Some((self.hub.name_of(caller.session)?.clone(), caller.nonce.clone()?))
    }

    fn answers_once(&self, id: SessionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.dialect.answers_once())
    }

    /// Appends the answer to what the caller has asked, or has it found out; returns what is left to do.
    fn answer_first(&mut self, caller: &Caller, command: Option<&Command>, outputs: Outputs, now: Now) -> Vec<Output> {
        let mut collected = Collected::of(caller.session, outputs, || self.stats(now));
        for record in collected.facts.drain(..) {
            self.commit = self.store.keep(record);
        }
        if let Some(question) = collected.question.take() {
            let reply = Reply { request: caller.request, command: command.cloned() };
            self.ask(caller.session, question, Some(reply));
            return collected.rest;
        }
        let knows = Knowledge {
            hub: &self.hub,
            store: &*self.store,
            epoch: &self.epoch,
            limits: self.limits,
            caller: caller.session,
            at: now.wall,
        };
        let answer = collected.answer(command, &knows);
        if let Some(nonce) = self.nonce(caller) {
            self.nonces.remember(nonce, &answer, now.monotonic);
        }
        self.append_answer(caller, &answer);
        collected.rest
    }

    fn append_answer(&mut self, caller: &Caller, answer: &Answer) {
        let Some(connection) = self.connection(caller.session).map(Arc::clone) else { return };
        let mut bytes = Vec::new();
        connection.outbound.spelling().write_answer(caller.request, answer, &mut bytes);
        self.append_bytes(&connection, &bytes);
        self.charge(1, bytes.len());
    }

    /// Appends bytes that answer what the client has sent.
    fn append_bytes(&mut self, connection: &Arc<Connection>, bytes: &[u8]) {
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

    /// Does what the hub wants done. Who it was too much for is cut off, and announced later.
    fn append_all(&mut self, outputs: impl IntoIterator<Item = Output>, caller: Option<SessionId>, now: Now) {
        let mut reason = if self.stopping { CloseReason::Shutdown } else { CloseReason::Quit };
        for output in outputs {
            match output {
                Output::Tell(Audience::One(id), event) => {
                    // The answer to its own command must not cut off a client that reads slowly.
                    let weight = if caller == Some(id) { Weight::Exempt } else { Weight::Counted };
                    if matches!(event, Event::Refused(_)) {
                        reason = CloseReason::Policy;
                    }
                    self.encoded.begin();
                    let bytes = self.append(id, &event, weight, now);
                    self.charge(1, if caller == Some(id) { bytes } else { 0 });
                }
                Output::Tell(Audience::Many(ids), event) => {
                    self.encoded.begin();
                    let mut to_caller = 0;
                    for id in ids.iter() {
                        let bytes = self.append(*id, &event, Weight::Counted, now);
                        to_caller += if caller == Some(*id) { bytes } else { 0 };
                    }
                    self.charge(ids.len(), to_caller);
                }
                Output::Keep(record) => self.commit = self.store.keep(record),
                Output::Ask(id, question) => self.ask(id, question, None),
                Output::TellStats(id) => {
                    let event = Event::Stats(self.stats(now));
                    self.encoded.begin();
                    let bytes = self.append(id, &event, Weight::Exempt, now);
                    self.charge(1, bytes);
                }
                Output::MakeToken(id) => {
                    let outputs = self.hub.give_token(id, random_token());
                    self.append_all(outputs, caller, now);
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
                Output::Close(id) => {
                    let closing = Closing { within: if self.stopping { STOP_WITHIN } else { REST_WITHIN } };
                    if let Some(connection) = self.disconnect(id) {
                        let farewell = connection.outbound.spelling().framing.farewell(reason);
                        self.append_bytes(&connection, &farewell);
                        connection.outbound.close(closing);
                    }
                }
            }
        }
    }

    /// Has the store find out what a client has asked for, up to what was kept when it asked.
    fn ask(&mut self, id: SessionId, question: Question, reply: Option<Reply>) {
        let Some(connection) = connected(&self.connections, id) else { return };
        self.tally.deliveries += 1;
        let errand = Errand::begin(connection, reply, &self.ready, &self.counters);
        self.store.ask(question, self.commit, Box::new(move |found| errand.answer(found)));
    }

    fn charge(&mut self, deliveries: usize, answer_bytes: usize) {
        self.cost.deliveries += deliveries as u64;
        self.cost.answer_bytes += answer_bytes as u64;
    }

    /// Returns how many bytes were appended.
    fn append(&mut self, id: SessionId, event: &Event, weight: Weight, now: Now) -> usize {
        if self.room == 0 {
            self.look_at_ceiling(now);
        }
        let Some(connection) = connected(&self.connections, id) else { return 0 };
        let mut bytes = 0;
        let appended = connection.outbound.append(weight, self.commit, &mut self.buffer_pool, |spelling| {
            let lines = self.encoded.of(event, spelling);
            bytes = lines.len();
            lines
        });
        match appended {
            Appended::Queued => {}
            Appended::WasIdle => self.due[connection.worker].push(Arc::clone(connection)),
            Appended::PastHard => self.watched.push((now.monotonic, id)),
            Appended::TooMuch => {
                let limit = connection.limits.hard.saturating_mul(HARD_LIMITS_AT_MOST);
                self.cut_session(id, Refusal::SlowConsumer(limit));
                // The event at hand goes on to the others.
                return 0;
            }
        }
        self.tally.deliveries += 1;
        self.tally.appended += bytes as u64;
        self.room = self.room.saturating_sub(bytes as u64);
        bytes
    }

    /// If all connections together hold too much, those that the ceiling names are cut off.
    fn look_at_ceiling(&mut self, now: Now) {
        let held = self.counters.held(&self.tally);
        self.room = self.ceiling.crowded().saturating_sub(held).max(LOOK_EVERY.min(self.ceiling.most() / 64 + 1));
        let Some(demand) = self.ceiling.demand(held, now.monotonic) else { return };
        for holder in demand.first_to_go(self.holders()) {
            self.ceiling.was_made_free();
            let reason = Refusal::Overloaded { unread: holder.unread, ceiling: self.ceiling.crowded() as usize };
            match holder.key {
                (Some(id), _) => self.cut_session(id, reason),
                (None, connection) => self.cut(&connection, reason, None),
            }
        }
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
                    self.cut_session(id, Refusal::SlowFor { limit, time: self.slow_timeout });
                }
            }
        }
    }

    /// Cuts a connection off; that its session is over is announced later.
    fn cut_session(&mut self, id: SessionId, reason: Refusal) {
        let user = self.hub.name_of(id).cloned();
        let Some(connection) = self.disconnect(id) else { return };
        self.departing.insert(id);
        self.tally.slow_consumers += 1;
        self.cut(&connection, reason, user.as_ref());
    }

    /// Leaves a slow client nothing but the line in progress and the reason.
    fn cut(&mut self, connection: &Arc<Connection>, reason: Refusal, user: Option<&UserName>) {
        let user = user.map_or("nobody any more", UserName::as_str);
        tracing::warn!(peer = %connection.peer, user, "{reason}");
        let reason = Event::Refused(reason);
        let spelling = connection.outbound.spelling();
        let mut last = Encoded::default().of(&reason, spelling).to_vec();
        last.extend(spelling.framing.farewell(CloseReason::Policy));
        let appended = connection.outbound.cut(&last);
        if appended == Appended::WasIdle {
            self.due[connection.worker].push(Arc::clone(connection));
        }
        self.tally.appended += last.len() as u64;
        connection.outbound.close(Closing { within: CUT_WITHIN });
    }

    fn stats(&self, now: Now) -> Vec<Stat> {
        let Tally { commands, deliveries, appended: _, slow_consumers } = self.tally;
        let counters = &self.counters;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let stats = [
            ("uptime_s", now.monotonic.as_secs()),
            ("connections", self.connections.iter().flatten().count() as u64),
            ("commands", commands),
            ("deliveries", deliveries),
            ("received_bytes", counters.received()),
            ("sent_bytes", counters.sent()),
            ("queued_bytes", counters.queued(&self.tally)),
            ("slow_consumers", slow_consumers),
            ("throttled_ms", millis(counters.throttled())),
        ];
        stats.map(|(name, value)| Stat { name, value }).to_vec()
    }

    fn connection(&self, id: SessionId) -> Option<&Arc<Connection>> {
        connected(&self.connections, id)
    }

    fn disconnect(&mut self, id: SessionId) -> Option<Arc<Connection>> {
        self.connection(id)?;
        let (_, connection) = self.connections[id.slot()].take()?;
        if self.departed.len() > self.connections.len() {
            self.departed.retain(|connection| connection.strong_count() > 0);
        }
        self.departed.push(Arc::downgrade(&connection));
        Some(connection)
    }
}

/// Nobody can guess it.
fn random_token() -> SessionToken {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system has random numbers");
    SessionToken::new(u128::from_ne_bytes(bits))
}

/// The precision with which times are kept.
fn whole_millis(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()) + Duration::from_millis(since.subsec_millis().into())
}

fn connected(connections: &[Option<(SessionId, Arc<Connection>)>], id: SessionId) -> Option<&Arc<Connection>> {
    let (held_by, connection) = connections.get(id.slot())?.as_ref()?;
    (*held_by == id).then_some(connection)
}
