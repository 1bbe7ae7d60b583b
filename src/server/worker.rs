//! A worker: one task that runs the conversations of many connections and writes what has become due to them.
//!
//! It works in turns: every conversation that can go on does so, then each connection with something in its queue is
//! written to, once. So one system call carries what many commands said, nothing is woken in between, and a server
//! with one worker runs on one thread without a lock that anybody waits for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use async_channel::Receiver;
use async_io::Timer;
use futures::future::{BoxFuture, poll_fn};
use futures::stream::{FuturesUnordered, Stream, StreamExt};

use super::connection::Connection;
use super::due::DueList;
use super::rounds::Rounds;
use super::spares::Spares;
use super::switchboard::Switchboard;

/// A conversation, from the prompt to the end of the stream.
pub(super) type Conversation = BoxFuture<'static, ()>;

/// Connections written to before the conversations get their next turn: some milliseconds. Most rooms are written in one
/// go, as looking for more input in between costs more than it brings (measured with 64 and 256).
const WRITES_IN_A_ROW: usize = 1024;

pub(super) struct Worker {
    switchboard: Arc<Switchboard>,
    /// Which of the workers this is.
    place: usize,
    /// New conversations: at most as many as there may be connections.
    arrivals: Pin<Box<Receiver<Conversation>>>,
    conversations: FuturesUnordered<Conversation>,
    rounds: Rounds,
    /// Runs while the next round is held back.
    held_back: Option<Timer>,
    /// Connections to be written to in this round, from the last on.
    round: Vec<Arc<Connection>>,
    /// Buffers of queues that this round has written.
    spares: Spares,
}

impl Worker {
    pub(super) fn new(switchboard: Arc<Switchboard>, place: usize, arrivals: Receiver<Conversation>) -> Self {
        Self {
            switchboard,
            place,
            arrivals: Box::pin(arrivals),
            conversations: FuturesUnordered::new(),
            rounds: Rounds::new(Instant::now()),
            held_back: None,
            round: Vec::new(),
            spares: Spares::default(),
        }
    }

    /// Works until it is dropped.
    pub(super) async fn work(mut self) {
        poll_fn(|cx| self.poll_turn(cx)).await;
    }

    /// Never ready: there may always be more to do.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let switchboard = Arc::clone(&self.switchboard);
        let due = &switchboard.due[self.place];
        due.begin_turn(cx);
        while let Poll::Ready(Some(conversation)) = self.arrivals.as_mut().poll_next(cx) {
            self.conversations.push(conversation);
        }
        while let Poll::Ready(Some(())) = self.conversations.poll_next_unpin(cx) {}
        if self.round.is_empty() && self.poll_begin_round(due, cx).is_pending() {
            return Poll::Pending;
        }
        self.write_some();
        if !self.round.is_empty() || !due.rest() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Pending while the next round is held back.
    fn poll_begin_round(&mut self, due: &DueList, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        if now < self.rounds.next_at() && !due.is_empty() && !due.turn_is_over() {
            let held_back = self.held_back.get_or_insert_with(|| Timer::at(self.rounds.next_at()));
            ready!(Pin::new(held_back).poll(cx));
        }
        self.held_back = None;
        let deliveries = due.take(&mut self.round, &mut self.spares);
        self.rounds.begin(now, self.round.len(), deliveries);
        Poll::Ready(())
    }

    fn write_some(&mut self) {
        if self.round.is_empty() {
            return;
        }
        let rest = self.round.len().saturating_sub(WRITES_IN_A_ROW);
        for connection in self.round.drain(rest..) {
            connection.write_due(&mut self.spares);
        }
        if self.round.is_empty() {
            self.rounds.end(Instant::now());
        }
    }
}
