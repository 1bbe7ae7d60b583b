//! Taking connections: how many, what to do when there are too many, and when the system has no room for one more.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use async_io::{Async, Timer};
use async_std::task;
use futures::FutureExt;
use futures::future::join_all;

use crate::net::Stream;
use crate::protocol::dialect::{Hearer, Spelling};
use crate::protocol::event::Event;
use crate::protocol::refusal::Refusal;
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
        let config = Arc::new(config);
        let (open, turned_away) = (Counter::default(), Counter::default());
        let next_worker = AtomicUsize::new(0);
        let acceptor =
            Self { doors, broker, config, max_connections, open, turned_away, workers, next_worker, running };
        Ok((acceptor, AllClosed(ended)))
    }

    /// Accepts at every door, for ever.
    pub(in crate::server) async fn accept_all(self) {
        join_all(self.doors.iter().map(|(listener, spelling)| self.accept_at(listener, *spelling))).await;
    }

    async fn accept_at(&self, listener: &Async<TcpListener>, spelling: Spelling) {
        let mut said: Option<Instant> = None;
        loop {
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
        if let Some(open) = self.open.one_more(self.max_connections) {
            self.serve(stream, peer, spelling, open);
            Ok(())
        } else {
            self.refuse(stream, peer, spelling)
        }
    }

    /// In turn, so that all have about as many.
    fn next_worker(&self) -> usize {
        self.next_worker.fetch_add(1, Ordering::Relaxed) % self.workers.len()
    }

    fn serve(&self, stream: Stream, peer: SocketAddr, spelling: Spelling, open: Counted) {
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

    fn refuse(&self, stream: Stream, peer: SocketAddr, spelling: Spelling) -> io::Result<()> {
        let mut last_word = Vec::new();
        let full = Event::Refused(Refusal::ServerFull(self.max_connections));
        spelling.write(&full, Hearer::default(), &mut last_word);
        let broker = Arc::clone(&self.broker);
        // No worker knows this connection, so which one it would be does not matter.
        let connection =
            Arc::new(Connection::new(peer, stream, spelling, 0, &self.config, Arc::clone(&broker.counters)));
        let Some(turned_away) = self.turned_away.one_more(TURNED_AWAY_AT_ONCE) else {
            say_last_word(&connection, &last_word);
            return Ok(());
        };
        tracing::warn!(%peer, "connection refused: limit of {} connections reached", self.max_connections);
        let running = self.running.clone();
        let task = async move {
            turn_away(connection, broker, last_word).await;
            drop((turned_away, running));
        };
        task::Builder::new().name("turned away".to_owned()).spawn(task).map(drop)
    }
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
