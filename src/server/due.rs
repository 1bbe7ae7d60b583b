//! Connections with something to write, and the task that writes it.
//!
//! One list and one task instead of a wake-up for each recipient: by the time the task runs, several commands have
//! often been carried out, and each connection is written to once for all of them. The list is bounded by the number
//! of connections, as each stands on it at most once.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_std::task;
use futures::future::poll_fn;
use futures::task::AtomicWaker;

use super::connection::Connection;

/// Connections written to before other tasks get their turn.
const WRITES_IN_A_ROW: usize = 64;

#[derive(Debug, Default)]
pub(super) struct DueList {
    connections: Mutex<Vec<Arc<Connection>>>,
    writer: AtomicWaker,
}

impl DueList {
    /// The queues of these connections were idle and are not any more.
    pub(super) fn append(&self, connections: &mut Vec<Arc<Connection>>) {
        self.list().append(connections);
    }

    /// Calls the writer if there is something to write; once the hub's lock is released.
    pub(super) fn call_writer(&self) {
        if !self.list().is_empty() {
            self.writer.wake();
        }
    }

    /// Writes what is due, for ever.
    pub(super) async fn write_all(&self) {
        let mut batch = Vec::new();
        let mut spare = Vec::new();
        loop {
            self.take(&mut batch).await;
            for (written, connection) in (1..).zip(batch.drain(..)) {
                connection.write_due(&mut spare);
                if written % WRITES_IN_A_ROW == 0 {
                    task::yield_now().await;
                }
            }
        }
    }

    /// Waits for connections and swaps them into the empty `batch`.
    async fn take(&self, batch: &mut Vec<Arc<Connection>>) {
        poll_fn(|cx| {
            self.writer.register(cx.waker());
            mem::swap(&mut *self.list(), batch);
            if batch.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    fn list(&self) -> MutexGuard<'_, Vec<Arc<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
