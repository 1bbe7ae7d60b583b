//! The one lock around the hub, and what makes one order per room a fact: while it is held, every output is rendered
//! and appended to the queue of each recipient. Appending never waits; the workers are called after it is released.

mod admin;
mod answers;
mod around;
mod caller;
mod cluster;
mod cluster_snapshot;
mod cluster_stage;
mod cluster_state;
mod commits;
mod deeds;
mod delivery;
mod drain;
mod files;
mod instructions;
mod overdue;
mod overload;
mod passwords;
mod read_samples;
mod reading;
mod snapshot_schedule;
mod state;
mod under_way;
mod waiting;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use futures::channel::oneshot;

pub(in crate::server) use caller::{Caller, LoginLine};
pub(in crate::server) use cluster::new_node;
pub(in crate::server) use under_way::UnderWay;

use crate::hub::{Audience, Now, Output, Outputs, Past, SessionId};
use crate::lock::Locked;
use crate::protocol::answer::Correspondent;
use crate::protocol::command::Command;
use crate::protocol::dialect::{Had, Phase};
use crate::protocol::event::Departure;
use crate::protocol::name::UserName;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::refusal::Refusal;
use crate::server::ceiling::Ceiling;
use crate::server::cluster::Outbox;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::connection::outbound::{Flushed, Left};
use crate::server::connection_log::ConnectionLog;
use crate::server::counters::{BrokerCounters, Counters};
use crate::server::snapshot::MetricsSnapshot;
use crate::server::throttle::Cost;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::ready_list::ReadyList;
use crate::server::worker::wake::Wake;
use crate::store::files::FileStore;
use crate::store::{CommitId, Store};
use cluster_state::ClusterState;
use state::{BrokerState, Login};

/// The log of a cluster: what goes into it, after how many beats a node is lost, and who hears how it goes.
#[derive(Debug)]
pub(in crate::server) struct Log {
    pub(in crate::server) outbox: Arc<Outbox<UnderWay>>,
    pub(in crate::server) lost_after: u32,
    pub(in crate::server) status: async_channel::Sender<Result<(), String>>,
}

/// Connects sessions with connections.
#[derive(Debug)]
pub(in crate::server) struct Broker {
    state: Mutex<BrokerState>,
    store: Arc<dyn Store>,
    /// The files that users send.
    pub(in crate::server) files: Arc<FileStore>,
    /// Who waits for commits that are not made.
    awaiting_commit: Mutex<Vec<(CommitId, oneshot::Sender<()>)>>,
    /// Connections with something to write, for each worker.
    pub(in crate::server) due: Arc<[ReadyList]>,
    pub(in crate::server) counters: Arc<Counters>,
    connection_log: Mutex<ConnectionLog>,
    /// Whether slow clients are to be announced as gone.
    departing: AtomicBool,
    /// Whether nothing can be kept now.
    is_hindered: AtomicBool,
    /// Bytes from which on commands that cause deliveries wait.
    crowded: AtomicU64,
    started: Instant,
    /// What goes into the log of the cluster, if there is one.
    outbox: Option<Arc<Outbox<UnderWay>>>,
    /// Makes of an address what others may see of it.
    addresses: RandomState,
}

impl Broker {
    pub(in crate::server) fn new(
        config: &Config,
        (store, files): (Arc<dyn Store>, Arc<FileStore>),
        past: &Past,
        log: Option<Log>,
    ) -> Self {
        let counters = Arc::<Counters>::default();
        let crowded = AtomicU64::new(Ceiling::new(config.max_queued_bytes).crowded());
        let due: Arc<[ReadyList]> = (0..config.workers.max(1)).map(|_| ReadyList::default()).collect();
        let started = Instant::now();
        let outbox = log.as_ref().map(|log| Arc::clone(&log.outbox));
        let mut state = BrokerState::new(
            config,
            (Arc::clone(&store), Arc::clone(&files)),
            past,
            Arc::clone(&due),
            Arc::clone(&counters),
            started,
        );
        state.cluster = log.map(|Log { outbox, lost_after, status }| ClusterState::new(outbox, lost_after, status));
        let (state, departing, is_hindered) = (Mutex::new(state), AtomicBool::new(false), AtomicBool::new(false));
        let (connection_log, awaiting_commit) = (Mutex::default(), Mutex::default());
        let addresses = RandomState::new();
        Self {
            state,
            store,
            files,
            awaiting_commit,
            due,
            counters,
            connection_log,
            departing,
            is_hindered,
            crowded,
            started,
            outbox,
            addresses,
        }
    }

    /// The same for one address, and nothing that tells which it is.
    fn hash_of(&self, address: IpAddr) -> u64 {
        self.addresses.hash_one(address)
    }

    /// Opens a session for a connection.
    pub(in crate::server) fn connect(&self, connection: &Arc<Connection>) -> (SessionId, Wake<'_>) {
        let now = self.now();
        let mut state = self.state();
        let (id, outputs) = state.hub.connect(connection.origin(), connection.dialect.door(), now);
        self.seat(&mut state, id, connection);
        self.deliver(&mut state, outputs, Some(id), now);
        self.tell_newcomer(&mut state, id, now);
        // Accepted before the stop and opened after it: it hears what all others have heard.
        if state.stopping {
            let outputs = state.hub.shut_down();
            self.deliver(&mut state, outputs, None, now);
        }
        (id, self.wake(state))
    }

    /// The session is the one of this connection.
    fn seat(&self, state: &mut BrokerState, id: SessionId, connection: &Arc<Connection>) {
        if state.connections.len() <= id.slot() {
            state.connections.resize_with(id.slot() + 1, || None);
        }
        state.connections[id.slot()] = Some((id, Arc::clone(connection)));
    }

    /// Tells somebody who has just come what all others have heard.
    fn tell_newcomer(&self, state: &mut BrokerState, id: SessionId, now: Now) {
        if let Some(event) = state.stops_in(now) {
            self.deliver(state, [Output::Tell(Audience::One(id), event)], None, now);
        }
    }

    /// Takes what somebody without a name has said.
    pub(in crate::server) fn log_in(&self, caller: &Caller, said: LoginLine) -> Wake<'_> {
        let (id, now) = (caller.session, self.now());
        let mut state = self.state();
        let takes_over = matches!(said, LoginLine::Token(_));
        let outputs = state.hub.take_login_line(id, said, now);
        let greeting = if takes_over { Vec::new() } else { state.greet(id, now) };
        if takes_over {
            state.note_login(id);
        }
        self.answer(&mut state, caller, None, outputs.into_iter().chain(greeting), now);
        self.wake(state)
    }

    /// How far a session has come, and under which name.
    pub(in crate::server) fn phase(&self, id: SessionId) -> (Phase, Option<UserName>) {
        let state = self.state();
        match state.hub.name_of(id) {
            Some(name) => (Phase::Chat, Some(name.clone())),
            None if state.hub.awaited_account(id).is_some() => (Phase::Password, None),
            None => (Phase::Login, None),
        }
    }

    /// What is to be asked for somebody who has come back, so that it hears what it has missed in the rooms that it is in,
    /// and of what it wrote with others.
    pub(in crate::server) fn missed(&self, id: SessionId, had: &Had) -> Vec<Command> {
        let state = self.state();
        if had.epoch.as_ref().is_some_and(|epoch| **epoch != *state.epoch) {
            return Vec::new();
        }
        let rooms = state.hub.rooms_of(id).into_iter().filter_map(|room| {
            let (_, after) = had.rooms.iter().find(|(name, _)| *name == room.name)?;
            (*after < room.number).then_some(Command::Resume { room: room.name, after: *after })
        });
        let people =
            state.hub.correspondents_of(id).into_iter().filter_map(|Correspondent { with, number, read: _ }| {
                let (_, after) = had.people.iter().find(|(name, _)| *name == with)?;
                (*after < number).then_some(Command::ResumeMessages { with, after: *after })
            });
        rooms.chain(people).collect()
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
        if state.answers_once(caller.session) && !caller.wants_no_answer_to(&command) {
            let rest = state.take_once(caller, command, now);
            self.deliver(&mut state, rest, Some(caller.session), now);
        } else {
            let outputs = state.carry_out_or_refuse(caller.session, command, now);
            self.deliver(&mut state, outputs, Some(caller.session), now);
        }
        (state.cost, self.wake(state))
    }

    /// Notes how far the caller has read, or says why not.
    pub(in crate::server) fn mark_read(&self, caller: &Caller, mark: &ReadMark, now: Now) -> (Cost, Wake<'_>) {
        let mut state = self.state();
        state.tally.commands += 1;
        state.cost = Cost::default();
        let decision = state.hub.decide_read_mark(caller.session, mark, now);
        let outputs = match state.hindrance.filter(|_| decision.can_wait()) {
            Some(why) => state.hub.refuse(caller.session, Refusal::NotKept(why)),
            None => state.hub.apply(decision),
        };
        self.answer(&mut state, caller, None, outputs, now);
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
        let (worker, before) = (state.connection(id).map(|connection| connection.worker), state.tally.deliveries);
        // Who was cut off is announced as slow, in a later turn.
        let announced_later = state.departing.contains(&id);
        let outputs = if announced_later { Outputs::default() } else { state.end_session(id, departure, now) };
        state.disconnect(id);
        self.deliver(&mut state, outputs, None, now);
        if let Some(worker) = worker {
            self.due[worker].count_departed(state.tally.deliveries - before);
        }
        self.wake(state)
    }

    /// Tells everyone that the server stops, and ends every session.
    pub(in crate::server) fn shut_down(&self) -> Wake<'_> {
        let mut state = self.state();
        state.stopping = true;
        if state.cluster.is_some() {
            self.stop_node(&mut state);
        } else {
            let outputs = state.hub.shut_down();
            self.deliver(&mut state, outputs, None, self.now());
        }
        self.wake(state)
    }

    /// Has this hold from now on, as far as it can while sessions are open.
    pub(in crate::server) fn reconfigure(&self, config: &Config) {
        self.crowded.store(Ceiling::new(config.max_queued_bytes).crowded(), Ordering::Relaxed);
        self.state().reconfigure(config);
    }

    /// What has been counted until now.
    pub(in crate::server) fn snapshot(&self) -> MetricsSnapshot {
        let counted = self.state().snapshot(self.now());
        // Without the hub's lock, as the store may look at the disk.
        MetricsSnapshot { store: self.store.figures(), files: self.files.figures(), ..counted }
    }

    /// What is said of connections that come and go.
    pub(in crate::server) fn connection_log(&self) -> MutexGuard<'_, ConnectionLog> {
        self.connection_log.locked()
    }

    /// Says how many connections came, went and were refused without a line of their own.
    pub(in crate::server) fn sum_up_connections(&self) {
        let unsaid = self.connection_log().summary(self.now().monotonic);
        if let Some(unsaid) = unsaid {
            if unsaid.has_refusals() {
                tracing::warn!("in the last second, {unsaid}");
            } else {
                tracing::info!("in the last second, {unsaid}");
            }
        }
    }

    /// Writes what is queued, for the owner of a connection that waited for its socket or its pace.
    pub(in crate::server) fn poll_write(&self, connection: &Arc<Connection>) -> Poll<()> {
        // Owners write seldom, so what they bring back is not worth the way to the worker's pool.
        let pool = &mut BufferPool::default();
        match ready!(connection.outbound.poll_write(&connection.stream, self.durable(), pool)) {
            Ok(Flushed { owner_waits: _, left: Left::Nothing }) | Err(_) => {}
            Ok(Flushed { owner_waits: _, left: Left::ForDisk | Left::ForNextTurn }) => {
                self.due[connection.worker].append(&mut vec![Arc::clone(connection)], 0, 0, pool);
            }
        }
        Poll::Ready(())
    }

    /// The server's own clock.
    pub(in crate::server) fn now(&self) -> Now {
        Now { monotonic: self.started.elapsed(), wall: whole_millis(SystemTime::now()) }
    }

    /// Does what came of what the caller has said, with one answer where the dialect has one for each request.
    fn answer(
        &self,
        state: &mut BrokerState,
        caller: &Caller,
        command: Option<&Command>,
        outputs: impl IntoIterator<Item = Output>,
        now: Now,
    ) {
        if state.answers_once(caller.session) {
            let rest = state.answer_first(caller, command, outputs, now);
            self.deliver(state, rest, Some(caller.session), now);
        } else {
            self.deliver(state, outputs, Some(caller.session), now);
        }
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
        self.hand_over_since(before, state);
    }

    /// The same once all is appended that this is about, with what had been counted before.
    fn hand_over_since(&self, before: BrokerCounters, state: &mut BrokerState) {
        let BrokerCounters { deliveries, appended, .. } = state.tally;
        self.hand_over(state, deliveries - before.deliveries, appended - before.appended);
    }

    /// Puts the connections that have something to write now on the lists of their workers.
    fn hand_over(&self, state: &mut BrokerState, deliveries: u64, bytes: u64) {
        self.counters.publish(&state.tally);
        // Beside the lock, so that a turn without departures need not take it to see that there are none.
        self.departing.store(!state.departing.is_empty(), Ordering::Relaxed);
        let buffer_pool = &mut state.buffer_pool;
        for (due, connections) in self.due.iter().zip(&mut state.due) {
            due.append(connections, deliveries, bytes, buffer_pool);
        }
    }

    /// Releases the hub's lock; the workers are called when what is returned is dropped.
    fn wake(&self, mut state: MutexGuard<'_, BrokerState>) -> Wake<'_> {
        let login = state.login.take();
        // First the lock, then the workers: they would wake up and wait for it.
        drop(state);
        if let Some(Login { connection, peer, user }) = login
            && self.connection_log().logged_in(self.now().monotonic)
        {
            tracing::info!(connection, %peer, user = user.as_str(), "logged in");
        }
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
    tracing::error!(
        "BUG: the hub panicked in the middle of a change; the server stops, because its state may be wrong"
    );
    std::process::exit(1)
}

/// The precision with which times are kept.
fn whole_millis(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()) + Duration::from_millis(since.subsec_millis().into())
}
