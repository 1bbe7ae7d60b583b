//! One connection: its stream and what goes out on it, shared between the task that reads it and whoever writes to it.

pub(in crate::server) mod encoded;
pub(in crate::server) mod outbound;
mod reader;
pub(in crate::server) mod task;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use crate::hub::SessionOrigin;
use crate::net::Stream;
use crate::protocol::dialect::{Dialect, Spelling};
use crate::server::config::Config;
use crate::server::connection::outbound::queue::QueueLimits;
use crate::server::connection::outbound::{Left, Outbound};
use crate::server::counters::Counters;
use crate::server::worker::buffer_pool::BufferPool;
use crate::store::CommitId;

/// The link to one client. What every delivery looks at stands first, as in [`Outbound`].
#[derive(Debug)]
#[repr(C)]
pub(in crate::server) struct Connection {
    pub(in crate::server) stream: Stream,
    /// Which worker runs its conversation and writes to it.
    pub(in crate::server) worker: usize,
    pub(in crate::server) dialect: Dialect,
    /// The client has said that it goes, and does so when it has its turn.
    leaves: AtomicBool,
    pub(in crate::server) outbound: Outbound,
    pub(in crate::server) peer: SocketAddr,
    /// What the log calls it: the first since the server started is 1.
    pub(in crate::server) number: u64,
    /// How many bytes may wait for the client.
    pub(in crate::server) limits: QueueLimits,
    /// When something last came from the client, in milliseconds since the server started.
    heard_at: AtomicU64,
}

impl Connection {
    pub(in crate::server) fn new(
        peer: SocketAddr,
        stream: Stream,
        spelling: Spelling,
        worker: usize,
        config: &Config,
        counters: Arc<Counters>,
    ) -> Self {
        let hard = config.queue.hard.saturating_mul(spelling.dialect.hard_limits());
        let limits = QueueLimits { hard, ..config.queue };
        let number = counters.number_connection();
        let outbound = Outbound::new(spelling, limits, config.write_timeout, counters);
        let (leaves, heard_at) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { stream, worker, dialect: spelling.dialect, leaves, outbound, peer, number, limits, heard_at }
    }

    /// The client goes: it is told nothing more of others.
    pub(in crate::server) fn leave(&self) {
        self.leaves.store(true, Ordering::Relaxed);
    }

    /// Whether the client goes.
    pub(in crate::server) fn leaves(&self) -> bool {
        self.leaves.load(Ordering::Relaxed)
    }

    /// Notes that something came from the client now.
    pub(in crate::server) fn hear(&self, now: Duration) {
        self.heard_at.store(u64::try_from(now.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// When something last came from the client, since the server started.
    pub(in crate::server) fn heard_at(&self) -> Duration {
        Duration::from_millis(self.heard_at.load(Ordering::Relaxed))
    }

    /// Where its session comes from.
    pub(in crate::server) fn origin(&self) -> SessionOrigin {
        if self.stream.is_local() {
            return SessionOrigin::Operator;
        }
        match (self.peer.ip().to_canonical().is_loopback(), self.stream.is_secure()) {
            (true, _) => SessionOrigin::Local,
            (false, true) => SessionOrigin::RemoteSecure,
            (false, false) => SessionOrigin::Remote,
        }
    }

    /// Writes what is due, for the worker; says who has to come again.
    pub(in crate::server) fn write_due(&self, durable: CommitId, pool: &mut BufferPool) -> Left {
        match self.outbound.poll_write(&self.stream, durable, pool) {
            Poll::Ready(Ok(flushed)) => {
                if flushed.owner_waits {
                    self.outbound.wake_owner();
                }
                flushed.left
            }
            Poll::Ready(Err(_)) => {
                self.outbound.wake_owner();
                Left::Nothing
            }
            Poll::Pending => Left::Nothing,
        }
    }
}
