//! Connections with something to write, until their worker comes round to it.
//!
//! A list instead of a wake-up for each recipient: by the time the worker comes, several commands have often been
//! carried out, and each connection is written to once for all of them. The list is bounded by the number of
//! connections, as each stands on it at most once.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Context;

use futures::task::AtomicWaker;

use crate::lock::Locked;
use crate::server::connection::Connection;
use crate::server::worker::buffer_pool::BufferPool;

/// Deliveries from which on what is due is written before any conversation goes on, so that a storm of joins or
/// departures, each told to thousands, is neither one long silence nor kept in memory whole. Fewer would be worse: the
/// storm would be written in more rounds, and everybody's turn would come later (measured with 16,384).
const DELIVERIES_IN_A_TURN: u64 = 131_072;

#[derive(Debug, Default)]
pub(in crate::server) struct ReadyList {
    list: Mutex<List>,
    worker: AtomicWaker,
}

#[derive(Debug, Default)]
struct List {
    connections: Vec<Arc<Connection>>,
    /// Buffers of queues that were written, for those that will be filled.
    buffer_pool: BufferPool,
    /// What was appended to any queue since the list was last taken.
    deliveries: u64,
    /// The worker is at it and looks here before it rests: it need not be called.
    at_work: bool,
}

impl ReadyList {
    /// The queues of these connections were idle and are not any more, by so many deliveries to these or to others.
    /// Gives `buffer_pool` what the worker has brought back.
    pub(in crate::server) fn append(
        &self,
        connections: &mut Vec<Arc<Connection>>,
        deliveries: u64,
        buffer_pool: &mut BufferPool,
    ) {
        let mut list = self.list();
        buffer_pool.take_over(&mut list.buffer_pool);
        list.connections.append(connections);
        list.deliveries += deliveries;
    }

    /// Calls the worker if there is something to write; once the hub's lock is released.
    pub(in crate::server) fn call_worker(&self) {
        let list = self.list();
        if !list.connections.is_empty() && !list.at_work {
            drop(list);
            self.worker.wake();
        }
    }

    /// Calls the worker, which may have held back what has been committed now. It may be at work already, and past the
    /// place where it looks.
    pub(in crate::server) fn call_worker_to_gates(&self) {
        self.worker.wake();
    }

    /// The worker is at it, and need not be called until it rests.
    pub(in crate::server) fn begin_turn(&self, cx: &Context<'_>) {
        self.worker.register(cx.waker());
        self.list().at_work = true;
    }

    /// Swaps what is due into the empty `batch` and brings `buffer_pool` back; returns how many deliveries the batch carries.
    pub(in crate::server) fn take(&self, batch: &mut Vec<Arc<Connection>>, buffer_pool: &mut BufferPool) -> u64 {
        let mut list = self.list();
        list.buffer_pool.take_over(buffer_pool);
        mem::swap(&mut list.connections, batch);
        mem::take(&mut list.deliveries)
    }

    /// Whether nothing is due.
    pub(in crate::server) fn is_empty(&self) -> bool {
        self.list().connections.is_empty()
    }

    /// Whether so much was said that it has to be written before more is.
    pub(in crate::server) fn turn_is_over(&self) -> bool {
        self.list().deliveries >= DELIVERIES_IN_A_TURN
    }

    /// The worker rests until it is called, unless something has become due: then it is false.
    pub(in crate::server) fn rest(&self) -> bool {
        let mut list = self.list();
        list.at_work = !list.connections.is_empty();
        !list.at_work
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.locked()
    }
}
