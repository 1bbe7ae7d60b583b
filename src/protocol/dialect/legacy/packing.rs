//! What to write to an old client, and when, so that none of its reads ends inside a character.
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
use crate::protocol::encoding::Charset;

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
    block: Block,
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
struct Block {
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
            block: Block::default(),
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

    /// So many bytes of the write at hand were written, until `now`.
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
            self.block = Block::default();
        } else if std::mem::take(&mut self.block.ends_event) {
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
            bytes.resize(room, b' ');
            bytes
        };
        self.write = Write { bytes, written: 0, empties_queue };
    }

    /// The last end of a character in so many bytes; a newline stands between events, never at an end.
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
        if write.empties_queue || write.bytes.len() < READ_SIZE {
            self.quiet_until = now + (QUIET + SHOWING_A_LINE * (self.block.lines - 1)).min(LONGEST_QUIET);
        }
        if self.block.bytes == READ_SIZE {
            self.block = Block { ends_event: write.empties_queue, ..Block::default() };
        }
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
    fn what_follows_a_backlog_too_soon_for_a_slow_client_fills_the_block_first() {
        let mut writer = PacedWriter::new(Charset::GBK);
        let mut queue = [&b"x".repeat(1023)[..], b"\n"].concat().repeat(100);
        queue.extend_from_slice(b"last\n");
        while next(&mut writer, &mut queue, Duration::ZERO).is_ok() {}
        let mut queue = [&b"y".repeat(1100)[..], b"\n"].concat();
        assert_eq!(next(&mut writer, &mut queue, Duration::ZERO), Err(Some(62 * MS)));
        let filling = next(&mut writer, &mut queue, 62 * MS).unwrap();
        assert!(filling.starts_with(b"\nyy") && filling.len() < READ_SIZE, "{}", filling.len());
        assert_eq!(next(&mut writer, &mut queue, 62 * MS), Err(Some(86 * MS)));
        let rest = next(&mut writer, &mut queue, 148 * MS).unwrap();
        assert_eq!(filling.len() + rest.len(), 1101);
    }

    #[test]
    fn what_comes_later_begins_a_new_block() {
        let mut writer = PacedWriter::new(Charset::GBK);
        let event = [&b"x".repeat(1000)[..], b"\n"].concat();
        for at in [0, 50, 100] {
            assert_eq!(next(&mut writer, &mut event.clone(), at * MS).unwrap().len(), 1000);
        }
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

    /// An old client that needs so long to show a line, at the other end of a socket that takes everything at once.
    struct OldClient {
        showing_a_line: Duration,
        socket: Vec<u8>,
        reads_at: Duration,
        shown: Vec<String>,
    }

    impl OldClient {
        /// Reads until `now`, when more will be written.
        fn read_until(&mut self, now: Duration) {
            while self.reads_at < now && !self.socket.is_empty() {
                let read: Vec<u8> = self.socket.drain(..self.socket.len().min(READ_SIZE)).collect();
                let text = Charset::GBK.decode(&read).expect("no read ends inside a character").into_owned();
                self.reads_at += self.showing_a_line * u32::try_from(text.lines().count()).unwrap();
                self.shown.push(text);
            }
        }

        fn arrives(&mut self, bytes: &[u8], now: Duration) {
            self.read_until(now);
            self.reads_at = self.reads_at.max(now);
            self.socket.extend_from_slice(bytes);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_client_of_any_pace_shows_everything_whole_and_in_order(
            events in prop::collection::vec(("[a渊é ]{0,120}", 0_u32..2000), 1..200),
            showing_a_line in 0_u32..12_001,
            burst in 1_usize..100,
        ) {
            let (mut writer, mut queue, mut now) = (PacedWriter::new(Charset::GBK), Vec::new(), Duration::ZERO);
            let mut client = OldClient {
                showing_a_line: Duration::from_micros(showing_a_line.into()),
                socket: Vec::new(),
                reads_at: Duration::ZERO,
                shown: Vec::new(),
            };
            let mut sent = String::new();
            let mut coming = events.iter().enumerate();
            let mut comes_at = Duration::ZERO;
            let mut event = coming.next();
            loop {
                if let Some((i, (text, pause))) = event.filter(|_| comes_at <= now) {
                    let text = format!("{i}:{text}");
                    queue.extend_from_slice(&Charset::GBK.encode(&format!("{text}\n")));
                    sent.push_str(&text);
                    // Bursts, with pauses of up to 200 ms between.
                    comes_at += if i % burst == 0 { MS * *pause / 10 } else { Duration::from_micros(100) };
                    event = coming.next();
                    continue;
                }
                match next(&mut writer, &mut queue, now) {
                    Ok(bytes) => client.arrives(&bytes, now),
                    Err(Some(wait)) if event.is_some() => now = comes_at.min(now + wait),
                    Err(Some(wait)) => now += wait,
                    Err(None) if event.is_some() => now = comes_at,
                    Err(None) => break,
                }
            }
            client.read_until(Duration::MAX);
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&client.shown.concat()), bare(&sent));
        }

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
