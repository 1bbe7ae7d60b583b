//! A worker: one task that runs the conversations of many connections and writes what has become due to them.
//!
//! It works in turns: every conversation that can go on does so, then each connection with something in its queue is
//! written to, once. So one system call carries what many commands said, nothing is woken in between, and a server
//! with one worker runs on one thread without a lock that anybody waits for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_channel::Receiver;
use futures::future::{BoxFuture, poll_fn};
use futures::stream::{FuturesUnordered, Stream, StreamExt};

use super::connection::Connection;
use super::switchboard::Switchboard;

/// A conversation, from the prompt to the end of the stream.
pub(super) type Conversation = BoxFuture<'static, ()>;

/// Connections written to before the conversations get their next turn.
const WRITES_IN_A_ROW: usize = 64;

pub(super) struct Worker {
    switchboard: Arc<Switchboard>,
    /// Which of the workers this is.
    place: usize,
    /// New conversations: at most as many as there may be connections.
    arrivals: Pin<Box<Receiver<Conversation>>>,
    conversations: FuturesUnordered<Conversation>,
    /// Connections that are being written to, from the last on.
    batch: Vec<Arc<Connection>>,
    /// An empty buffer that goes from queue to queue.
    spare: Vec<u8>,
}

impl Worker {
    pub(super) fn new(switchboard: Arc<Switchboard>, place: usize, arrivals: Receiver<Conversation>) -> Self {
        Self {
            switchboard,
            place,
            arrivals: Box::pin(arrivals),
            conversations: FuturesUnordered::new(),
            batch: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Works until it is dropped.
    pub(super) async fn work(mut self) {
        poll_fn(|cx| self.poll_turn(cx)).await;
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let switchboard = Arc::clone(&self.switchboard);
        let due = &switchboard.due[self.place];
        due.begin_turn(cx);
        while let Poll::Ready(Some(conversation)) = self.arrivals.as_mut().poll_next(cx) {
            self.conversations.push(conversation);
        }
        while let Poll::Ready(Some(())) = self.conversations.poll_next_unpin(cx) {}
        if self.batch.is_empty() {
            due.take(&mut self.batch);
        }
        let rest = self.batch.len().saturating_sub(WRITES_IN_A_ROW);
        for connection in self.batch.drain(rest..) {
            connection.write_due(&mut self.spare);
        }
        if !self.batch.is_empty() || !due.rest() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
