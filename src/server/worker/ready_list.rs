//! Connections with something to write, until their worker comes round to it.
//!
//! A list instead of a wake-up for each recipient: by the time the worker comes, several commands have often been
//! carried out, and each connection is written to once for all of them. The list is bounded by the number of
//! connections, as each stands on it at most once.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};

use futures::task::AtomicWaker;

use crate::lock::Locked;
use crate::server::connection::Connection;
use crate::server::worker::buffer_pool::BufferPool;

/// Deliveries from which on what is due is written before any conversation goes on, so that a storm of joins or
/// departures, each told to thousands, is neither one long silence nor kept in memory whole. Fewer would be worse: the
/// storm would be written in more rounds, and everybody's turn would come later (measured with 16,384).
const DELIVERIES_IN_A_TURN: u64 = 131_072;

/// The same for bytes: long answers to many are no turn either.
const BYTES_IN_A_TURN: u64 = 16 * 1024 * 1024;

/// Deliveries from which on further users depart in the next turn, behind those who talk: of a crowd that goes in one
/// moment, the first are told to all who are still there, and the others to those who stay.
const DEPARTED_IN_A_TURN: u64 = 8192;

/// Lines that all clients together may have taken in a turn, shared among those that have some.
const LINES_IN_A_TURN: usize = 1024;

/// Lines of one client taken in a row, however few others there are.
const LINES_IN_A_ROW: usize = 64;

#[derive(Debug, Default)]
pub(in crate::server) struct ReadyList {
    list: Mutex<List>,
    worker: AtomicWaker,
    /// Clients that had lines in this turn, and in the last one.
    talking: AtomicUsize,
    talked: AtomicUsize,
}

#[derive(Debug, Default)]
struct List {
    connections: Vec<Arc<Connection>>,
    /// Buffers of queues that were written, for those that will be filled.
    buffer_pool: BufferPool,
    /// What was appended to any queue since the list was last taken.
    deliveries: u64,
    /// How many bytes these were.
    bytes: u64,
    /// What of the deliveries tells that somebody has departed.
    departed: u64,
    /// Conversations that wait for the next turn.
    postponed: Vec<Waker>,
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
        bytes: u64,
        buffer_pool: &mut BufferPool,
    ) {
        let mut list = self.list();
        buffer_pool.take_over(&mut list.buffer_pool);
        list.connections.append(connections);
        list.deliveries += deliveries;
        list.bytes += bytes;
    }

    /// Calls the worker if there is something to write; once the hub's lock is released.
    pub(in crate::server) fn call_worker(&self) {
        let list = self.list();
        if !list.connections.is_empty() && !list.at_work {
            // Released first: a worker of another thread would wake up to a list that is locked.
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
        let postponed = {
            let mut list = self.list();
            list.at_work = true;
            mem::take(&mut list.postponed)
        };
        // Without the lock, as whatever is woken may want it.
        postponed.into_iter().for_each(Waker::wake);
        // How many will talk in this turn is known at its end: the last one stands for it.
        self.talked.store(self.talking.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// How many lines a client may have taken in a row: the more clients have some, the fewer.
    pub(in crate::server) fn lines_in_a_row(&self) -> usize {
        self.talking.fetch_add(1, Ordering::Relaxed);
        lines_in_a_row(self.talked.load(Ordering::Relaxed))
    }

    /// Swaps what is due into the empty `batch` and brings `buffer_pool` back; returns how many deliveries the batch carries.
    pub(in crate::server) fn take(&self, batch: &mut Vec<Arc<Connection>>, buffer_pool: &mut BufferPool) -> u64 {
        let mut list = self.list();
        list.buffer_pool.take_over(buffer_pool);
        // Swapped, so that both keep their room and a round allocates nothing.
        mem::swap(&mut list.connections, batch);
        list.bytes = 0;
        list.departed = 0;
        mem::take(&mut list.deliveries)
    }

    /// Whether nothing is due.
    pub(in crate::server) fn is_empty(&self) -> bool {
        self.list().connections.is_empty()
    }

    /// Whether so much was said that it has to be written before more is.
    pub(in crate::server) fn turn_is_over(&self) -> bool {
        let list = self.list();
        list.deliveries >= DELIVERIES_IN_A_TURN || list.bytes >= BYTES_IN_A_TURN
    }

    /// What was appended to any queue in this turn.
    pub(in crate::server) fn deliveries(&self) -> u64 {
        self.list().deliveries
    }

    /// That somebody has departed was told so often.
    pub(in crate::server) fn count_departed(&self, deliveries: u64) {
        self.list().departed += deliveries;
    }

    /// Whether so many have departed that the next ones have to wait for the next turn.
    pub(in crate::server) fn departures_wait(&self) -> bool {
        self.list().departed >= DEPARTED_IN_A_TURN
    }

    /// The conversation goes on in the next turn. (One that wakes itself would end this one.)
    pub(in crate::server) fn postpone(&self, cx: &Context<'_>) {
        self.list().postponed.push(cx.waker().clone());
    }

    /// The worker rests until it is called, unless something has become due: then it is false.
    pub(in crate::server) fn rest(&self) -> bool {
        let mut list = self.list();
        // Under the list's lock: who appends now either is seen here or sees that the worker has to be called.
        list.at_work = !list.connections.is_empty() || !list.postponed.is_empty();
        !list.at_work
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.locked()
    }
}

fn lines_in_a_row(talking: usize) -> usize {
    (LINES_IN_A_TURN / talking.max(1)).clamp(1, LINES_IN_A_ROW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_clients_talk_the_fewer_lines_each_has_in_a_row() {
        assert_eq!([0, 1, 16, 100, 1024, 9999].map(lines_in_a_row), [64, 64, 64, 10, 1, 1]);
    }
}
