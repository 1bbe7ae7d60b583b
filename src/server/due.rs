//! Connections with something to write, until their worker comes round to it.
//!
//! A list instead of a wake-up for each recipient: by the time the worker comes, several commands have often been
//! carried out, and each connection is written to once for all of them. The list is bounded by the number of
//! connections, as each stands on it at most once.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use futures::task::AtomicWaker;

use super::connection::Connection;

#[derive(Debug, Default)]
pub(super) struct DueList {
    list: Mutex<List>,
    worker: AtomicWaker,
}

#[derive(Debug, Default)]
struct List {
    connections: Vec<Arc<Connection>>,
    /// The worker is at it and looks here before it rests: it need not be called.
    at_work: bool,
}

impl DueList {
    /// The queues of these connections were idle and are not any more.
    pub(super) fn append(&self, connections: &mut Vec<Arc<Connection>>) {
        if !connections.is_empty() {
            self.list().connections.append(connections);
        }
    }

    /// Calls the worker if there is something to write; once the hub's lock is released.
    pub(super) fn call_worker(&self) {
        let list = self.list();
        if !list.connections.is_empty() && !list.at_work {
            drop(list);
            self.worker.wake();
        }
    }

    /// The worker is at it, and need not be called until it rests.
    pub(super) fn begin_turn(&self, cx: &Context<'_>) {
        self.worker.register(cx.waker());
        self.list().at_work = true;
    }

    /// Swaps what is due into the empty `batch`.
    pub(super) fn take(&self, batch: &mut Vec<Arc<Connection>>) {
        mem::swap(&mut self.list().connections, batch);
    }

    /// The worker rests until it is called, unless something has become due: then it is false.
    pub(super) fn rest(&self) -> bool {
        let mut list = self.list();
        list.at_work = !list.connections.is_empty();
        !list.at_work
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
