//! What to write to an old client, and when, so that none of its reads ends inside a character.
//!
//! An old client decodes what each `recv(1024)` brings, strictly. While a backlog waits, each write is exactly 1,024
//! bytes and ends at a character, so that its reads end there too, however slow they are. A shorter write happens only
//! when it empties the queue, and then nothing follows until the client has had the time to read: two short writes
//! would be read as one, and cut anywhere. This is best effort: a reader that is further behind can still be cut.
//!
//! A [`PacedWriter`] is a pure value: bytes and time in, the next write out. The queue is its owner's, who hands over
//! what waits before each question; little is kept here.

use std::time::Duration;

use super::READ_SIZE;
use crate::protocol::encoding::Charset;

/// Nothing follows a write that emptied the queue for so long.
const QUIET: Duration = Duration::from_millis(50);

/// And so much longer for each full write that went before it: what a slow terminal needs to show one read.
const SHOWING_ONE_READ: Duration = Duration::from_millis(12);

/// But never longer, as a prompt client would have been ready at once.
const LONGEST_QUIET: Duration = Duration::from_secs(1);

/// One write, and enough behind it to know whether it empties the queue.
const ROOM: usize = 2 * READ_SIZE;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum NextWrite<'a> {
    /// Write these bytes, as far as the socket takes them, and say so to [`PacedWriter::written`].
    Write(&'a [u8]),
    /// Wait so long.
    After(Duration),
    /// Nothing waits.
    Nothing,
}

/// Cuts a queue of events into writes.
#[derive(Debug)]
pub struct PacedWriter {
    charset: Charset,
    /// Events with a newline behind each, the last one perhaps not whole.
    waiting: Vec<u8>,
    write: Write,
    quiet_until: Duration,
    /// Full writes since the queue was last empty.
    full_writes: u32,
}

/// The write at hand.
#[derive(Debug, Default)]
struct Write {
    bytes: Vec<u8>,
    written: usize,
    empties_queue: bool,
}

impl PacedWriter {
    /// Nothing waits, and nothing was written.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self { charset, waiting: Vec::new(), write: Write::default(), quiet_until: Duration::ZERO, full_writes: 0 }
    }

    /// Takes the beginning of `queue`, which holds whole events with a newline behind each; returns how many bytes.
    /// What is not here when the next write is asked for counts as not there, unless there was no room for it.
    pub fn take(&mut self, queue: &[u8]) -> usize {
        let taken = queue.len().min(ROOM - self.waiting.len());
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
            self.begin_write();
        }
        NextWrite::Write(&self.write.bytes[self.write.written..])
    }

    /// So many bytes of the write at hand were written, until `now`.
    pub fn written(&mut self, bytes: usize, now: Duration) {
        self.write.written += bytes;
        if self.write.written < self.write.bytes.len() {
            return;
        }
        if self.write.empties_queue {
            self.quiet_until = now + (QUIET + SHOWING_ONE_READ * self.full_writes).min(LONGEST_QUIET);
            self.full_writes = 0;
        } else {
            self.full_writes = self.full_writes.saturating_add(1);
        }
        self.write = Write::default();
    }

    /// Whether everything that was taken is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.write.bytes.is_empty()
    }

    fn begin_write(&mut self) {
        let last_event = self.waiting.strip_suffix(b"\n").unwrap_or(&self.waiting);
        let bytes = if last_event.len() <= READ_SIZE {
            let bytes = last_event.to_vec();
            self.waiting = Vec::new();
            bytes
        } else {
            let mut bytes: Vec<u8> = self.waiting.drain(..self.end_of_full_write()).collect();
            bytes.resize(READ_SIZE, b' ');
            bytes
        };
        self.write = Write { bytes, written: 0, empties_queue: self.waiting.is_empty() };
    }

    /// The last end of a character that a full write can have; a newline stands between events, never at an end.
    fn end_of_full_write(&self) -> usize {
        let ends_well = |end: &usize| {
            let bytes = &self.waiting[..*end];
            !bytes.ends_with(b"\n") && !self.charset.ends_inside_character(bytes)
        };
        (1..=READ_SIZE).rev().find(ends_well).unwrap_or(READ_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Hands over the queue as its owner does; returns the next write whole, or why there is none.
    fn next(writer: &mut PacedWriter, queue: &mut Vec<u8>, now: Duration) -> Result<Vec<u8>, Option<Duration>> {
        let taken = writer.take(queue);
        queue.drain(..taken);
        let bytes = match writer.next_write(now) {
            NextWrite::Write(bytes) => bytes.to_vec(),
            NextWrite::After(wait) => return Err(Some(wait)),
            NextWrite::Nothing => return Err(None),
        };
        writer.written(bytes.len(), now);
        Ok(bytes)
    }

    /// All writes, with the time standing still unless there is a wait.
    fn writes(queue: &[u8], charset: Charset) -> Vec<Vec<u8>> {
        let (mut writer, mut queue, mut now, mut found) =
            (PacedWriter::new(charset), queue.to_vec(), Duration::ZERO, Vec::new());
        loop {
            match next(&mut writer, &mut queue, now) {
                Ok(bytes) => found.push(bytes),
                Err(Some(wait)) => now += wait,
                Err(None) => return found,
            }
        }
    }

    #[test]
    fn what_empties_the_queue_is_written_at_once_and_followed_by_nothing_for_50_ms() {
        let mut writer = PacedWriter::new(Charset::GBK);
        assert_eq!(next(&mut writer, &mut b"one\n".to_vec(), Duration::ZERO), Ok(b"one".to_vec()));
        assert_eq!(next(&mut writer, &mut Vec::new(), 10 * MS), Err(None));
        assert_eq!(next(&mut writer, &mut b"two\n".to_vec(), 10 * MS), Err(Some(40 * MS)));
        assert_eq!(next(&mut writer, &mut b"three\n".to_vec(), 49 * MS), Err(Some(MS)));
        assert_eq!(next(&mut writer, &mut Vec::new(), 50 * MS), Ok(b"two\nthree".to_vec()));
    }

    #[test]
    fn a_backlog_is_written_in_full_writes_without_a_pause() {
        let event = [&b"x".repeat(99)[..], b"\n"].concat();
        let lengths: Vec<usize> = writes(&event.repeat(21), Charset::GBK).iter().map(Vec::len).collect();
        assert_eq!(lengths, [1024, 1024, 51]);
    }

    #[test]
    fn after_a_backlog_the_pause_is_as_long_as_a_slow_terminal_needs() {
        let mut writer = PacedWriter::new(Charset::GBK);
        let mut queue = vec![b'x'; 10 * READ_SIZE];
        queue.extend_from_slice(b"last\n");
        for _ in 0..11 {
            assert!(next(&mut writer, &mut queue, Duration::ZERO).is_ok());
        }
        assert_eq!(next(&mut writer, &mut b"next\n".to_vec(), Duration::ZERO), Err(Some(170 * MS)));
        let mut queue = vec![b'x'; 1000 * READ_SIZE];
        while next(&mut writer, &mut queue, 170 * MS).is_ok() {}
        assert_eq!(next(&mut writer, &mut b"next\n".to_vec(), 170 * MS), Err(Some(LONGEST_QUIET)));
    }

    #[test]
    fn a_character_that_does_not_fit_goes_into_the_next_write() {
        let mut text = Charset::GBK.encode(&"渊".repeat(600));
        text.insert(0, b'x');
        text.push(b'\n');
        let found = writes(&text, Charset::GBK);
        assert_eq!(found[0].len(), READ_SIZE);
        assert_eq!(Charset::GBK.decode(&found[0]).unwrap(), format!("x{} ", "渊".repeat(511)));
        assert_eq!(Charset::GBK.decode(&found[1]).unwrap(), "渊".repeat(89));
    }

    #[test]
    fn no_write_ends_with_a_newline() {
        for length in [1021, 1022, 1023, 1024, 1025] {
            let queue = [&b"x".repeat(length)[..], b"\nnext\n"].concat();
            for write in writes(&queue, Charset::GBK) {
                assert!(!write.ends_with(b"\n"), "after an event of {length} bytes");
            }
            let alone = [&b"x".repeat(length)[..], b"\n"].concat();
            assert_eq!(writes(&alone, Charset::GBK).concat(), b"x".repeat(length));
        }
    }

    #[test]
    fn a_write_that_the_socket_takes_in_pieces_goes_on_where_it_was() {
        let mut writer = PacedWriter::new(Charset::GBK);
        writer.take(b"hello\n");
        assert_eq!(writer.next_write(Duration::ZERO), NextWrite::Write(b"hello"));
        writer.written(2, Duration::ZERO);
        writer.take(b"later\n");
        assert_eq!(writer.next_write(100 * MS), NextWrite::Write(b"llo"));
        writer.written(3, 100 * MS);
        assert_eq!(writer.next_write(100 * MS), NextWrite::After(50 * MS));
    }

    proptest! {
        #[test]
        fn every_write_is_full_or_the_last_and_holds_whole_characters(
            events in prop::collection::vec("[a渊é🦊 ]{1,400}", 1..30),
            label in prop::sample::select(vec!["gbk", "gb18030", "utf-8", "big5", "shift_jis"]),
        ) {
            let charset = Charset::by_character(label).unwrap();
            let mut queue = Vec::new();
            for event in &events {
                charset.encode_into(&format!("{event}\n"), &mut queue);
            }
            let found = writes(&queue, charset);
            for (i, write) in found.iter().enumerate() {
                prop_assert!(charset.decode(write).is_ok());
                prop_assert!(write.len() == READ_SIZE || (i + 1 == found.len() && write.len() < READ_SIZE));
            }
            let without_blanks = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b != b' ').collect::<Vec<_>>();
            let mut sent = without_blanks(&found.concat());
            sent.push(b'\n');
            prop_assert_eq!(sent, without_blanks(&queue));
        }
    }
}
