//! The one lock around the hub, and what makes one order per room a fact: while it is held, every output is rendered
//! and appended to the queue of each recipient. Appending never waits; the workers are called after it is released.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use crate::hub::{Audience, Hub, Limits, Now, Output, Outputs, Question, SessionId};
use crate::lock::Locked;
use crate::protocol::command::Command;
use crate::protocol::event::{Departure, Event, Stat};
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::server::connection::outbound::queue::{Appended, Weight};
use crate::server::connection::outbound::{Closing, Flushed, Left};
use crate::server::counters::{Counters, Tally};
use crate::server::errand::Errand;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::ready_list::ReadyList;
use crate::server::worker::wake::Wake;
use crate::store::{CommitId, Store};

/// The longest that a last word may take to arrive: at a shutdown, and for a client that is too slow.
const LAST_WORD_WITHIN: Duration = Duration::from_secs(5);

/// Connects sessions with connections.
#[derive(Debug)]
pub(in crate::server) struct Broker {
    state: Mutex<BrokerState>,
    store: Arc<dyn Store>,
    /// Connections with something to write, for each worker.
    pub(in crate::server) due: Arc<[ReadyList]>,
    pub(in crate::server) counters: Arc<Counters>,
    started: Instant,
}

/// A session that has to go, and what it is told.
type Slow = (SessionId, Refusal);

#[derive(Debug)]
struct BrokerState {
    hub: Hub,
    store: Arc<dyn Store>,
    /// The commit that the last record is in: what is said from then on may tell of it.
    commit: CommitId,
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
    tally: Tally,
    counters: Arc<Counters>,
    /// Bytes that all queues together may hold.
    max_queued: usize,
}

impl Broker {
    pub(in crate::server) fn new(limits: Limits, workers: usize, max_queued: usize, store: Arc<dyn Store>) -> Self {
        let counters = Arc::<Counters>::default();
        let due: Arc<[ReadyList]> = (0..workers).map(|_| ReadyList::default()).collect();
        let state = BrokerState {
            hub: Hub::new(limits),
            store: Arc::clone(&store),
            commit: CommitId::default(),
            connections: Vec::new(),
            encoded: Encoded::default(),
            buffer_pool: BufferPool::default(),
            due: (0..workers).map(|_| Vec::new()).collect(),
            ready: Arc::clone(&due),
            stopping: false,
            tally: Tally::default(),
            counters: Arc::clone(&counters),
            max_queued,
        };
        Self { state: Mutex::new(state), store, due, counters, started: Instant::now() }
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
    pub(in crate::server) fn log_in(&self, id: SessionId, name: Result<UserName, Refusal>) -> (bool, Wake<'_>) {
        let mut state = self.state();
        let outputs = state.hub.log_in(id, name);
        self.deliver(&mut state, outputs, Some(id), self.now());
        let logged_in = state.hub.is_logged_in(id);
        (logged_in, self.wake(state))
    }

    /// Carries a command out, or says why not.
    pub(in crate::server) fn take(&self, id: SessionId, command: Result<Command, Refusal>, now: Now) -> Wake<'_> {
        let mut state = self.state();
        state.tally.commands += 1;
        let outputs = match command {
            Ok(command) => state.hub.carry_out(id, command, now),
            Err(refusal) => state.hub.refuse(id, refusal),
        };
        self.deliver(&mut state, outputs, Some(id), now);
        self.wake(state)
    }

    /// Ends a session that has not ended yet, and its claim on the connection.
    pub(in crate::server) fn depart(&self, id: SessionId, departure: Departure) -> Wake<'_> {
        let now = self.now();
        let mut state = self.state();
        let outputs = state.hub.depart(id, departure, now);
        state.disconnect(id);
        self.deliver(&mut state, outputs, None, now);
        self.wake(state)
    }

    /// Ends the sessions that gave no name in time.
    pub(in crate::server) fn expire(&self) -> Wake<'_> {
        let now = self.now();
        let mut state = self.state();
        let outputs = state.hub.expire(now);
        self.deliver(&mut state, outputs, None, now);
        self.wake(state)
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
        Now { monotonic: self.started.elapsed(), wall: SystemTime::now() }
    }

    fn deliver(&self, state: &mut BrokerState, outputs: Outputs, caller: Option<SessionId>, now: Now) {
        let before = state.tally.deliveries;
        let mut slow = Vec::new();
        state.append_all(outputs, caller, now, &mut slow);
        while let Some((id, reason)) = slow.pop().or_else(|| state.first_to_go()) {
            state.cut(id, reason);
            let outputs = state.hub.depart_as_slow(id, now);
            state.append_all(outputs, None, now, &mut slow);
        }
        let deliveries = state.tally.deliveries - before;
        let buffer_pool = &mut state.buffer_pool;
        self.due
            .iter()
            .zip(&mut state.due)
            .for_each(|(due, connections)| due.append(connections, deliveries, buffer_pool));
    }

    /// All commits up to this one are made.
    pub(in crate::server) fn durable(&self) -> CommitId {
        self.store.durable()
    }

    /// What the store has taken until now may be committed: at the end of a worker's turn.
    pub(in crate::server) fn seal(&self) {
        self.store.seal();
    }

    /// Calls every worker whenever the store has made a commit: bytes may have waited for it.
    pub(in crate::server) fn follow_commits(self: &Arc<Self>) {
        let broker = Arc::downgrade(self);
        self.store.on_commit(Box::new(move |_| {
            if let Some(broker) = broker.upgrade() {
                broker.due.iter().for_each(ReadyList::call_worker_to_gates);
            }
        }));
    }

    /// Writes what is queued, for the owner of a connection that waited for its socket or its pace.
    pub(in crate::server) fn poll_write(&self, connection: &Arc<Connection>) -> Poll<()> {
        let pool = &mut BufferPool::default();
        match ready!(connection.outbound.poll_write(&connection.stream, self.durable(), pool)) {
            Ok(Flushed { owner_waits: _, left: Left::Nothing }) | Err(_) => {}
            Ok(Flushed { owner_waits: _, left: Left::ForDisk | Left::ForNextTurn }) => {
                self.due[connection.worker].append(&mut vec![Arc::clone(connection)], 0, pool);
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
    /// Does what the hub wants done; sessions that it was too much for are added to `slow`.
    fn append_all(&mut self, outputs: Outputs, caller: Option<SessionId>, now: Now, slow: &mut Vec<Slow>) {
        for output in outputs {
            match output {
                Output::Tell(Audience::One(id), event) => {
                    // The answer to its own command must not cut off a client that reads slowly.
                    let weight = if caller == Some(id) { Weight::Exempt } else { Weight::Counted };
                    self.encoded.begin();
                    self.append(id, &event, weight, slow);
                }
                Output::Tell(Audience::Many(ids), event) => {
                    self.encoded.begin();
                    for id in ids.iter() {
                        self.append(*id, &event, Weight::Counted, slow);
                    }
                }
                Output::Keep(record) => self.commit = self.store.keep(record),
                Output::Ask(id, question) => self.ask(id, question),
                Output::TellStats(id) => {
                    let event = Event::Stats(self.stats(now));
                    self.encoded.begin();
                    self.append(id, &event, Weight::Exempt, slow);
                }
                Output::SetCharset(id, charset) => {
                    if let Some(connection) = self.connection(id) {
                        connection.outbound.set_charset(charset);
                    }
                }
                Output::Close(id) => {
                    let closing = Closing { within: self.stopping.then_some(LAST_WORD_WITHIN) };
                    if let Some(connection) = self.disconnect(id) {
                        connection.outbound.close(closing);
                    }
                }
            }
        }
    }

    /// Has the store find out what a client has asked for, up to what was kept when it asked.
    fn ask(&mut self, id: SessionId, question: Question) {
        let Some(connection) = connected(&self.connections, id) else { return };
        self.tally.deliveries += 1;
        let errand = Errand::begin(connection, &self.ready, &self.counters);
        self.store.ask(question, self.commit, Box::new(move |found| errand.answer(found)));
    }

    fn append(&mut self, id: SessionId, event: &Event, weight: Weight, slow: &mut Vec<Slow>) {
        let Some(connection) = connected(&self.connections, id) else { return };
        let mut bytes = 0;
        let appended = connection.outbound.append(weight, self.commit, &mut self.buffer_pool, |spelling| {
            let lines = self.encoded.of(event, spelling);
            bytes = lines.len();
            lines
        });
        match appended {
            Appended::Queued => {}
            Appended::WasIdle => self.due[connection.worker].push(Arc::clone(connection)),
            Appended::TooMuch => return slow.push((id, Refusal::SlowConsumer(connection.queue_hard))),
        }
        self.tally.deliveries += 1;
        self.tally.appended += bytes as u64;
    }

    /// Who has to go, and why, while all queues together are past their ceiling: the one with the longest.
    fn first_to_go(&self) -> Option<Slow> {
        if self.counters.queued(&self.tally) <= self.max_queued as u64 {
            return None;
        }
        let queued = self.connections.iter().flatten().map(|(id, connection)| (connection.outbound.queued(), *id));
        let (unread, id) = queued.max().filter(|(unread, _)| *unread > 0)?;
        Some((id, Refusal::Overloaded { unread, ceiling: self.max_queued }))
    }

    /// Leaves a slow client nothing but the line in progress and the reason, and little time.
    fn cut(&mut self, id: SessionId, reason: Refusal) {
        let Some(connection) = self.disconnect(id) else { return };
        tracing::warn!(peer = %connection.peer, "{reason}");
        let reason = Event::Refused(reason);
        self.encoded.begin();
        let mut bytes = 0;
        let appended = connection.outbound.cut(|spelling| {
            let last = self.encoded.of(&reason, spelling);
            bytes = last.len();
            last
        });
        if appended == Appended::WasIdle {
            self.due[connection.worker].push(Arc::clone(&connection));
        }
        self.tally.appended += bytes as u64;
        self.tally.slow_consumers += 1;
        connection.outbound.close(Closing { within: Some(LAST_WORD_WITHIN) });
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
        self.connections[id.slot()].take().map(|(_, connection)| connection)
    }
}

fn connected(connections: &[Option<(SessionId, Arc<Connection>)>], id: SessionId) -> Option<&Arc<Connection>> {
    let (held_by, connection) = connections.get(id.slot())?.as_ref()?;
    (*held_by == id).then_some(connection)
}
