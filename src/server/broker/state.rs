//! What the hub's lock protects: the chat, the connections of its sessions, and what is counted of them. Knows where a
//! session's connection is, and nothing of what is said to it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use async_channel::Sender;

use super::Broker;
use super::cluster_state::{ClusterState, submit};
use super::read_samples::ReadSamples;
use super::under_way::Submission;
use crate::hub::{Hub, Input, Now, Output, Outputs, Past, SessionId};
use crate::protocol::answer::TextLimits;
use crate::protocol::dialect::json::MAX_LINES;
use crate::protocol::event::{Departure, Stat};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::sight::House;
use crate::protocol::token::Epoch;
use crate::server::ceiling::Ceiling;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::connection::encoded::Encoded;
use crate::server::counters::{BrokerCounters, Counters};
use crate::server::hasher::Hasher;
use crate::server::nonces::Nonces;
use crate::server::snapshot::MetricsSnapshot;
use crate::server::sources::Sources;
use crate::server::throttle::Cost;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::ready_list::ReadyList;
use crate::store::files::FileStore;
use crate::store::{CommitId, Store};

/// Who has just logged in, and from where.
#[derive(Debug)]
pub(super) struct Login {
    /// The number of the connection.
    pub(super) connection: u64,
    pub(super) peer: SocketAddr,
    pub(super) user: UserName,
}

#[derive(Debug)]
pub(super) struct BrokerState {
    pub(super) hub: Hub,
    /// The room that everybody is taken into at login.
    pub(super) lobby: Option<RoomName>,
    pub(super) store: Arc<dyn Store>,
    pub(super) files: Arc<FileStore>,
    /// The commit that the last record is in: what is said from then on may tell of it.
    pub(super) commit: CommitId,
    /// Why nothing can be kept now, so that what would have to be is refused.
    pub(super) hindrance: Option<Hindrance>,
    /// By the slot of the session.
    pub(super) connections: Vec<Option<(SessionId, Arc<Connection>)>>,
    pub(super) encoded: Encoded,
    /// Buffers for queues that were idle.
    pub(super) buffer_pool: BufferPool,
    /// Connections whose queue was idle before the call at hand, for each worker.
    pub(super) due: Box<[Vec<Arc<Connection>>]>,
    /// The lists of the workers, for answers that come later.
    pub(super) ready: Arc<[ReadyList]>,
    /// When the server stops, if it lets nobody else in.
    pub(super) draining: Option<Drain>,
    pub(super) stopping: bool,
    /// Who has just logged in, to be logged once the lock is released.
    pub(super) login: Option<Login>,
    /// Of the command at hand.
    pub(super) cost: Cost,
    pub(super) tally: BrokerCounters,
    /// Answers that refuse something, by their code.
    pub(super) refusals: BTreeMap<&'static str, u64>,
    pub(super) counters: Arc<Counters>,
    /// What all connections together may hold.
    pub(super) ceiling: Ceiling,
    /// Bytes that may be appended before the ceiling is looked at.
    pub(super) room: u64,
    /// Connections whose session is over and that have something to read.
    pub(super) departed: Vec<Weak<Connection>>,
    /// Past the hard limit since then.
    pub(super) watched: Vec<(Duration, SessionId)>,
    pub(super) slow_timeout: Duration,
    pub(super) idle_timeout: Option<Duration>,
    /// Sessions of clients that were cut off, to be announced.
    pub(super) departing: BTreeSet<SessionId>,
    /// Names the numbering of this server's lines.
    pub(super) epoch: String,
    pub(super) limits: TextLimits,
    pub(super) nonces: Nonces,
    pub(super) hasher: Arc<Hasher>,
    /// What a client calls the line at hand by that asks for what was said before: the answer carries it.
    pub(super) label: Option<Box<str>>,
    /// What is to be found out for a client once it has what it was told about its line.
    pub(super) deferred: Option<Vec<Output>>,
    /// Who is told what came of passwords.
    pub(super) broker: Weak<Broker>,
    pub(super) house: House,
    /// Where the authors of lines were.
    pub(super) sources: Arc<Mutex<Sources>>,
    /// How far accounts will have read.
    pub(super) reading: ReadSamples,
    /// The cluster that the server belongs to, if it does.
    pub(super) cluster: Option<ClusterState>,
    started: Instant,
}

/// The time that users are given before the server stops.
#[derive(Debug)]
pub(super) struct Drain {
    /// By the clock of the server.
    pub(super) until: Duration,
    /// Closes when nobody is left.
    pub(super) somebody: Option<Sender<()>>,
}

impl BrokerState {
    pub(super) fn new(
        config: &Config,
        (store, files): (Arc<dyn Store>, Arc<FileStore>),
        past: &Past,
        ready: Arc<[ReadyList]>,
        counters: Arc<Counters>,
        started: Instant,
    ) -> Self {
        let epoch = Epoch::new(past.epoch);
        Self {
            hub: Hub::restore(config.limits.clone(), epoch, past),
            lobby: config.lobby.clone(),
            store,
            files,
            commit: CommitId::default(),
            hindrance: None,
            label: None,
            deferred: None,
            connections: Vec::new(),
            encoded: Encoded::default(),
            buffer_pool: BufferPool::default(),
            due: ready.iter().map(|_| Vec::new()).collect(),
            ready,
            draining: None,
            stopping: false,
            login: None,
            cost: Cost::default(),
            tally: BrokerCounters::default(),
            counters,
            ceiling: Ceiling::new(config.max_queued_bytes),
            room: 0,
            departed: Vec::new(),
            watched: Vec::new(),
            slow_timeout: config.slow_timeout,
            idle_timeout: config.idle_timeout,
            refusals: BTreeMap::new(),
            departing: BTreeSet::new(),
            epoch: epoch.to_string(),
            limits: text_limits(config),
            nonces: Nonces::restore(&past.said_once),
            hasher: Arc::new(Hasher::new(config.hashing)),
            broker: Weak::new(),
            house: config.house(epoch),
            sources: Arc::default(),
            reading: ReadSamples::default(),
            cluster: None,
            started,
        }
    }

    pub(super) fn reconfigure(&mut self, config: &Config) {
        if self.cluster.is_some() {
            tracing::warn!("limits of users are the same on all servers of a cluster, and stay as they are");
        } else {
            self.hub.set_limits(config.limits.clone());
        }
        self.lobby.clone_from(&config.lobby);
        self.ceiling = Ceiling::new(config.max_queued_bytes);
        self.room = 0;
        self.slow_timeout = config.slow_timeout;
        self.limits = text_limits(config);
        self.house.guests = config.limits.guests;
        self.house.motd.clone_from(&config.presentation.motd);
    }

    /// Since the server started, by its own clock, which is not that of a log.
    pub(super) fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends a session; in a cluster, once all servers do.
    pub(super) fn end_session(&mut self, id: SessionId, departure: Departure, now: Now) -> Outputs {
        match &self.cluster {
            None => self.hub.depart(id, departure, now),
            Some(cluster) => {
                if self.hub.is_open(id) {
                    submit(&cluster.outbox, None, Submission::Happen(Input::Depart(id, departure)));
                }
                Outputs::default()
            }
        }
    }

    /// The same for a session whose client was cut off.
    pub(super) fn end_as_slow(&mut self, id: SessionId, now: Now) -> Outputs {
        match &self.cluster {
            None => self.hub.depart_as_slow(id, now),
            Some(cluster) => {
                submit(&cluster.outbox, None, Submission::Happen(Input::DepartAsSlow(id)));
                Outputs::default()
            }
        }
    }

    pub(super) fn stats(&self) -> Vec<Stat> {
        let BrokerCounters { commands, deliveries, appended: _, slow_consumers, logins: _ } = self.tally;
        let counters = &self.counters;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let stats = [
            ("uptime_s", self.monotonic().as_secs()),
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

    pub(super) fn snapshot(&self, now: Now) -> MetricsSnapshot {
        let BrokerCounters { commands, deliveries, appended: _, slow_consumers, logins } = self.tally;
        let counters = &self.counters;
        let mut doors = BTreeMap::new();
        for (_, connection) in self.connections.iter().flatten() {
            *doors.entry((connection.dialect.name(), connection.stream.is_secure())).or_default() += 1;
        }
        MetricsSnapshot {
            uptime: now.monotonic,
            is_ready: self.draining.is_none() && !self.stopping && self.hindrance.is_none() && !self.stands_still(),
            connections: self.connections.iter().flatten().count() as u64,
            logins,
            commands,
            deliveries,
            received: counters.received(),
            sent: counters.sent(),
            queued: counters.queued(&self.tally),
            held: counters.held(&self.tally),
            slow_consumers,
            throttled: counters.throttled(),
            refusals: self.refusals.clone(),
            doors,
            transfers: counters.transfers(),
            cluster: self.cluster.as_ref().map(|cluster| cluster.outbox.figures()),
            ..MetricsSnapshot::default()
        }
    }

    /// Whether nothing comes back of the log of a cluster.
    fn stands_still(&self) -> bool {
        self.cluster.as_ref().is_some_and(|cluster| cluster.stands_still)
    }

    /// Counts whoever has just logged in, if the session has.
    pub(super) fn note_arrival(&mut self, id: SessionId, had_name: bool) {
        if !had_name && self.hub.is_logged_in(id) {
            self.tally.logins += 1;
            self.note_login(id);
        }
    }

    /// Has the log tell of the session's user, if it has one.
    pub(super) fn note_login(&mut self, id: SessionId) {
        let connection = self.connection(id);
        self.login = connection.zip(self.hub.name_of(id)).map(|(connection, user)| Login {
            connection: connection.number,
            peer: connection.peer,
            user: user.clone(),
        });
    }

    pub(super) fn connection(&self, id: SessionId) -> Option<&Arc<Connection>> {
        connected(&self.connections, id)
    }

    pub(super) fn disconnect(&mut self, id: SessionId) -> Option<Arc<Connection>> {
        self.connection(id)?;
        let (_, connection) = self.connections[id.slot()].take()?;
        if self.departed.len() > self.connections.len() {
            self.departed.retain(|connection| connection.strong_count() > 0);
        }
        self.departed.push(Arc::downgrade(&connection));
        self.look_who_is_left();
        Some(connection)
    }
}

#[inline]
fn text_limits(config: &Config) -> TextLimits {
    let (recipients, file) = (config.limits.max_recipients, config.files.limits.file);
    TextLimits { text: config.max_line, lines: MAX_LINES, recipients, file }
}

pub(super) fn connected(
    connections: &[Option<(SessionId, Arc<Connection>)>],
    id: SessionId,
) -> Option<&Arc<Connection>> {
    let (held_by, connection) = connections.get(id.slot())?.as_ref()?;
    (*held_by == id).then_some(connection)
}
