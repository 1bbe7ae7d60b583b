//! The outbound queue of one connection, as a value: bytes wait here until a writer takes them all at once.
//!
//! Appending never waits. The queue is bounded in bytes: past the soft limit its owner takes no further command; past the
//! hard limit the client has `Config::slow_timeout` to come below it, which the broker watches; past 8 times the hard limit
//! an append is refused and the connection is to be cut. Bytes that tell of what is not kept yet wait for
//! the disk, and while the answer to an errand is sought, what is said stands behind it. It knows no socket, task or
//! event.

use super::marks::Marks;
use crate::protocol::websocket::Framing;
use crate::server::worker::buffer_pool::BufferPool;
use crate::store::CommitId;

/// How many bytes may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// The number of queued bytes, at least one, at which the client's next command waits until half of them are written.
    pub soft: usize,
    /// The most queued bytes that a client may leave unread for longer than `Config::slow_timeout`; 8 times as many end
    /// the connection at once.
    pub hard: usize,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Appended {
    /// Queued where nothing was to be written: somebody has to write it.
    WasIdle,
    /// Queued, and somebody is to write it already.
    Queued,
    /// Queued, and for the first time past the hard limit: the connection is to be watched.
    PastHard,
    /// Refused: it would have been too much. [`OutboundQueue::cut`] is the answer.
    TooMuch,
}

/// How a connection that is watched has done since it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Watched {
    /// It is below the hard limit, and not watched any more.
    Below,
    /// It was below it and is past it again.
    WasBelow,
    /// It was past it all the time.
    Past,
}

/// From so many bytes on, a queue grows by a quarter and not by doubling: what all clients leave unread together is bounded,
/// and twice as much memory for it is not what was promised.
const GROWS_BY_A_QUARTER: usize = 64 * 1024;

/// A queue of more than so many hard limits is cut at once: no client is that slow for a moment only.
pub(in crate::server) const HARD_LIMITS_AT_MOST: usize = 8;

/// Commands of one client that may be under way through the log of a cluster.
const UNDER_WAY_AT_MOST: usize = 64;

/// Whether an append counts towards the hard limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Weight {
    /// It does.
    Counted,
    /// The answer to a command that was taken while the queue was below the soft limit: does not.
    Exempt,
}

/// Who has to act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QueuePhase {
    /// Nothing is to be written.
    Idle,
    /// Something waits, and a writer will come for it.
    Due,
    /// A writer has a batch in its hands.
    Writing,
    /// The socket takes no more until it says so.
    Blocked,
    /// What waits may not be told before the store has made another commit.
    Gated,
}

/// What a writer took: whole lines, the first of them perhaps begun.
#[derive(Debug, Default)]
pub(in crate::server) struct WriteBatch {
    bytes: Vec<u8>,
    written: usize,
}

/// What a writer finds when it brings a batch back.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum AfterWrite {
    /// All is written. The empty buffer is for the next queue.
    Written(Vec<u8>),
    /// The socket took no more.
    Blocked,
}

/// What every delivery looks at stands first, as in [`super::Outbound`].
#[derive(Debug)]
#[repr(C)]
pub(in crate::server) struct OutboundQueue {
    phase: QueuePhase,
    cut: bool,
    /// The queue was cut while a writer had a batch in its hands, which is to be cut when it comes back.
    cut_returning: bool,
    /// Past the hard limit at some time, and not looked at since it was below.
    watched: bool,
    was_below: bool,
    reader_waits: bool,
    /// Nothing more is taken before all commands are back that are under way.
    barred: bool,
    /// Where one message ends and the next begins.
    framing: Framing,
    waiting: Vec<u8>,
    /// Which bytes of `waiting` may be told.
    marks: Marks,
    /// What was said since the queue was held, behind the answer that is sought.
    held: Option<Box<Held>>,
    /// What a writer brought back unwritten; goes before `waiting`.
    unwritten: WriteBatch,
    /// Bytes in a writer's hands.
    taken: usize,
    appended: u64,
    /// Bytes of exempt answers that may still be queued, and where in the stream the last of them ends.
    exempt: usize,
    exempt_until: u64,
    limits: QueueLimits,
    /// Commands that were handed to the log of a cluster and have not come back.
    under_way: usize,
}

#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    marks: Marks,
}

impl From<Vec<u8>> for WriteBatch {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, written: 0 }
    }
}

impl WriteBatch {
    /// What is left to write.
    pub(in crate::server) fn rest(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// The number of its bytes that are written.
    pub(in crate::server) fn advance(&mut self, bytes: usize) {
        self.written += bytes;
    }

    /// Its buffer, emptied.
    pub(in crate::server) fn into_buffer(mut self) -> Vec<u8> {
        self.bytes.clear();
        self.bytes
    }

    /// Drops what has not begun to be written; a message in progress is kept to its end. A batch begins with a message.
    fn cut(&mut self, framing: Framing) {
        self.bytes.truncate(framing.end_of_message(&self.bytes, self.written));
    }
}

impl OutboundQueue {
    pub(in crate::server) fn new(limits: QueueLimits, framing: Framing) -> Self {
        Self {
            framing,
            // With 0, commands would wait on an empty queue, which nobody ever writes.
            limits: QueueLimits { soft: limits.soft.max(1), ..limits },
            waiting: Vec::new(),
            marks: Marks::default(),
            held: None,
            unwritten: WriteBatch::default(),
            taken: 0,
            phase: QueuePhase::Idle,
            cut: false,
            cut_returning: false,
            exempt: 0,
            exempt_until: 0,
            appended: 0,
            reader_waits: false,
            under_way: 0,
            barred: false,
            watched: false,
            was_below: false,
        }
    }

    /// Bytes that have not been written.
    pub(in crate::server) fn len(&self) -> usize {
        let held = self.held.as_ref().map_or(0, |held| held.bytes.len());
        self.waiting.len() + self.unwritten.bytes.len() - self.unwritten.written + self.taken + held
    }

    /// How many bytes were appended since the beginning, and how many of them are written; `None` while something is sought
    /// that will stand before what is queued, or if some was dropped.
    pub(in crate::server) fn progress(&self) -> Option<(u64, u64)> {
        (self.held.is_none() && !self.cut).then(|| (self.appended, self.appended - self.len() as u64))
    }

    /// Appends whole lines, which are not to be told before this commit is made. A queue without a buffer takes one of
    /// the pool.
    #[inline]
    pub(in crate::server) fn append(
        &mut self,
        lines: &[u8],
        weight: Weight,
        commit: CommitId,
        pool: &mut BufferPool,
    ) -> Appended {
        // Of ten thousand deliveries, nearly all find a queue that is far from its limits and has a buffer with room.
        let has_room = lines.len() <= self.waiting.capacity() - self.waiting.len();
        let is_plain = has_room && !self.cut && self.held.is_none() && weight == Weight::Counted;
        if !is_plain || self.len() + lines.len() > self.limits.hard {
            return self.append_with_care(lines, weight, commit, pool);
        }
        self.appended += lines.len() as u64;
        self.marks.append(commit, self.waiting.len());
        self.waiting.extend_from_slice(lines);
        self.became_due(QueuePhase::Idle)
    }

    /// The same with all that may be in the way.
    #[inline(never)]
    fn append_with_care(&mut self, lines: &[u8], weight: Weight, commit: CommitId, pool: &mut BufferPool) -> Appended {
        // Behind the last line nothing is said.
        if self.cut {
            return Appended::Queued;
        }
        match weight {
            Weight::Exempt => self.exempt(lines.len(), self.appended + lines.len() as u64),
            Weight::Counted if self.len() + lines.len() > self.at_most() => return Appended::TooMuch,
            Weight::Counted => {}
        }
        self.appended += lines.len() as u64;
        if let Some(held) = &mut self.held {
            // With marks of their own: the answer that will stand before them is told sooner than they may be.
            held.marks.append(commit, held.bytes.len());
            held.bytes.extend_from_slice(lines);
            return Appended::Queued;
        }
        self.marks.append(commit, self.waiting.len());
        match self.push(lines, pool) {
            Appended::Queued if !self.watched && self.is_past_hard() => {
                self.watched = true;
                self.was_below = false;
                Appended::PastHard
            }
            appended => appended,
        }
    }

    fn at_most(&self) -> usize {
        self.limits.hard.saturating_mul(HARD_LIMITS_AT_MOST).saturating_add(self.exempt)
    }

    fn is_past_hard(&self) -> bool {
        self.len() > self.limits.hard.saturating_add(self.exempt)
    }

    /// How things have gone since the last look, for a queue that was found past the hard limit.
    pub(in crate::server) fn look_again(&mut self) -> Watched {
        if !self.is_past_hard() {
            self.watched = false;
            return Watched::Below;
        }
        if std::mem::take(&mut self.was_below) { Watched::WasBelow } else { Watched::Past }
    }

    /// Makes room for an answer of this many bytes, which ends at `until` in the stream.
    fn exempt(&mut self, bytes: usize, until: u64) {
        // No more than what waits can be exempt: else a client that always has an answer waiting would earn room for ever.
        self.exempt = self.exempt.min(self.len()) + bytes;
        self.exempt_until = until;
    }

    /// Drops what waits but for the line in progress, appends this last line and takes no more. The line waits for
    /// nothing.
    pub(in crate::server) fn cut(&mut self, last: &[u8]) -> Appended {
        self.cut = true;
        self.cut_returning = self.phase == QueuePhase::Writing;
        self.held = None;
        self.unwritten.cut(self.framing);
        self.waiting = last.to_vec();
        self.marks.restart(last.len());
        self.appended += last.len() as u64;
        self.became_due(QueuePhase::Gated)
    }

    /// Whether [`Self::cut`] has left nothing but the last line and what was in progress.
    pub(in crate::server) fn is_cut(&self) -> bool {
        self.cut
    }

    fn push(&mut self, lines: &[u8], pool: &mut BufferPool) -> Appended {
        if self.waiting.capacity() == 0 {
            self.waiting = pool.take();
        }
        let (waiting, room) = (self.waiting.len(), self.waiting.capacity() - self.waiting.len());
        if room < lines.len() && waiting >= GROWS_BY_A_QUARTER {
            self.waiting.reserve_exact(lines.len().max(waiting / 4));
        }
        self.waiting.extend_from_slice(lines);
        self.became_due(QueuePhase::Idle)
    }

    /// Bytes were added that somebody has to write if the queue was idle or in this phase.
    fn became_due(&mut self, from: QueuePhase) -> Appended {
        if self.phase == QueuePhase::Idle || self.phase == from {
            self.phase = QueuePhase::Due;
            return Appended::WasIdle;
        }
        Appended::Queued
    }

    /// Takes what waits and may be told when all commits up to `durable` are made. `None` if there is nothing or another
    /// writer is at it.
    pub(in crate::server) fn begin_write(&mut self, durable: CommitId, pool: &mut BufferPool) -> Option<WriteBatch> {
        match self.phase {
            QueuePhase::Idle | QueuePhase::Writing => return None,
            QueuePhase::Due | QueuePhase::Blocked | QueuePhase::Gated => {}
        }
        // What has begun goes on first, and waits for nothing: it was free when it was taken.
        let batch = if self.unwritten.rest().is_empty() {
            self.take_free(durable, pool)?
        } else {
            std::mem::take(&mut self.unwritten)
        };
        self.phase = QueuePhase::Writing;
        self.taken = batch.rest().len();
        Some(batch)
    }

    fn take_free(&mut self, durable: CommitId, pool: &mut BufferPool) -> Option<WriteBatch> {
        let free = self.marks.free(durable, self.waiting.len());
        if free == 0 {
            self.phase = if self.waiting.is_empty() { QueuePhase::Idle } else { QueuePhase::Gated };
            return None;
        }
        let mut rest = Vec::new();
        if free < self.waiting.len() {
            // What stays is copied, not what goes: as a rule it is a few lines of the last turn.
            rest = pool.take();
            rest.extend_from_slice(&self.waiting[free..]);
            self.waiting.truncate(free);
        }
        self.marks.take(free);
        Some(WriteBatch::from(std::mem::replace(&mut self.waiting, rest)))
    }

    /// Gives back what was taken. A rest means that the socket took no more.
    pub(in crate::server) fn finish_write(&mut self, mut batch: WriteBatch) -> AfterWrite {
        self.taken = 0;
        if std::mem::take(&mut self.cut_returning) {
            batch.cut(self.framing);
        }
        let blocked = !batch.rest().is_empty();
        self.unwritten = batch;
        self.forget_exempt();
        // A client that was below the limit once, however briefly, is slow anew and not still.
        if self.watched {
            self.was_below |= !self.is_past_hard();
        }
        if blocked {
            self.phase = QueuePhase::Blocked;
            return AfterWrite::Blocked;
        }
        let buffer = std::mem::take(&mut self.unwritten).into_buffer();
        // What came during the write is for this writer too: who appended it saw one at work and called nobody.
        self.phase = if self.waiting.is_empty() { QueuePhase::Idle } else { QueuePhase::Due };
        AfterWrite::Written(buffer)
    }

    fn forget_exempt(&mut self) {
        if self.appended - self.len() as u64 >= self.exempt_until {
            self.exempt = 0;
        }
    }

    /// Whether nothing is to be written.
    pub(in crate::server) fn is_idle(&self) -> bool {
        self.phase == QueuePhase::Idle
    }

    /// Whether all that waits, waits for the disk.
    pub(in crate::server) fn is_gated(&self) -> bool {
        self.phase == QueuePhase::Gated
    }

    /// An answer is sought: what is appended from now on stands behind it.
    pub(in crate::server) fn hold(&mut self) {
        if !self.cut {
            self.held.get_or_insert_default();
        }
    }

    /// Whether an answer is sought.
    pub(in crate::server) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Appends the answer that was sought, and behind it what has been said meanwhile. The answer waits for no commit
    /// but those that what stands before it waits for.
    pub(in crate::server) fn release(&mut self, answer: &[u8], pool: &mut BufferPool) -> Appended {
        let Some(held) = self.held.take() else { return Appended::Queued };
        self.appended += answer.len() as u64;
        self.exempt(answer.len(), self.appended - held.bytes.len() as u64);
        let appended = self.push(answer, pool);
        self.marks.extend(&held.marks, self.waiting.len());
        self.waiting.extend_from_slice(&held.bytes);
        appended
    }

    /// What was appended since the queue was held, to be appended in another shape.
    pub(in crate::server) fn take_held(&mut self) -> Vec<u8> {
        let held = self.held.take().map(|held| held.bytes).unwrap_or_default();
        self.appended -= held.len() as u64;
        held
    }

    /// Puts a line in front of what waits for the disk: what the client hears while the disk is in trouble.
    pub(in crate::server) fn tell_ahead(&mut self, line: &[u8]) -> Appended {
        if self.cut {
            return Appended::Queued;
        }
        let at = self.marks.always_free();
        self.waiting.splice(at..at, line.iter().copied());
        self.marks.insert(line.len());
        self.appended += line.len() as u64;
        self.became_due(QueuePhase::Gated)
    }

    /// Whether the next command may be taken: not while an answer is sought. If not, it may when
    /// [`Self::reader_may_go_on`] says so.
    pub(in crate::server) fn takes_command(&mut self) -> bool {
        // From the soft limit down to half of it: at one limit, each line that is written would let go one command.
        self.reader_waits = self.held.is_some()
            || self.is_full_of_commands()
            || self.len() >= if self.reader_waits { self.limits.soft / 2 + 1 } else { self.limits.soft };
        !self.reader_waits
    }

    /// Whether a command waits for an answer or for the queue to shrink, and the answer is there and it has shrunk enough.
    pub(in crate::server) fn reader_may_go_on(&self) -> bool {
        self.reader_waits && self.held.is_none() && !self.is_full_of_commands() && self.len() <= self.limits.soft / 2
    }

    /// A command is under way. After some, nothing more is taken before it is back.
    pub(in crate::server) fn submitted(&mut self, bars: bool) {
        self.under_way += 1;
        self.barred |= bars;
    }

    /// A command that was under way is back.
    pub(in crate::server) fn carried_out(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
        self.barred &= self.under_way > 0;
    }

    /// Commands under way.
    pub(in crate::server) fn under_way(&self) -> usize {
        self.under_way
    }

    fn is_full_of_commands(&self) -> bool {
        self.barred || self.under_way >= UNDER_WAY_AT_MOST
    }
}

#[cfg(test)]
mod gates;
#[cfg(test)]
mod tests;
