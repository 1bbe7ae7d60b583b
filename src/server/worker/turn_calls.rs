//! Calls of conversations for a turn of their worker. Those that come while it is at it, and has not looked at the
//! conversations yet, ask for nothing more: without this, each turn would bring another one in which nothing happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

use futures::task::AtomicWaker;

#[derive(Debug, Default)]
pub(super) struct TurnCalls {
    worker: AtomicWaker,
    at_work: AtomicBool,
    called: AtomicBool,
}

impl TurnCalls {
    /// The worker is at it: it looks here before it rests.
    pub(super) fn begin_turn(&self, cx: &Context<'_>) {
        self.worker.register(cx.waker());
        self.at_work.store(true, Ordering::SeqCst);
    }

    /// The worker looks at the conversations now: whoever has called so far is heard.
    pub(super) fn answer(&self) {
        self.called.store(false, Ordering::SeqCst);
    }

    /// The worker rests until it is called. True if it has been called since it answered.
    pub(super) fn end_turn(&self) -> bool {
        self.at_work.store(false, Ordering::SeqCst);
        self.called.swap(false, Ordering::SeqCst)
    }
}

impl Wake for TurnCalls {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.called.store(true, Ordering::SeqCst);
        if !self.at_work.load(Ordering::SeqCst) {
            self.worker.wake();
        }
    }
}
