//! One connection: its socket and its outbound queue, shared between the task that reads it and whoever writes to it.

pub(in crate::server) mod encoded;
pub(in crate::server) mod outbound;
mod outlet;
mod paced;
mod reader;
pub(in crate::server) mod task;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;

use crate::hub::Origin;
use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;
use crate::server::connection::outbound::{AfterWrite, Appended, OutboundQueue, QueueLimits, Weight};
use crate::server::counters::Counters;
use crate::server::endpoint::Manner;

use crate::server::worker::buffer_pool::BufferPool;

/// The link to one client.
#[derive(Debug)]
pub(in crate::server) struct Connection {
    pub(in crate::server) peer: SocketAddr,
    pub(in crate::server) stream: Stream,
    pub(in crate::server) dialect: Dialect,
    /// Which worker runs its conversation and writes to it.
    pub(in crate::server) worker: usize,
    /// Bytes past which the client is too slow.
    pub(in crate::server) queue_hard: usize,
    outbound: Mutex<Outbound>,
    counters: Arc<Counters>,
    /// The task that owns the connection; woken when something below changes that it waits for.
    owner: AtomicWaker,
}

#[derive(Debug)]
struct Outbound {
    queue: OutboundQueue,
    charset: Charset,
    closing: Option<Closing>,
    failed: Option<io::ErrorKind>,
}

/// The server ends the connection once its queue is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Closing {
    /// The longest that the delivery may take; `None`: as long as there is progress.
    pub(in crate::server) within: Option<Duration>,
}

/// What the owner has to know before it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Status {
    pub(in crate::server) closing: Option<Closing>,
    pub(in crate::server) failed: Option<io::ErrorKind>,
    pub(in crate::server) blocked: bool,
    pub(in crate::server) queued: usize,
}

impl Connection {
    pub(in crate::server) fn new(
        peer: SocketAddr,
        stream: Stream,
        manner: Manner,
        worker: usize,
        limits: QueueLimits,
        counters: Arc<Counters>,
    ) -> Self {
        let Manner { dialect, charset } = manner;
        let limits = manner.limits(limits);
        let queue = OutboundQueue::new(limits);
        let outbound = Outbound { queue, charset, closing: None, failed: None };
        Self {
            peer,
            stream,
            dialect,
            worker,
            queue_hard: limits.hard,
            outbound: Mutex::new(outbound),
            counters,
            owner: AtomicWaker::new(),
        }
    }

    /// Where its session comes from.
    pub(in crate::server) fn origin(&self) -> Origin {
        if self.peer.ip().to_canonical().is_loopback() { Origin::Local } else { Origin::Remote }
    }

    /// The calling task is the one to wake from now on.
    pub(in crate::server) fn register_owner(&self, cx: &Context<'_>) {
        self.owner.register(cx.waker());
    }

    pub(in crate::server) fn status(&self) -> Status {
        let outbound = self.outbound();
        Status {
            closing: outbound.closing,
            failed: outbound.failed,
            blocked: outbound.queue.is_blocked(),
            queued: outbound.queue.len(),
        }
    }

    /// The charset to read the next command in, or `None` while the queue is too full to take it.
    pub(in crate::server) fn charset_of_next_command(&self) -> Option<Charset> {
        let mut outbound = self.outbound();
        outbound.queue.takes_command().then_some(outbound.charset)
    }

    pub(in crate::server) fn charset(&self) -> Charset {
        self.outbound().charset
    }

    pub(in crate::server) fn set_charset(&self, charset: Charset) {
        self.outbound().charset = charset;
    }

    /// Appends lines that `encode` gives in the connection's charset.
    pub(in crate::server) fn append<'a>(
        &self,
        weight: Weight,
        buffer_pool: &mut BufferPool,
        encode: impl FnOnce(Charset) -> &'a [u8],
    ) -> Appended {
        let mut outbound = self.outbound();
        let lines = encode(outbound.charset);
        outbound.queue.append(lines, weight, buffer_pool)
    }

    /// Drops what is queued but for the line in progress and appends a last line.
    pub(in crate::server) fn cut<'a>(&self, last: impl FnOnce(Charset) -> &'a [u8]) -> Appended {
        let mut outbound = self.outbound();
        let last = last(outbound.charset);
        let before = outbound.queue.len() + last.len();
        let appended = outbound.queue.cut(last);
        self.counters.count_dropped(before - outbound.queue.len());
        appended
    }

    /// Lets the owner deliver what is queued and close.
    pub(in crate::server) fn close(&self, closing: Closing) {
        self.outbound().closing.get_or_insert(closing);
        self.owner.wake();
    }

    /// Sees to it that what is queued is written: at once, or by the owner if the dialect has a pace.
    pub(in crate::server) fn write_due(&self, buffer_pool: &mut BufferPool) {
        match self.dialect {
            Dialect::Text if self.flush(buffer_pool) => self.owner.wake(),
            Dialect::Text => {}
            Dialect::Legacy => self.owner.wake(),
        }
    }

    /// Writes what is queued as far as the socket takes it; whether the owner has to know, which is not woken: it
    /// may be the caller. The buffers go to `buffer_pool`.
    pub(in crate::server) fn flush(&self, buffer_pool: &mut BufferPool) -> bool {
        loop {
            let Some(mut batch) = self.outbound().queue.begin_write() else {
                return false;
            };
            let result = self.stream.try_write(batch.rest());
            let mut outbound = self.outbound();
            match &result {
                Ok(bytes) => {
                    batch.advance(*bytes);
                    self.counters.count_sent(*bytes);
                }
                Err(error) => outbound.failed = Some(error.kind()),
            }
            let left = outbound.queue.len() - result.unwrap_or(0);
            let after = outbound.queue.finish_write(batch);
            // A queue that was cut meanwhile has dropped what had not begun.
            self.counters.count_dropped(left - outbound.queue.len());
            let owner_waits = outbound.closing.is_some() || outbound.queue.reader_may_go_on();
            drop(outbound);
            match after {
                AfterWrite::More(buffer) => buffer_pool.keep(buffer),
                AfterWrite::Idle(buffer) => {
                    buffer_pool.keep(buffer);
                    return owner_waits;
                }
                AfterWrite::Blocked => return true,
            }
        }
    }

    /// Gives what is queued to an owner that writes it itself; `take` says how many of the bytes it took.
    pub(in crate::server) fn hand_over(&self, mut take: impl FnMut(&[u8]) -> usize) {
        let mut outbound = self.outbound();
        while let Some(mut batch) = outbound.queue.begin_write() {
            let taken = take(batch.rest());
            batch.advance(taken);
            self.counters.count_sent(taken);
            match outbound.queue.finish_write(batch) {
                AfterWrite::More(_) => {}
                AfterWrite::Idle(_) | AfterWrite::Blocked => return,
            }
        }
    }

    /// Ready once the socket takes bytes again; for the owner of a blocked connection.
    pub(in crate::server) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_writable(cx)
    }

    fn outbound(&self) -> MutexGuard<'_, Outbound> {
        // Nothing that can panic runs between two consistent states, so a poisoned lock is as good as another.
        self.outbound.locked()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let queued = self.outbound().queue.len();
        self.counters.count_dropped(queued);
    }
}
