//! Where connections are counted and handed to the workers, whichever door they came through.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_channel::{Receiver, Sender};
use async_std::task;
use futures::FutureExt;

use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::dialect::{Hearer, Spelling};
use crate::protocol::event::Event;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::server::admin::AdminDesk;
use crate::server::admission::ConnectionLimiter;
use crate::server::broker::Broker;
use crate::server::config::{Config, WebConfig};
use crate::server::connection::Connection;
use crate::server::connection::task::{converse, say_last_word, turn_away};
use crate::server::nothing::Nothing;
use crate::server::transfer::Transfers;
use crate::server::worker::ConversationTask;

/// Descriptors kept back for everything that is not a connection.
const RESERVED_DESCRIPTORS: u64 = 64;

/// Connections of the control socket that a full server takes.
const OPERATORS: usize = 8;

/// Rejected connections closed gracefully at the same time; any further one is closed right after the write.
const TURNED_AWAY_AT_ONCE: usize = 32;

pub(in crate::server) struct Reception {
    broker: Arc<Broker>,
    pub(in crate::server) transfers: Arc<Transfers>,
    /// For the connections to come.
    config: Mutex<Arc<Config>>,
    pub(in crate::server) web: WebConfig,
    max_connections: AtomicUsize,
    admission: Arc<Mutex<ConnectionLimiter>>,
    open: Counter,
    turned_away: Counter,
    /// Where each worker takes its conversations from.
    workers: Vec<Sender<ConversationTask>>,
    next_worker: AtomicUsize,
    running: Sender<Nothing>,
}

/// Counts what exists at once.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<AtomicUsize>);

/// One of the things counted.
#[derive(Debug)]
struct Counted(Counter);

impl Counter {
    /// One more, unless there are `most`.
    fn one_more(&self, most: usize) -> Option<Counted> {
        let counted = Counted(self.clone());
        // Dropping it again takes the count back.
        (self.0.fetch_add(1, Ordering::Relaxed) < most).then_some(counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of the connections that are served; it counts until it is dropped.
#[derive(Debug)]
pub(in crate::server) struct Admitted {
    _counted: Counted,
    admission: Arc<Mutex<ConnectionLimiter>>,
    address: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.locked().release(self.address);
    }
}

impl Reception {
    /// Everything that is still going on holds `running` open; `stopped` closes when the server stops.
    pub(in crate::server) fn new(
        broker: Arc<Broker>,
        desk: Arc<AdminDesk>,
        workers: Vec<Sender<ConversationTask>>,
        config: Config,
        (running, stopped): (Sender<Nothing>, Receiver<Nothing>),
    ) -> Self {
        let transfers = Arc::new(Transfers::new(Arc::clone(&broker), desk, &config, stopped));
        let (max_connections, per_address) = bounds(&config);
        let admission =
            Arc::new(Mutex::new(ConnectionLimiter::new(per_address, config.accept_rates, config.trusted.clone())));
        let (open, turned_away, next_worker) = (Counter::default(), Counter::default(), AtomicUsize::new(0));
        let (web, max_connections) = (config.web.clone(), AtomicUsize::new(max_connections));
        let config = Mutex::new(Arc::new(config));
        Self {
            broker,
            transfers,
            config,
            web,
            max_connections,
            admission,
            open,
            turned_away,
            workers,
            next_worker,
            running,
        }
    }

    /// Has this hold for the connections to come.
    pub(in crate::server) fn reconfigure(&self, config: Config) {
        let (max_connections, per_address) = bounds(&config);
        self.max_connections.store(max_connections, Ordering::Relaxed);
        self.admission.locked().reconfigure(per_address, config.accept_rates, config.trusted.clone());
        *self.config.locked() = Arc::new(config);
    }

    /// Serves a connection that speaks so, or turns it away.
    pub(in crate::server) fn take_in(
        &self,
        stream: Stream,
        peer: SocketAddr,
        spelling: Spelling,
        admitted: Result<Admitted, Refusal>,
    ) -> io::Result<()> {
        match admitted {
            Ok(admitted) => {
                self.serve(stream, peer, spelling, admitted, Vec::new());
                Ok(())
            }
            Err(refusal) => self.refuse(stream, peer, spelling, refusal),
        }
    }

    /// Whether the operator has named this address as one that comes for many, or it is this machine.
    pub(in crate::server) fn trusts(&self, address: IpAddr) -> bool {
        self.admission.locked().is_trusted(address)
    }

    /// A place for one more connection, or why there is none.
    pub(in crate::server) fn admit(&self, peer: SocketAddr) -> Result<Admitted, Refusal> {
        let most = self.max_connections.load(Ordering::Relaxed);
        let counted = self.open.one_more(most).ok_or(Refusal::Disconnected(DisconnectReason::ServerFull(most)))?;
        self.admission.locked().admit(peer.ip(), self.broker.now().monotonic)?;
        Ok(Admitted { _counted: counted, admission: Arc::clone(&self.admission), address: peer.ip() })
    }

    /// A place for somebody who runs the server, for whom there is room on a full one as well.
    pub(in crate::server) fn admit_operator(&self, peer: SocketAddr) -> Result<Admitted, Refusal> {
        let most = self.max_connections.load(Ordering::Relaxed).saturating_add(OPERATORS);
        let counted = self.open.one_more(most).ok_or(Refusal::Disconnected(DisconnectReason::ServerFull(most)))?;
        self.admission.locked().admit(peer.ip(), self.broker.now().monotonic)?;
        Ok(Admitted { _counted: counted, admission: Arc::clone(&self.admission), address: peer.ip() })
    }

    /// In turn, so that all have about as many.
    fn next_worker(&self) -> usize {
        self.next_worker.fetch_add(1, Ordering::Relaxed) % self.workers.len()
    }

    /// Hands a connection to a worker. `first` is what has been read of it already.
    pub(in crate::server) fn serve(
        &self,
        stream: Stream,
        peer: SocketAddr,
        spelling: Spelling,
        place: Admitted,
        first: Vec<u8>,
    ) {
        let worker = self.next_worker();
        let (broker, config) = (Arc::clone(&self.broker), Arc::clone(&self.config.locked()));
        let (running, transfers) = (self.running.clone(), Arc::clone(&self.transfers));
        let connection = Connection::new(peer, stream, spelling, worker, &config, Arc::clone(&broker.counters));
        let conversation = converse(Arc::new(connection), broker, config, transfers, first);
        // Not in a block that awaits it: that would have room for the conversation twice, and an idle client costs so much.
        let guarded = AssertUnwindSafe(conversation).catch_unwind().map(move |ended| {
            if ended.is_err() {
                tracing::error!(%peer, "BUG: connection task panicked; please report it");
            }
            drop((place, running));
        });
        // The server waits for its end: for the channel that it holds open.
        self.workers[worker].try_send(guarded.boxed()).expect("the workers outlive the acceptor");
    }

    /// Counts a connection that was refused without a word.
    pub(in crate::server) fn note_refused(&self, refusal: &Refusal) {
        self.broker.connection_log().refused(refusal.to_string());
    }

    fn refuse(&self, stream: Stream, peer: SocketAddr, spelling: Spelling, refusal: Refusal) -> io::Result<()> {
        let mut last_word = Vec::new();
        self.broker.connection_log().refused(refusal.to_string());
        spelling.write(&Event::Refused(refusal), Hearer::default(), &mut last_word);
        let broker = Arc::clone(&self.broker);
        // No worker knows this connection, so which one it would be does not matter.
        let connection =
            Arc::new(Connection::new(peer, stream, spelling, 0, &self.config.locked(), Arc::clone(&broker.counters)));
        let Some(turned_away) = self.turned_away.one_more(TURNED_AWAY_AT_ONCE) else {
            say_last_word(&connection, &last_word);
            return Ok(());
        };
        let running = self.running.clone();
        let task = async move {
            turn_away(connection, broker, last_word).await;
            drop((turned_away, running));
        };
        task::Builder::new().name("turned away".to_owned()).spawn(task).map(drop)
    }
}

/// The most connections, and those of one address: one alone never takes all.
fn bounds(config: &Config) -> (usize, usize) {
    let most = config.max_connections.unwrap_or_else(connections_that_fit);
    (most, config.max_per_address.unwrap_or(most.div_ceil(2)))
}

/// What the open-file limit allows, less a reserve.
fn connections_that_fit() -> usize {
    let descriptors = rlimit::Resource::NOFILE.get_soft().unwrap_or(1024);
    usize::try_from(descriptors.saturating_sub(RESERVED_DESCRIPTORS)).unwrap_or(usize::MAX).max(1)
}
