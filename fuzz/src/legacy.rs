//! What an old client is written: at most what it reads at once, whole characters, every event once and in order, and
//! pauses that end.
//!
//! Input: a character for the charset, then pairs of characters: what happens, and how much of it.

use std::time::Duration;

use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::{LONGEST_OLD_MESSAGE, NextWrite, PacedWriter};

use super::tape::Tape;

const LABELS: [&str; 5] = ["gbk", "gb18030", "utf-8", "big5", "shift_jis"];

const LETTERS: [&str; 8] = ["x", "渊", "é", "🦊", "，", "ß", "あ", "\u{301}"];

/// Longer than any pause between two writes.
const LONG: Duration = Duration::from_secs(2);

/// Panics if a write is none for an old client, or if something is lost, doubled or out of order.
pub fn check(data: &[u8]) {
    let mut tape = Tape::new(data);
    let charset = Charset::by_character(tape.pick(&LABELS)).expect("the label is one of those without states");
    let mut client = OldClient::new(charset);
    while !tape.is_empty() {
        let (what, much) = (tape.below(12), tape.below(128));
        match what {
            letter @ 0..8 => client.event(LETTERS[letter], 1 + much * much / 8),
            8 => client.now += Duration::from_millis(much as u64),
            9 => drop(client.write(1 + much)),
            10 => drop(client.write(usize::MAX)),
            _ => client.now += LONG,
        }
    }
    client.finish();
}

struct OldClient {
    charset: Charset,
    writer: PacedWriter,
    queue: Vec<u8>,
    now: Duration,
    sent: Vec<u8>,
    /// All that was written.
    received: Vec<u8>,
    /// Whether the last write was written in part.
    inside_write: bool,
}

impl OldClient {
    fn new(charset: Charset) -> Self {
        Self {
            charset,
            writer: PacedWriter::new(charset),
            queue: Vec::new(),
            now: Duration::ZERO,
            sent: Vec::new(),
            received: Vec::new(),
            inside_write: false,
        }
    }

    fn event(&mut self, letter: &str, count: usize) {
        let event = self.charset.encode(&letter.repeat(count));
        self.sent.extend_from_slice(&event);
        self.queue.extend_from_slice(&event);
        self.queue.push(b'\n');
    }

    /// Writes what may be written, as far as the socket takes it; says how long to wait if there is a pause, and
    /// nothing if there is nothing to write.
    fn write(&mut self, taken: usize) -> Option<Duration> {
        let moved = self.writer.take(&self.queue);
        self.queue.drain(..moved);
        match self.writer.next_write(self.now) {
            NextWrite::Nothing => {
                assert!(self.queue.is_empty(), "there is nothing to write");
                None
            }
            NextWrite::After(wait) => {
                assert!(!wait.is_zero() && wait < LONG, "a pause of {wait:?}");
                Some(wait)
            }
            NextWrite::Write(bytes) => {
                assert!(!bytes.is_empty() && bytes.len() <= LONGEST_OLD_MESSAGE, "a write of {} bytes", bytes.len());
                assert!(self.inside_write || self.charset.decode(bytes).is_ok(), "a write has whole characters");
                let taken = taken.min(bytes.len());
                self.inside_write = taken < bytes.len();
                self.received.extend_from_slice(&bytes[..taken]);
                self.writer.written(taken, self.now);
                Some(Duration::ZERO)
            }
        }
    }

    /// Everything arrives in the end. Blanks fill writes and newlines part events; no event here has any.
    fn finish(mut self) {
        while let Some(wait) = self.write(usize::MAX) {
            self.now += wait;
        }
        assert!(self.writer.is_empty());
        self.received.retain(|byte| !b" \n".contains(byte));
        assert!(self.received == self.sent, "every event arrives once and in order");
    }
}
