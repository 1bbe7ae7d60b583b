//! Taking connections: how many, what to do when there are too many, and when the system has no room for one more.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use async_io::{Async, Timer};
use async_std::task;
use futures::FutureExt;
use futures::future::{join_all, poll_fn};

use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::dialect::{Hearer, Spelling};
use crate::protocol::event::Event;
use crate::protocol::refusal::Refusal;
use crate::server::admission::Admission;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::connection::task::{converse, say_last_word, turn_away};
use crate::server::endpoint::Endpoints;
use crate::server::worker::ConversationTask;

/// Descriptors kept back for everything that is not a connection.
const RESERVED_DESCRIPTORS: u64 = 64;

/// Rejected connections closed gracefully at the same time; any further one is closed right after the write.
const TURNED_AWAY_AT_ONCE: usize = 32;

/// Connections accepted in a row before the others get their turn.
const ACCEPTED_IN_A_ROW: usize = 32;

/// How long to accept nothing when the system has no room for one more connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Log a shortage at most once a minute: descriptors that become free one by one make many pauses of one shortage.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Never carries anything: it closes when the last task that holds it ends.
enum Nothing {}

pub(in crate::server) struct Acceptor {
    doors: Vec<(Async<TcpListener>, Spelling)>,
    broker: Arc<Broker>,
    config: Arc<Config>,
    max_connections: usize,
    admission: Arc<Mutex<Admission>>,
    open: Counter,
    turned_away: Counter,
    /// Where each worker takes its conversations from.
    workers: Vec<Sender<ConversationTask>>,
    next_worker: AtomicUsize,
    running: Sender<Nothing>,
}

/// Tells when every connection is closed.
pub(in crate::server) struct AllClosed(Receiver<Nothing>);

impl AllClosed {
    pub(in crate::server) async fn wait(self) {
        let _ = self.0.recv().await;
    }
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
struct Admitted {
    _counted: Counted,
    admission: Arc<Mutex<Admission>>,
    address: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.admission.locked().release(self.address);
    }
}

impl Acceptor {
    pub(in crate::server) fn new(
        doors: Endpoints,
        broker: Arc<Broker>,
        workers: Vec<Sender<ConversationTask>>,
        config: Config,
    ) -> io::Result<(Self, AllClosed)> {
        let doors = doors.0.into_iter().map(|door| Ok((Async::new(door.listener)?, door.spelling)));
        let doors = doors.collect::<io::Result<_>>()?;
        let (running, ended) = async_channel::bounded(1);
        let max_connections = config.max_connections.unwrap_or_else(connections_that_fit);
        // One address alone never takes all.
        let per_address = config.max_per_address.unwrap_or(max_connections.div_ceil(2));
        let admission = Arc::new(Mutex::new(Admission::new(per_address, config.trusted.clone())));
        let config = Arc::new(config);
        let (open, turned_away) = (Counter::default(), Counter::default());
        let next_worker = AtomicUsize::new(0);
        let acceptor = Self {
            doors,
            broker,
            config,
            max_connections,
            admission,
            open,
            turned_away,
            workers,
            next_worker,
            running,
        };
        Ok((acceptor, AllClosed(ended)))
    }

    /// Accepts at every door, for ever.
    pub(in crate::server) async fn accept_all(self) {
        join_all(self.doors.iter().map(|(listener, spelling)| self.accept_at(listener, *spelling))).await;
    }

    async fn accept_at(&self, listener: &Async<TcpListener>, spelling: Spelling) {
        let mut said: Option<Instant> = None;
        for accepted in 1_usize.. {
            if accepted.is_multiple_of(ACCEPTED_IN_A_ROW) {
                after_the_others().await;
            }
            match listener.accept().await {
                Ok((stream, peer)) => {
                    if let Err(error) = self.take_in(stream, peer, spelling) {
                        tracing::warn!(%peer, "cannot serve a connection: {error}");
                    }
                }
                Err(error) if is_of_one_connection(&error) => {
                    tracing::debug!("a connection was gone before it was accepted: {error}");
                }
                Err(error) => {
                    if said.is_none_or(|at| at.elapsed() >= SAY_AGAIN_AFTER) {
                        tracing::error!("accept paused: out of file descriptors or memory: {error}");
                        said = Some(Instant::now());
                    }
                    Timer::after(PAUSE).await;
                }
            }
        }
    }

    fn take_in(&self, stream: Async<TcpStream>, peer: SocketAddr, spelling: Spelling) -> io::Result<()> {
        let stream = Stream::accepted(stream)?;
        match self.admit(peer) {
            Ok(admitted) => {
                self.serve(stream, peer, spelling, admitted);
                Ok(())
            }
            Err(refusal) => self.refuse(stream, peer, spelling, refusal),
        }
    }

    fn admit(&self, peer: SocketAddr) -> Result<Admitted, Refusal> {
        let full = Refusal::ServerFull(self.max_connections);
        let counted = self.open.one_more(self.max_connections).ok_or(full)?;
        self.admission.locked().admit(peer.ip(), self.broker.now().monotonic)?;
        Ok(Admitted { _counted: counted, admission: Arc::clone(&self.admission), address: peer.ip() })
    }

    /// In turn, so that all have about as many.
    fn next_worker(&self) -> usize {
        self.next_worker.fetch_add(1, Ordering::Relaxed) % self.workers.len()
    }

    fn serve(&self, stream: Stream, peer: SocketAddr, spelling: Spelling, open: Admitted) {
        let worker = self.next_worker();
        let (broker, config) = (Arc::clone(&self.broker), Arc::clone(&self.config));
        let running = self.running.clone();
        let conversation = async move {
            // A transport with a handshake goes through it here: the session and its prompt come after it.
            let connection = Connection::new(peer, stream, spelling, worker, &config, Arc::clone(&broker.counters));
            converse(Arc::new(connection), broker, config).await;
        };
        let guarded = async move {
            if AssertUnwindSafe(conversation).catch_unwind().await.is_err() {
                tracing::error!(%peer, "BUG: connection task panicked; please report it");
            }
            drop((open, running));
        };
        // The server waits for its end: for the channel that it holds open.
        self.workers[worker].try_send(guarded.boxed()).expect("the workers outlive the acceptor");
    }

    fn refuse(&self, stream: Stream, peer: SocketAddr, spelling: Spelling, refusal: Refusal) -> io::Result<()> {
        let mut last_word = Vec::new();
        self.broker.connection_log().refused(refusal.to_string());
        spelling.write(&Event::Refused(refusal), Hearer::default(), &mut last_word);
        let broker = Arc::clone(&self.broker);
        // No worker knows this connection, so which one it would be does not matter.
        let connection =
            Arc::new(Connection::new(peer, stream, spelling, 0, &self.config, Arc::clone(&broker.counters)));
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

/// Ready once everything else that can go on had its turn.
async fn after_the_others() {
    let mut is_first_look = true;
    poll_fn(|cx| {
        if std::mem::take(&mut is_first_look) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// What the open-file limit allows, less a reserve.
fn connections_that_fit() -> usize {
    let descriptors = rlimit::Resource::NOFILE.get_soft().unwrap_or(1024);
    usize::try_from(descriptors.saturating_sub(RESERVED_DESCRIPTORS)).unwrap_or(usize::MAX).max(1)
}

/// Whether the next connection can be accepted at once. After any other error (out of descriptors, out of memory) it
/// would only fail again.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
