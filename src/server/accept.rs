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

use super::config::Config;
use super::connection::Connection;
use super::conversation::{converse, turn_away};
use super::socket::Socket;
use super::switchboard::Switchboard;
use crate::protocol::dialect::text;
use crate::protocol::event::Event;
use crate::protocol::refusal::Refusal;

/// Descriptors kept back for everything that is not a connection.
const RESERVED_DESCRIPTORS: u64 = 64;

/// Connections that are being turned away at once; beyond that they are closed without a word.
const TURNED_AWAY_AT_ONCE: usize = 32;

/// How long to accept nothing when the system has no room for one more connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Descriptors that become free one by one make many pauses of one shortage.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Never carries anything: it closes when the last task that holds it ends.
enum Nothing {}

pub(super) struct Acceptor {
    listener: Async<TcpListener>,
    switchboard: Arc<Switchboard>,
    config: Arc<Config>,
    max_connections: usize,
    open: Counter,
    turned_away: Counter,
    running: Sender<Nothing>,
}

/// Tells when every connection is closed.
pub(super) struct AllClosed(Receiver<Nothing>);

impl AllClosed {
    pub(super) async fn wait(self) {
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
    pub(super) fn new(
        listener: Async<TcpListener>,
        switchboard: Arc<Switchboard>,
        config: Config,
    ) -> (Self, AllClosed) {
        let (running, ended) = async_channel::bounded(1);
        let max_connections = config.max_connections.unwrap_or_else(connections_that_fit);
        let config = Arc::new(config);
        let (open, turned_away) = (Counter::default(), Counter::default());
        (Self { listener, switchboard, config, max_connections, open, turned_away, running }, AllClosed(ended))
    }

    /// Accepts for ever.
    pub(super) async fn accept_all(self) {
        let mut said: Option<Instant> = None;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    if let Err(error) = self.take_in(stream, peer) {
                        tracing::warn!(%peer, "cannot serve a connection: {error}");
                    }
                }
                Err(error) if is_of_one_connection(&error) => {
                    tracing::debug!("a connection was gone before it was accepted: {error}");
                }
                Err(error) => {
                    if said.is_none_or(|at| at.elapsed() >= SAY_AGAIN_AFTER) {
                        tracing::error!("accepting no connections until there is room again: {error}");
                        said = Some(Instant::now());
                    }
                    Timer::after(PAUSE).await;
                }
            }
        }
    }

    fn take_in(&self, stream: Async<TcpStream>, peer: SocketAddr) -> io::Result<()> {
        let connection = Connection::new(peer, Socket::new(stream)?, self.config.queue);
        if let Some(open) = self.open.one_more(self.max_connections) {
            self.serve(connection, open)
        } else {
            self.refuse(connection)
        }
    }

    fn serve(&self, connection: Connection, open: Counted) -> io::Result<()> {
        let peer = connection.peer;
        let conversation = converse(Arc::new(connection), Arc::clone(&self.switchboard), Arc::clone(&self.config));
        let running = self.running.clone();
        let task = async move {
            if AssertUnwindSafe(conversation).catch_unwind().await.is_err() {
                tracing::error!(%peer, "a connection ended by a panic of the server; please report it");
            }
            drop((open, running));
        };
        // Its owner is the channel that it holds open: the server waits for its end.
        task::Builder::new().name("connection".to_owned()).spawn(task).map(drop)
    }

    fn refuse(&self, connection: Connection) -> io::Result<()> {
        let Some(turned_away) = self.turned_away.one_more(TURNED_AWAY_AT_ONCE) else {
            return Ok(());
        };
        tracing::warn!(peer = %connection.peer, "turned away: {} connections", self.max_connections);
        let mut last_word = String::new();
        text::render(&Event::Refused(Refusal::ServerFull(self.max_connections)), &mut last_word);
        let running = self.running.clone();
        let task = async move {
            turn_away(&connection, last_word.as_bytes()).await;
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
