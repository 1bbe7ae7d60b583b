//! Whether a connection is being read: closed by whoever wants it to stall, waited at by the reader.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures::future::poll_fn;
use futures::task::AtomicWaker;

/// Open at first. One reader may wait for it at a time.
#[derive(Debug, Default)]
pub struct Gate {
    closed: AtomicBool,
    waiting: AtomicWaker,
}

impl Gate {
    /// From here on, no further read begins.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Lets the reader go on.
    pub fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.waiting.wake();
    }

    /// Completes as soon as it is open.
    pub(super) async fn opened(&self) {
        poll_fn(|context| {
            self.waiting.register(context.waker());
            if self.closed.load(Ordering::SeqCst) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}
