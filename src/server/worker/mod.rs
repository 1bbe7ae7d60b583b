//! A worker: one task that runs the conversations of many connections and writes what has become due to them.
//!
//! It works in turns: every conversation that can go on does so, then each connection with something in its queue is
//! written to, once. So one system call carries what many commands said, nothing is woken in between, and a server
//! with one worker runs on one thread without a lock that anybody waits for.

pub(in crate::server) mod buffer_pool;
mod flush_schedule;
pub(in crate::server) mod ready_list;
pub(in crate::server) mod wake;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use async_channel::Receiver;
use async_io::Timer;
use futures::future::{BoxFuture, poll_fn};
use futures::stream::{FuturesUnordered, Stream, StreamExt};

use crate::server::broker::Broker;
use crate::server::connection::Connection;
use crate::server::connection::outbound::Left;
use crate::server::worker::buffer_pool::BufferPool;
use crate::server::worker::flush_schedule::FlushSchedule;
use crate::server::worker::ready_list::ReadyList;
use crate::store::CommitId;

/// A conversation, from the prompt to the end of the stream.
pub(in crate::server) type ConversationTask = BoxFuture<'static, ()>;

/// Connections written to before the conversations get their next turn: some milliseconds. Most rooms are written in one
/// go, as looking for more input in between costs more than it brings (measured with 64 and 256).
const WRITES_IN_A_ROW: usize = 1024;

pub(in crate::server) struct Worker {
    broker: Arc<Broker>,
    /// Which of the workers this is.
    place: usize,
    /// New conversations: at most as many as there may be connections.
    arrivals: Pin<Box<Receiver<ConversationTask>>>,
    conversations: FuturesUnordered<ConversationTask>,
    rounds: FlushSchedule,
    /// Runs while the next round is held back.
    held_back: Option<Timer>,
    /// Connections to be written to in this round, from the last on.
    round: Vec<Arc<Connection>>,
    /// Buffers of queues that this round has written.
    buffer_pool: BufferPool,
    /// All commits up to this one are made: what tells of later ones waits.
    durable: CommitId,
    /// Connections with something that may be told once the store has made another commit.
    gated: Vec<Arc<Connection>>,
}

impl Worker {
    pub(in crate::server) fn new(broker: Arc<Broker>, place: usize, arrivals: Receiver<ConversationTask>) -> Self {
        Self {
            durable: broker.durable(),
            gated: Vec::new(),
            broker,
            place,
            arrivals: Box::pin(arrivals),
            conversations: FuturesUnordered::new(),
            rounds: FlushSchedule::new(Instant::now()),
            held_back: None,
            round: Vec::new(),
            buffer_pool: BufferPool::default(),
        }
    }

    /// Works until it is dropped.
    pub(in crate::server) async fn work(mut self) {
        poll_fn(|cx| self.poll_turn(cx)).await;
    }

    /// Never ready: there may always be more to do.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let broker = Arc::clone(&self.broker);
        let due = &broker.due[self.place];
        // Before anything is looked at, so that whatever is called for from here on brings another turn.
        due.begin_turn(cx);
        self.rejoin(due);
        // All conversations go on before anything is written, so that one write carries what several of them said.
        while let Poll::Ready(Some(conversation)) = self.arrivals.as_mut().poll_next(cx) {
            self.conversations.push(conversation);
        }
        while let Poll::Ready(Some(())) = self.conversations.poll_next_unpin(cx) {}
        let some_depart_later = broker.announce_departures();
        // What this turn changed becomes one commit, however many requests it was.
        broker.seal();
        // A round that is too long for one turn goes on in the next: nobody is written to twice before all were once.
        if self.round.is_empty() && self.poll_begin_round(due, cx).is_pending() {
            return Poll::Pending;
        }
        self.write_some(due);
        // Woken at once, but behind the other tasks: they must not wait for a long round.
        if some_depart_later || !self.round.is_empty() || !due.rest() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Puts what waits for the disk among what is due if the store has made another commit. A commit that is made later
    /// than this wakes the worker for another turn.
    fn rejoin(&mut self, due: &ReadyList) {
        let durable = self.broker.durable();
        if self.durable < durable {
            self.durable = durable;
            due.append(&mut self.gated, 0, 0, &mut self.buffer_pool);
        }
    }

    /// Pending while the next round is held back.
    fn poll_begin_round(&mut self, due: &ReadyList, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        // With nothing due there is nothing to hold back, and a turn that is over keeps everybody from going on.
        if now < self.rounds.next_at() && !due.is_empty() && !due.turn_is_over() {
            let held_back = self.held_back.get_or_insert_with(|| Timer::at(self.rounds.next_at()));
            ready!(Pin::new(held_back).poll(cx));
        }
        self.held_back = None;
        let deliveries = due.take(&mut self.round, &mut self.buffer_pool);
        self.rounds.begin(now, self.round.len(), deliveries);
        Poll::Ready(())
    }

    fn write_some(&mut self, due: &ReadyList) {
        if self.round.is_empty() {
            return;
        }
        let rest = self.round.len().saturating_sub(WRITES_IN_A_ROW);
        // From the end, as whatever is taken from the front moves all the others.
        for connection in self.round.drain(rest..) {
            match connection.write_due(self.durable, &mut self.buffer_pool) {
                Left::Nothing => {}
                // Not among what is due, where each turn would look at it until the commit is made.
                Left::ForDisk => self.gated.push(connection),
                Left::ForNextTurn => due.append(&mut vec![connection], 0, 0, &mut self.buffer_pool),
            }
        }
        if self.round.is_empty() {
            self.rounds.end(Instant::now());
        }
    }
}
