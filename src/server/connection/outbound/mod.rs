//! What goes out to one client, and the only way to its stream: [`Outbound::poll_write`], for the worker and for the task
//! that owns the connection.
//!
//! Everything that decides whether bytes may go is in one value, under one lock that is never held during a write: the
//! queue, which of it waits for the disk, the pace of the dialect, the socket that takes no more. Whatever has to be waited
//! for (the socket, a pause) wakes the owner, whoever has written; what waits for the disk is the worker's.

mod blocks;
mod marks;
pub(in crate::server) mod queue;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_io::Timer;

use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::irc::Features;
use crate::protocol::dialect::{Pacing, Spelling};
use crate::server::counters::Counters;
use crate::server::worker::buffer_pool::BufferPool;
use crate::store::CommitId;
use blocks::{Blocks, NextBlock};
use queue::{AfterWrite, Appended, OutboundQueue, QueueLimits, Watched, Weight, WriteBatch};

/// Writes to one client before the others get their turn.
const WRITES_IN_A_ROW: usize = 64;

/// The longest that the delivery of what is queued may take when a session has ended.
pub(in crate::server) const REST_WITHIN: Duration = Duration::from_secs(30);

/// The server ends the connection once its queue is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Closing {
    /// The longest that the delivery may take, even with progress.
    pub(in crate::server) within: Duration,
}

/// Why nothing more can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Stuck {
    /// The connection is broken.
    Broken(io::ErrorKind),
    /// The client took nothing for too long.
    TimedOut,
}

/// What a write leaves to do; decided once, under the queue's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Flushed {
    /// The owner waits for what has happened: a command may be taken again, or all is delivered. It is not woken, as it
    /// may be the caller.
    pub(in crate::server) owner_waits: bool,
    /// Who has to come again.
    pub(in crate::server) left: Left,
}

/// Why bytes are left that the socket has not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Left {
    /// None are, or the owner waits for the socket or the pace.
    Nothing,
    /// They may not be told yet: the worker comes again when the store has made another commit.
    ForDisk,
    /// The others come first: the worker comes again in its next turn.
    ForNextTurn,
}

/// What the owner has to know before it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct OutboundStatus {
    pub(in crate::server) closing: Option<Closing>,
    pub(in crate::server) stuck: Option<Stuck>,
    /// Everything that was queued has been written.
    pub(in crate::server) delivered: bool,
    /// The socket or the pace is waited for: the owner has to ask whether it may be written again.
    pub(in crate::server) waits: bool,
    /// Only what is not kept yet waits: nothing of it may be told.
    pub(in crate::server) waits_for_disk: bool,
}

/// Everything that goes out to one client.
#[derive(Debug)]
pub(in crate::server) struct Outbound(Mutex<OutboundState>);

/// What every delivery looks at stands first and together, in few lines of the processor's cache: a room of 200 is 200 of
/// these, and the system call for each takes much of the cache away.
#[derive(Debug)]
#[repr(C)]
struct OutboundState {
    spelling: Spelling,
    stuck: Option<Stuck>,
    /// The stream has taken bytes that the socket has not.
    is_held_back: bool,
    queue: OutboundQueue,
    pace: Pace,
    wait: Wait,
    /// Something while the socket does not take all.
    blocked: Option<Box<Blocked>>,
    counters: Arc<Counters>,
    closing: Option<Closing>,
    /// The task that owns the connection.
    owner: Waker,
    /// The longest that the client may take nothing of what waits for it.
    write_timeout: Duration,
    /// Bytes of answers that came after their command was charged.
    owed: u64,
}

/// A client that does not read as fast as it is written to.
#[derive(Debug)]
struct Blocked {
    /// When the socket last took something, or began to take nothing.
    since: Instant,
    /// Runs from then on, until the socket takes bytes again.
    patience: Timer,
}

/// When the queue may be written.
#[derive(Debug)]
enum Pace {
    /// As soon as the socket takes it.
    AtOnce,
    /// In blocks, with pauses between them.
    Blocks(Box<Blocks>),
}

/// What has to happen before anything more is written.
#[derive(Debug)]
enum Wait {
    /// Nothing.
    No,
    /// The socket must take bytes again.
    Socket,
    /// A pause must pass.
    Pause(Box<Timer>),
}

impl Outbound {
    pub(in crate::server) fn new(
        spelling: Spelling,
        limits: QueueLimits,
        write_timeout: Duration,
        counters: Arc<Counters>,
    ) -> Self {
        let pace = match spelling.pacing() {
            Pacing::AtOnce => Pace::AtOnce,
            Pacing::Blocks(writer) => Pace::Blocks(Box::new(Blocks::new(writer))),
        };
        Self(Mutex::new(OutboundState {
            queue: OutboundQueue::new(limits, spelling.framing),
            pace,
            spelling,
            closing: None,
            stuck: None,
            wait: Wait::No,
            is_held_back: false,
            write_timeout,
            blocked: None,
            owner: Waker::noop().clone(),
            counters,
            owed: 0,
        }))
    }

    /// How things stand. The calling task is the owner, and the one to wake from now on.
    pub(in crate::server) fn status(&self, cx: &Context<'_>) -> OutboundStatus {
        let mut state = self.state();
        if !state.owner.will_wake(cx.waker()) {
            state.owner = cx.waker().clone();
        }
        OutboundStatus {
            closing: state.closing,
            stuck: state.stuck,
            delivered: state.is_delivered(),
            waits: state.waits(),
            waits_for_disk: state.queue.is_gated(),
        }
    }

    /// Bytes that wait, and for how long none of them was taken.
    pub(in crate::server) fn unread(&self) -> (usize, Duration) {
        let state = self.state();
        (state.queue.len(), state.blocked.as_ref().map(|blocked| blocked.since.elapsed()).unwrap_or_default())
    }

    /// How many bytes were appended since the beginning, and how many of them are written; `None` while that is not known.
    pub(in crate::server) fn progress(&self) -> Option<(u64, u64)> {
        self.state().queue.progress()
    }

    /// How a queue has done that was past its hard limit.
    pub(in crate::server) fn look_again(&self) -> Watched {
        self.state().queue.look_again()
    }

    /// The charset to read the next command in, or `None` while the queue is too full to take it.
    pub(in crate::server) fn charset_of_next_command(&self) -> Option<Charset> {
        let mut state = self.state();
        state.queue.takes_command().then_some(state.spelling.charset)
    }

    pub(in crate::server) fn charset(&self) -> Charset {
        self.state().spelling.charset
    }

    /// How the client is spoken to now.
    pub(in crate::server) fn spelling(&self) -> Spelling {
        self.state().spelling
    }

    pub(in crate::server) fn set_charset(&self, charset: Charset) {
        self.state().spelling.charset = charset;
    }

    pub(in crate::server) fn set_numbers(&self, numbered: bool) {
        self.state().spelling.numbered = numbered;
    }

    pub(in crate::server) fn set_features(&self, features: Features) {
        self.state().spelling.features = features;
    }

    /// What was appended since the queue was held, which it is no longer.
    pub(in crate::server) fn take_held(&self) -> Vec<u8> {
        self.state().queue.take_held()
    }

    /// Appends lines that `encode` gives in the connection's spelling, not to be told before this commit is made.
    pub(in crate::server) fn append<'a>(
        &self,
        weight: Weight,
        commit: CommitId,
        pool: &mut BufferPool,
        encode: impl FnOnce(Spelling) -> &'a [u8],
    ) -> Appended {
        let mut state = self.state();
        // Encoded under the queue's lock: a line is in the charset that the lines before it have announced.
        let lines = encode(state.spelling);
        state.queue.append(lines, weight, commit, pool)
    }

    /// An answer is sought: what is appended from now on stands behind it, and no command is taken before it is there.
    pub(in crate::server) fn hold(&self) {
        self.state().queue.hold();
    }

    /// Whether an answer is sought.
    pub(in crate::server) fn is_held(&self) -> bool {
        self.state().queue.is_held()
    }

    /// Appends the answer that was sought, and behind it what has been said meanwhile.
    pub(in crate::server) fn release<'a>(
        &self,
        pool: &mut BufferPool,
        encode: impl FnOnce(Spelling) -> &'a [u8],
    ) -> Appended {
        let mut state = self.state();
        let answer = encode(state.spelling);
        state.owed += answer.len() as u64;
        state.queue.release(answer, pool)
    }

    /// A command is under way. After some, nothing more is taken before it is back.
    pub(in crate::server) fn submitted(&self, bars: bool) {
        self.state().queue.submitted(bars);
    }

    /// A command that was under way is back, and what it cost its client.
    pub(in crate::server) fn carried_out(&self, cost: u64) {
        let mut state = self.state();
        state.queue.carried_out();
        state.owed += cost;
        let owner = (state.queue.reader_may_go_on() || state.queue.under_way() == 0).then(|| state.owner.clone());
        // Woken without the lock: it may run at once.
        drop(state);
        if let Some(owner) = owner {
            owner.wake();
        }
    }

    /// Commands under way.
    pub(in crate::server) fn under_way(&self) -> usize {
        self.state().queue.under_way()
    }

    /// Puts lines in front of what waits for the disk.
    pub(in crate::server) fn tell_ahead<'a>(&self, encode: impl FnOnce(Spelling) -> &'a [u8]) -> Appended {
        let mut state = self.state();
        let lines = encode(state.spelling);
        state.queue.tell_ahead(lines)
    }

    /// Bytes of answers that were sought and have not been charged.
    pub(in crate::server) fn take_owed(&self) -> u64 {
        std::mem::take(&mut self.state().owed)
    }

    /// Drops what is queued but for the message in progress and appends a last line; `None` if that was done before.
    pub(in crate::server) fn cut(&self, last: &[u8]) -> Option<Appended> {
        let mut state = self.state();
        if state.queue.is_cut() {
            return None;
        }
        let before = state.queue.len() + last.len();
        let appended = state.queue.cut(last);
        state.counters.count_dropped(before - state.queue.len());
        Some(appended)
    }

    /// Lets the owner deliver what is queued and close.
    pub(in crate::server) fn close(&self, closing: Closing) {
        self.state().closing.get_or_insert(closing);
        self.wake_owner();
    }

    pub(in crate::server) fn wake_owner(&self) {
        // Cloned, so that it is woken without the lock: it may run at once and want to know how things stand.
        let owner = self.state().owner.clone();
        owner.wake();
    }

    /// Writes what may go: what the store has made safe up to `durable`, at the dialect's pace, as far as the stream
    /// takes it. The buffers go to `pool`.
    ///
    /// Ready if something was written or somebody has to come again. Pending if nothing could be written: if the stream
    /// or the pace hinders it, the owner is woken when that is over, whoever has called.
    pub(in crate::server) fn poll_write(
        &self,
        stream: &Stream,
        durable: CommitId,
        pool: &mut BufferPool,
    ) -> Poll<Result<Flushed, Stuck>> {
        let mut state = self.state();
        let was_held_back = state.is_held_back;
        let mut wrote = false;
        for _ in 0..WRITES_IN_A_ROW {
            let Some(batch) = state.next_batch(stream, durable, pool) else {
                // That the last bytes are on their way now is news too.
                return state.flushed(wrote || was_held_back && !state.is_held_back, Left::Nothing);
            };
            // The system call is made without the lock, so that whoever holds the hub's lock never waits for it to
            // append. No other writer takes what is left meanwhile: the batch is in our hands.
            drop(state);
            let written = stream.try_write(batch.rest());
            let is_held_back = stream.holds_bytes();
            state = self.state();
            wrote |= written.as_ref().is_ok_and(|bytes| *bytes > 0);
            state.take_back(batch, written, is_held_back, pool);
            // The usual end: all that was there is written, and nothing came meanwhile.
            if state.is_at_rest() {
                return state.flushed(wrote, Left::Nothing);
            }
        }
        state.flushed(wrote, Left::ForNextTurn)
    }

    fn state(&self) -> MutexGuard<'_, OutboundState> {
        self.0.locked()
    }
}

impl OutboundState {
    fn is_delivered(&self) -> bool {
        self.queue.len() == 0
            && !self.is_held_back
            && match &self.pace {
                Pace::AtOnce => true,
                Pace::Blocks(blocks) => blocks.is_empty(),
            }
    }

    /// Whether the queue is all that there is, and nothing of it or of what the stream holds is to be written.
    fn is_at_rest(&self) -> bool {
        matches!(self.pace, Pace::AtOnce) && self.queue.is_idle() && !self.is_held_back
    }

    fn waits(&self) -> bool {
        match self.wait {
            Wait::No => false,
            Wait::Socket | Wait::Pause(_) => true,
        }
    }

    /// What to write now; `None` if there is nothing or it has to wait.
    fn next_batch(&mut self, stream: &Stream, durable: CommitId, pool: &mut BufferPool) -> Option<WriteBatch> {
        while self.may_write(stream) {
            match &mut self.pace {
                Pace::AtOnce => return self.queue.begin_write(durable, pool),
                Pace::Blocks(blocks) => {
                    self.counters.count_sent(blocks.take_from(&mut self.queue, durable, pool));
                    match blocks.next(pool) {
                        NextBlock::Write(block) => return Some(WriteBatch::from(block)),
                        NextBlock::After(wait) => self.wait = Wait::Pause(Box::new(Timer::after(wait))),
                        NextBlock::Nothing => return None,
                    }
                }
            }
        }
        None
    }

    /// Whether nothing hinders a write. If the socket or the pace does, the owner is woken when that is over.
    fn may_write(&mut self, stream: &Stream) -> bool {
        if self.stuck.is_some() {
            return false;
        }
        // The owner waits, whoever has called: a worker has other connections to write to.
        let cx = &mut Context::from_waker(&self.owner);
        let is_over = match &mut self.wait {
            Wait::No => true,
            Wait::Pause(timer) => Pin::new(&mut **timer).poll(cx).is_ready(),
            Wait::Socket => match stream.poll_writable(cx) {
                Poll::Ready(Ok(())) => true,
                Poll::Ready(Err(error)) => {
                    self.stuck = Some(Stuck::Broken(error.kind()));
                    false
                }
                Poll::Pending => {
                    let patience = self.blocked.as_mut().map(|blocked| Pin::new(&mut blocked.patience));
                    if patience.is_some_and(|timer| timer.poll(cx).is_ready()) {
                        self.stuck = Some(Stuck::TimedOut);
                    }
                    false
                }
            },
        };
        if is_over {
            if matches!(self.wait, Wait::Socket) {
                self.is_held_back = false;
            }
            self.wait = Wait::No;
        }
        is_over && self.stuck.is_none()
    }

    /// Takes back a batch, of which the stream has taken this many bytes, and perhaps holds some of them back.
    fn take_back(
        &mut self,
        mut batch: WriteBatch,
        written: io::Result<usize>,
        is_held_back: bool,
        pool: &mut BufferPool,
    ) {
        let bytes = written.unwrap_or_else(|error| {
            self.stuck = Some(Stuck::Broken(error.kind()));
            0
        });
        self.is_held_back = is_held_back;
        // Taken short, the socket has no room: a second attempt would be a system call that finds that out again.
        let is_full = is_held_back || bytes < batch.rest().len();
        match &mut self.pace {
            Pace::AtOnce => {
                batch.advance(bytes);
                self.counters.count_sent(bytes);
                let left = self.queue.len() - bytes;
                if let AfterWrite::Written(buffer) = self.queue.finish_write(batch) {
                    pool.keep(buffer);
                }
                // A queue that was cut meanwhile has dropped what had not begun.
                self.counters.count_dropped(left - self.queue.len());
            }
            Pace::Blocks(blocks) => {
                blocks.written(bytes);
                pool.keep(batch.into_buffer());
            }
        }
        // Patience is for clients that take nothing; counted from the last write that took something. One that takes a
        // little is for the hard limit to judge.
        if bytes > 0 || !is_full {
            self.blocked = None;
        }
        if is_full {
            self.wait = Wait::Socket;
            let timeout = self.write_timeout;
            self.blocked
                .get_or_insert_with(|| Box::new(Blocked { since: Instant::now(), patience: Timer::after(timeout) }));
        }
    }

    /// The result of a write. `left` is the reason why more could be written, if there is more.
    fn flushed(&self, wrote: bool, left: Left) -> Poll<Result<Flushed, Stuck>> {
        if let Some(stuck) = self.stuck {
            return Poll::Ready(Err(stuck));
        }
        let delivered = self.is_delivered();
        // What waits for the socket or the pace is the owner's: nobody else has to come again.
        let left = if self.waits() || delivered {
            Left::Nothing
        } else if self.queue.is_gated() {
            Left::ForDisk
        } else {
            left
        };
        if !wrote && left == Left::Nothing {
            return Poll::Pending;
        }
        let owner_waits = self.closing.is_some() && delivered || self.queue.reader_may_go_on();
        Poll::Ready(Ok(Flushed { owner_waits, left }))
    }
}

impl Drop for OutboundState {
    fn drop(&mut self) {
        self.counters.count_dropped(self.queue.len());
    }
}

#[cfg(test)]
mod tests;
