//! What to write to an old client, and when, so that none of its reads ends inside a character: in blocks that are
//! filled with blanks.
//!
//! An old client decodes what each `recv(1024)` brings, strictly. So the stream is cut into *blocks* of exactly 1,024
//! bytes that end at a character: while a backlog waits, each write is one block, and reads end where blocks do, however
//! slow they are. A shorter write happens when it empties the queue, and nothing follows it for 50 ms, in which a prompt
//! client reads it. What comes later begins a new block if even a slow client has caught up by then. If not, it first
//! fills the block that was begun, and then leaves a client that reads this by itself the time to do so.
//!
//! A [`PacedWriter`] is a pure value: bytes and time in, the next write out. The queue is its owner's, who hands over
//! what waits before each question; little is kept here. That it holds is shown for clients that need up to 12 ms to
//! show a line; a slower one is cut only if it reads a short write late and the next ones later still.

use std::time::Duration;

use super::READ_SIZE;
use crate::protocol::charset::Charset;

/// Nothing follows a write that is not a whole block for so long.
const QUIET: Duration = Duration::from_millis(50);

/// And so much longer for each further line of its block: what a slow terminal needs to show one.
const SHOWING_A_LINE: Duration = Duration::from_millis(12);

/// The longest that nothing follows: a block of very short lines is no reason to wait for ever.
pub(super) const LONGEST_QUIET: Duration = Duration::from_secs(1);

/// One write, and enough behind it to know whether it empties the queue.
const ROOM: usize = 2 * READ_SIZE;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum NextWrite<'a> {
    /// Write these bytes, as far as the socket takes them, and say so to [`PacedWriter::written`].
    Write(&'a [u8]),
    /// Write nothing before this time has passed.
    After(Duration),
    /// There is nothing to write.
    Nothing,
}

/// Cuts a queue of events into writes.
#[derive(Debug)]
pub struct PacedWriter {
    charset: Charset,
    /// Events with a newline behind each, the last one perhaps not whole.
    waiting: Vec<u8>,
    write: Write,
    block: BegunBlock,
    quiet_until: Duration,
    /// When a slow client will have shown everything.
    caught_up_at: Duration,
}

/// The write at hand.
#[derive(Debug, Default)]
struct Write {
    bytes: Vec<u8>,
    written: usize,
    empties_queue: bool,
}

/// The block that was begun.
#[derive(Debug, Default)]
struct BegunBlock {
    bytes: usize,
    /// Lines that a client shows of it.
    lines: u32,
    /// The last event in it is without its newline, as nothing came behind it.
    ends_event: bool,
}

impl PacedWriter {
    /// Nothing waits, and nothing was written.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self {
            charset,
            waiting: Vec::new(),
            write: Write::default(),
            block: BegunBlock::default(),
            quiet_until: Duration::ZERO,
            caught_up_at: Duration::ZERO,
        }
    }

    /// Takes the beginning of `queue`, which holds whole events with a newline behind each; returns how many bytes.
    /// What is not here when the next write is asked for counts as not there, unless there was no room for it.
    pub fn take(&mut self, queue: &[u8]) -> usize {
        let taken = queue.len().min(ROOM.saturating_sub(self.waiting.len()));
        self.waiting.extend_from_slice(&queue[..taken]);
        taken
    }

    /// What to do at `now`, on any clock that only goes forward.
    pub fn next_write(&mut self, now: Duration) -> NextWrite<'_> {
        if self.write.bytes.is_empty() {
            if self.waiting.is_empty() {
                return NextWrite::Nothing;
            }
            if now < self.quiet_until {
                return NextWrite::After(self.quiet_until - now);
            }
            self.begin_write(now);
        }
        NextWrite::Write(&self.write.bytes[self.write.written..])
    }

    /// Notes that this many bytes of the current write were written by `now`.
    pub fn written(&mut self, bytes: usize, now: Duration) {
        self.write.written += bytes;
        if self.write.written == self.write.bytes.len() {
            let write = std::mem::take(&mut self.write);
            self.end_write(&write, now);
        }
    }

    /// Whether everything that was taken is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.write.bytes.is_empty()
    }

    fn begin_write(&mut self, now: Duration) {
        if now >= self.caught_up_at {
            // The client has shown everything and reads anew: what comes is its next message.
            self.block = BegunBlock::default();
        } else if std::mem::take(&mut self.block.ends_event) {
            // The client may still be collecting the block: what comes must not run into its last event.
            self.waiting.insert(0, b'\n');
        }
        let room = READ_SIZE - self.block.bytes;
        let events = self.waiting.strip_suffix(b"\n").unwrap_or(&self.waiting).len();
        let empties_queue = events <= room;
        let bytes = if empties_queue {
            let mut bytes = std::mem::take(&mut self.waiting);
            bytes.truncate(events);
            bytes
        } else {
            let mut bytes: Vec<u8> = self.waiting.drain(..self.end_within(room)).collect();
            // Blanks fill the block, so that the client's read ends where a character ends.
            bytes.resize(room, b' ');
            bytes
        };
        self.write = Write { bytes, written: 0, empties_queue };
    }

    /// The last end of a character within this many bytes; a newline stands between events, never at an end.
    fn end_within(&self, room: usize) -> usize {
        let ends_well = |end: &usize| {
            let bytes = &self.waiting[..*end];
            !bytes.ends_with(b"\n") && !self.charset.ends_inside_character(bytes)
        };
        (0..=room).rev().find(ends_well).unwrap_or(0)
    }

    fn end_write(&mut self, write: &Write, now: Duration) {
        let lines = memchr::memchr_iter(b'\n', &write.bytes).count();
        let lines = u32::try_from(lines).expect("a write has at most 1,024 bytes") + 1;
        self.caught_up_at = self.caught_up_at.max(now) + SHOWING_A_LINE * lines;
        self.block.bytes += write.bytes.len();
        self.block.lines += lines;
        self.block.ends_event = write.empties_queue;
        // After a whole block the client's next read begins a new one anyway: no silence has to part them.
        if write.empties_queue || write.bytes.len() < READ_SIZE {
            self.quiet_until = now + (QUIET + SHOWING_A_LINE * (self.block.lines - 1)).min(LONGEST_QUIET);
        }
        if self.block.bytes == READ_SIZE {
            self.block = BegunBlock { ends_event: write.empties_queue, ..BegunBlock::default() };
        }
    }
}

#[cfg(test)]
mod tests;
