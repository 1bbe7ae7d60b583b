//! The outbound queue of one connection, as a value: bytes wait here until a writer takes them all at once.
//!
//! Appending never waits. The queue is bounded in bytes: past the hard limit an append is refused and the connection
//! is to be cut; past the soft limit its owner takes no further command. It knows no socket, task or event.

use crate::server::worker::buffer_pool::BufferPool;

/// How many bytes may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// With so many bytes waiting, at least one, the client's next command waits too, until half of them are gone.
    pub soft: usize,
    /// More than so many bytes end the connection.
    pub hard: usize,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Appended {
    /// Queued where nothing waited: somebody has to write it.
    WasIdle,
    /// Queued behind other bytes, which somebody is to write already.
    Queued,
    /// Refused: it would have been too much. [`OutboundQueue::cut`] is the answer.
    TooMuch,
}

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
enum Phase {
    /// Nothing waits.
    Idle,
    /// Something waits, and a writer will come for it.
    Due,
    /// A writer has a batch in its hands.
    Writing,
    /// The socket takes no more until it says so.
    Blocked,
}

/// What a writer took: whole lines, the first of them perhaps begun.
#[derive(Debug, Default)]
pub(in crate::server) struct Batch {
    bytes: Vec<u8>,
    written: usize,
}

/// What a writer finds when it brings a batch back.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum AfterWrite {
    /// All is written; the empty buffer is for the next queue.
    Idle(Vec<u8>),
    /// More has come in the meantime: take it.
    More(Vec<u8>),
    /// The socket took no more.
    Blocked,
}

#[derive(Debug)]
pub(in crate::server) struct OutboundQueue {
    limits: QueueLimits,
    waiting: Vec<u8>,
    /// What a writer brought back unwritten; goes before `waiting`.
    unwritten: Batch,
    /// Bytes in a writer's hands.
    taken: usize,
    phase: Phase,
    cut: bool,
    /// The queue was cut while a writer had a batch in its hands, which is to be cut when it comes back.
    cut_returning: bool,
    /// Bytes of exempt answers that may still be queued, and where in the stream the last of them ends.
    exempt: usize,
    exempt_until: u64,
    appended: u64,
    reader_waits: bool,
}

impl Batch {
    /// What is left to write.
    pub(in crate::server) fn rest(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// So many bytes of it are written.
    pub(in crate::server) fn advance(&mut self, bytes: usize) {
        self.written += bytes;
    }

    /// Drops what has not begun to be written; a line in progress is kept to its end.
    fn cut(&mut self) {
        let in_progress = self.written > 0 && self.bytes[self.written - 1] != b'\n';
        let rest = self.rest();
        let keep = if in_progress { memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1) } else { 0 };
        self.bytes.truncate(self.written + keep);
    }
}

impl OutboundQueue {
    pub(in crate::server) fn new(limits: QueueLimits) -> Self {
        Self {
            // With 0, commands would wait on an empty queue, which nobody ever writes.
            limits: QueueLimits { soft: limits.soft.max(1), ..limits },
            waiting: Vec::new(),
            unwritten: Batch::default(),
            taken: 0,
            phase: Phase::Idle,
            cut: false,
            cut_returning: false,
            exempt: 0,
            exempt_until: 0,
            appended: 0,
            reader_waits: false,
        }
    }

    /// Bytes that have not been written.
    pub(in crate::server) fn len(&self) -> usize {
        self.waiting.len() + self.unwritten.rest().len() + self.taken
    }

    /// Appends whole lines. An idle queue has no buffer: it takes one of the spare ones.
    pub(in crate::server) fn append(&mut self, lines: &[u8], weight: Weight, buffer_pool: &mut BufferPool) -> Appended {
        if self.cut {
            return Appended::Queued;
        }
        match weight {
            Weight::Exempt => {
                // No more than what waits can be exempt: else a client that always has an answer waiting would earn room
                // for ever.
                self.exempt = self.exempt.min(self.len()) + lines.len();
                self.exempt_until = self.appended + lines.len() as u64;
            }
            Weight::Counted if self.len() + lines.len() > self.limits.hard + self.exempt => return Appended::TooMuch,
            Weight::Counted => {}
        }
        self.push(lines, buffer_pool)
    }

    /// Drops what waits but for the line in progress, appends this last line and takes no more.
    pub(in crate::server) fn cut(&mut self, last: &[u8]) -> Appended {
        self.cut = true;
        self.cut_returning = self.phase == Phase::Writing;
        self.waiting = Vec::new();
        self.unwritten.cut();
        self.push(last, &mut BufferPool::default())
    }

    fn push(&mut self, lines: &[u8], buffer_pool: &mut BufferPool) -> Appended {
        if self.waiting.capacity() == 0 {
            self.waiting = buffer_pool.take();
        }
        self.waiting.extend_from_slice(lines);
        self.appended += lines.len() as u64;
        if self.phase == Phase::Idle {
            self.phase = Phase::Due;
            return Appended::WasIdle;
        }
        Appended::Queued
    }

    /// Takes what waits; `None` if there is nothing or another writer is at it.
    pub(in crate::server) fn begin_write(&mut self) -> Option<Batch> {
        match self.phase {
            Phase::Idle | Phase::Writing => return None,
            Phase::Due | Phase::Blocked => self.phase = Phase::Writing,
        }
        let batch = if self.unwritten.rest().is_empty() {
            Batch { bytes: std::mem::take(&mut self.waiting), written: 0 }
        } else {
            std::mem::take(&mut self.unwritten)
        };
        self.taken = batch.rest().len();
        Some(batch)
    }

    /// Gives back what was taken. A rest means that the socket took no more.
    pub(in crate::server) fn finish_write(&mut self, mut batch: Batch) -> AfterWrite {
        self.taken = 0;
        if std::mem::take(&mut self.cut_returning) {
            batch.cut();
        }
        let blocked = !batch.rest().is_empty();
        self.unwritten = batch;
        self.forget_exempt();
        if blocked {
            self.phase = Phase::Blocked;
            return AfterWrite::Blocked;
        }
        let mut buffer = std::mem::take(&mut self.unwritten).bytes;
        buffer.clear();
        if self.waiting.is_empty() {
            self.phase = Phase::Idle;
            AfterWrite::Idle(buffer)
        } else {
            self.phase = Phase::Due;
            AfterWrite::More(buffer)
        }
    }

    fn forget_exempt(&mut self) {
        if self.appended - self.len() as u64 >= self.exempt_until {
            self.exempt = 0;
        }
    }

    /// Whether the socket took no more when it was last written to.
    pub(in crate::server) fn is_blocked(&self) -> bool {
        self.phase == Phase::Blocked
    }

    /// Whether the next command may be taken. If not, it may when [`Self::reader_may_go_on`] says so.
    pub(in crate::server) fn takes_command(&mut self) -> bool {
        self.reader_waits = self.len() >= if self.reader_waits { self.limits.soft / 2 + 1 } else { self.limits.soft };
        !self.reader_waits
    }

    /// Whether a command waits for the queue to shrink, and it has shrunk enough.
    pub(in crate::server) fn reader_may_go_on(&self) -> bool {
        self.reader_waits && self.len() <= self.limits.soft / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn queue(soft: usize, hard: usize) -> OutboundQueue {
        OutboundQueue::new(QueueLimits { soft, hard })
    }

    /// Writes up to `room` bytes to `out`, as a socket would take them.
    fn write(queue: &mut OutboundQueue, room: usize, out: &mut Vec<u8>) {
        let Some(mut batch) = queue.begin_write() else { return };
        let bytes = room.min(batch.rest().len());
        out.extend_from_slice(&batch.rest()[..bytes]);
        batch.advance(bytes);
        queue.finish_write(batch);
    }

    #[test]
    fn one_writer_is_called_for_many_appends_and_takes_them_all() {
        let mut queue = queue(100, 200);
        assert_eq!(queue.append(b"one\n", Weight::Counted, &mut BufferPool::default()), Appended::WasIdle);
        assert_eq!(queue.append(b"two\n", Weight::Counted, &mut BufferPool::default()), Appended::Queued);
        let mut batch = queue.begin_write().unwrap();
        assert_eq!(batch.rest(), b"one\ntwo\n");
        assert!(queue.begin_write().is_none(), "one writer at a time");
        assert_eq!(queue.append(b"three\n", Weight::Counted, &mut BufferPool::default()), Appended::Queued);
        batch.advance(8);
        assert!(matches!(queue.finish_write(batch), AfterWrite::More(_)));
        let mut out = Vec::new();
        write(&mut queue, 100, &mut out);
        assert_eq!(out, b"three\n");
        assert_eq!(queue.append(b"four\n", Weight::Counted, &mut BufferPool::default()), Appended::WasIdle);
    }

    #[test]
    fn past_the_hard_limit_the_line_in_progress_is_finished_and_the_last_word_follows() {
        let mut queue = queue(5, 20);
        let mut out = Vec::new();
        queue.append(b"aaaaaaaa\nbbbbbbbb\n", Weight::Counted, &mut BufferPool::default());
        write(&mut queue, 4, &mut out);
        assert_eq!(queue.append(b"cccccccc\n", Weight::Counted, &mut BufferPool::default()), Appended::TooMuch);
        queue.cut(b"cut\n");
        assert_eq!(queue.append(b"ignored\n", Weight::Counted, &mut BufferPool::default()), Appended::Queued);
        write(&mut queue, 100, &mut out);
        write(&mut queue, 100, &mut out);
        assert_eq!(out, b"aaaaaaaa\ncut\n");
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_cut_between_two_lines_drops_the_next_and_one_during_a_write_comes_after_it() {
        let mut out = Vec::new();
        let mut blocked = queue(5, 20);
        blocked.append(b"aaaa\nbbbb\n", Weight::Counted, &mut BufferPool::default());
        write(&mut blocked, 5, &mut out);
        blocked.cut(b"cut\n");
        write(&mut blocked, 100, &mut out);
        assert_eq!(out, b"aaaa\ncut\n");

        let mut busy = queue(5, 20);
        busy.append(b"aaaa\nbbbb\n", Weight::Counted, &mut BufferPool::default());
        let mut batch = busy.begin_write().unwrap();
        busy.cut(b"cut\n");
        batch.advance(2);
        assert_eq!(busy.finish_write(batch), AfterWrite::Blocked);
        out.clear();
        write(&mut busy, 100, &mut out);
        write(&mut busy, 100, &mut out);
        assert_eq!(out, b"aa\ncut\n");
    }

    #[test]
    fn a_last_word_that_finds_the_socket_full_is_not_cut_off_itself() {
        let mut queue = queue(5, 20);
        let mut out = Vec::new();
        queue.append(b"aaaa\nbbbb\n", Weight::Counted, &mut BufferPool::default());
        write(&mut queue, 5, &mut out);
        queue.cut(b"cut\n");
        write(&mut queue, 0, &mut out);
        write(&mut queue, 2, &mut out);
        write(&mut queue, 100, &mut out);
        assert_eq!(out, b"aaaa\ncut\n");
    }

    #[test]
    fn an_exempt_answer_makes_room_for_itself_until_it_is_written() {
        let mut queue = queue(10, 20);
        queue.append(&[b'x'; 500], Weight::Exempt, &mut BufferPool::default());
        assert_eq!(queue.append(&[b'y'; 20], Weight::Counted, &mut BufferPool::default()), Appended::Queued);
        assert_eq!(queue.append(b"z", Weight::Counted, &mut BufferPool::default()), Appended::TooMuch);
        let mut out = Vec::new();
        write(&mut queue, 510, &mut out);
        assert_eq!(queue.len(), 10);
        assert_eq!(queue.append(&[b'y'; 10], Weight::Counted, &mut BufferPool::default()), Appended::Queued);
        assert_eq!(queue.append(b"z", Weight::Counted, &mut BufferPool::default()), Appended::TooMuch);
    }

    #[test]
    fn answers_that_were_written_make_no_room_for_others() {
        let mut queue = queue(10, 20);
        let mut out = Vec::new();
        queue.append(b"x", Weight::Exempt, &mut BufferPool::default());
        for _ in 0..100 {
            queue.append(&[b'x'; 5], Weight::Exempt, &mut BufferPool::default());
            write(&mut queue, 5, &mut out);
        }
        assert!(queue.len() < 10);
        assert_eq!(queue.append(&[b'y'; 30], Weight::Counted, &mut BufferPool::default()), Appended::TooMuch);
    }

    #[test]
    fn a_command_waits_from_the_soft_limit_to_half_of_it() {
        let mut queue = queue(10, 100);
        let mut out = Vec::new();
        queue.append(&[b'x'; 9], Weight::Counted, &mut BufferPool::default());
        assert!(queue.takes_command());
        queue.append(b"x", Weight::Counted, &mut BufferPool::default());
        assert!(!queue.takes_command());
        write(&mut queue, 4, &mut out);
        assert!(!queue.takes_command() && !queue.reader_may_go_on());
        write(&mut queue, 1, &mut out);
        assert!(queue.reader_may_go_on() && queue.takes_command());
    }

    proptest! {
        #[test]
        fn whatever_the_socket_takes_the_stream_is_what_was_appended(
            steps in prop::collection::vec(prop_oneof![(1_usize..30).prop_map(Some), Just(None)], 1..60),
            rooms in prop::collection::vec(0_usize..40, 60),
        ) {
            let mut queue = queue(50, usize::MAX / 2);
            let (mut appended, mut out) = (Vec::new(), Vec::new());
            for (i, step) in steps.iter().enumerate() {
                match step {
                    Some(len) => {
                        let line = vec![u8::try_from(i).unwrap(); *len];
                        queue.append(&line, Weight::Counted, &mut BufferPool::default());
                        appended.extend(line);
                    }
                    None => write(&mut queue, rooms[i], &mut out),
                }
                prop_assert_eq!(queue.len(), appended.len() - out.len());
            }
            while queue.len() > 0 {
                write(&mut queue, 7, &mut out);
            }
            prop_assert_eq!(out, appended);
        }
    }
}
