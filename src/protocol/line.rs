//! Bytes in, whole lines out, bounded.
//!
//! A [`LineFraming`] remembers the unfinished line between two reads and nothing else: lines that lie whole inside
//! one read are handed out without a copy. It knows nothing of charsets, commands or sockets. A line that is longer
//! than the limit is reported once, as soon as it is known to be too long, and costs no memory; the framing then
//! skips to the next newline.

/// One thing found in the stream of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line without its newline (LF, or CR LF).
    Line(&'a [u8]),
    /// A line of more bytes than the limit. Reported at once, before its newline has arrived.
    TooLong,
}

/// Finds lines across any boundary between reads.
#[derive(Debug)]
pub struct LineFraming {
    max_line: usize,
    partial: Vec<u8>,
    state: FramingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FramingState {
    /// `partial` holds the beginning of the current line.
    Collecting,
    /// `partial` holds a line that has been handed out, to be forgotten at the next call.
    HandedOut,
    /// The current line is too long; everything up to its newline is skipped.
    Skipping,
}

impl LineFraming {
    /// A framing for lines of at most `max_line` bytes, newline not counted.
    #[must_use]
    pub fn new(max_line: usize) -> Self {
        Self { max_line, partial: Vec::new(), state: FramingState::Collecting }
    }

    /// The next frame of `input`, which is advanced past what was used; `None` when `input` is used up.
    ///
    /// Call it until it returns `None`, then with the bytes of the next read.
    pub fn next_frame<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<Frame<'a>> {
        self.next_frame_and_end(input).map(|(frame, _)| frame)
    }

    /// The next frame as [`next_frame`](Self::next_frame) gives it, and what ended it, which is `"\n"` or `"\r\n"`.
    pub fn next_frame_and_end<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<(Frame<'a>, &'static [u8])> {
        if self.state == FramingState::HandedOut {
            self.forget_line();
        }
        if self.state == FramingState::Skipping && !self.skip_to_newline(input) {
            return None;
        }
        let Some(newline) = memchr::memchr(b'\n', input) else {
            return self.keep_beginning(input).map(|frame| (frame, &b"\n"[..]));
        };
        let (head, tail) = (&input[..newline], &input[newline + 1..]);
        *input = tail;
        if self.partial.is_empty() {
            return Some((self.judge(without_cr(head)), end_of(head)));
        }
        self.state = FramingState::HandedOut;
        if self.partial.len() + head.len() > self.max_line + 1 {
            return Some((Frame::TooLong, b"\n"));
        }
        self.partial.extend_from_slice(head);
        Some((self.judge(without_cr(&self.partial)), end_of(&self.partial)))
    }

    /// The bytes of a line that has begun and not ended. At the end of the stream they are what was never sent whole.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        match self.state {
            FramingState::Collecting => &self.partial,
            FramingState::HandedOut | FramingState::Skipping => &[],
        }
    }

    /// Forgets the first bytes of the line that has begun and not ended.
    pub fn skip_unfinished(&mut self, length: usize) {
        if self.state == FramingState::Collecting {
            self.partial.drain(..length.min(self.partial.len()));
        }
    }

    /// Whether a line has begun and not ended.
    #[must_use]
    pub fn is_inside_line(&self) -> bool {
        match self.state {
            FramingState::Collecting => !self.partial.is_empty(),
            FramingState::HandedOut => false,
            FramingState::Skipping => true,
        }
    }

    /// Bytes of memory held for the unfinished line.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.partial.capacity()
    }

    fn judge<'a>(&self, line: &'a [u8]) -> Frame<'a> {
        if line.len() > self.max_line { Frame::TooLong } else { Frame::Line(line) }
    }

    /// Gives the memory back as well: a connection is idle for most of its life.
    fn forget_line(&mut self) {
        self.partial = Vec::new();
        self.state = FramingState::Collecting;
    }

    /// True if the newline was found and collecting goes on behind it.
    fn skip_to_newline(&mut self, input: &mut &[u8]) -> bool {
        match memchr::memchr(b'\n', input) {
            Some(newline) => {
                *input = &input[newline + 1..];
                self.state = FramingState::Collecting;
                true
            }
            None => {
                *input = &[];
                false
            }
        }
    }

    fn keep_beginning(&mut self, input: &mut &[u8]) -> Option<Frame<'static>> {
        let rest = std::mem::take(input);
        let total = self.partial.len() + rest.len();
        // One byte over the limit may still be the CR of a CR LF.
        let last = rest.last().or(self.partial.last());
        if total > self.max_line && !(total == self.max_line + 1 && last == Some(&b'\r')) {
            self.partial = Vec::new();
            self.state = FramingState::Skipping;
            return Some(Frame::TooLong);
        }
        self.partial.extend_from_slice(rest);
        None
    }
}

fn end_of(line: &[u8]) -> &'static [u8] {
    if line.ends_with(b"\r") { b"\r\n" } else { b"\n" }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the framing makes of these reads, too long a line as `None`.
    fn frames(max_line: usize, reads: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let mut framing = LineFraming::new(max_line);
        let mut found = Vec::new();
        for read in reads {
            let mut input = *read;
            while let Some(frame) = framing.next_frame(&mut input) {
                found.push(match frame {
                    Frame::Line(line) => Some(line.to_vec()),
                    Frame::TooLong => None,
                });
            }
        }
        found
    }

    fn line(text: &str) -> Option<Vec<u8>> {
        Some(text.as_bytes().to_vec())
    }

    #[test]
    fn a_read_can_hold_several_lines_and_a_line_several_reads() {
        assert_eq!(frames(10, &[b"a\nb\r\n\nc"]), [line("a"), line("b"), line("")]);
        assert_eq!(frames(10, &[b"he", b"l", b"lo\r", b"\nx\n"]), [line("hello"), line("x")]);
    }

    #[test]
    fn the_limit_counts_neither_lf_nor_cr() {
        assert_eq!(frames(3, &[b"abc\n", b"abc\r\n", b"abc", b"\r", b"\n"]), [line("abc"), line("abc"), line("abc")]);
        assert_eq!(frames(3, &[b"abcd\n", b"abc\rd\n"]), [None, None]);
    }

    #[test]
    fn too_long_a_line_is_said_once_and_at_once_and_the_next_one_is_found() {
        assert_eq!(frames(3, &[b"abcd"]), [None]);
        assert_eq!(frames(3, &[b"ab", b"cdefgh", b"ijk\nok\n"]), [None, line("ok")]);
        assert_eq!(frames(3, &[b"abc", b"def\nok\n"]), [None, line("ok")]);
    }

    #[test]
    fn an_over_long_line_costs_no_memory() {
        let mut framing = LineFraming::new(100);
        let chunk = vec![b'x'; 65_536];
        for _ in 0..100 {
            while framing.next_frame(&mut chunk.as_slice()).is_some() {}
            assert!(framing.memory() <= 128);
        }
    }

    #[test]
    fn what_is_left_at_the_end_is_no_line() {
        let mut framing = LineFraming::new(100);
        let mut input: &[u8] = b"whole\nhalf";
        assert_eq!(framing.next_frame(&mut input), Some(Frame::Line(b"whole")));
        assert_eq!(framing.next_frame(&mut input), None);
        assert_eq!(framing.unfinished(), b"half");
    }

    proptest! {
        #[test]
        fn any_chunking_frames_the_same_lines(
            pieces in prop::collection::vec(prop::sample::select(vec!["a", "bc", "\r", "\n", "\r\n", "défg", "\u{0}"]), 0..60),
            cuts in prop::collection::vec(1_usize..9, 1..60),
            max_line in 1_usize..8,
        ) {
            let bytes = pieces.concat().into_bytes();
            let mut reads: Vec<&[u8]> = Vec::new();
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (read, tail) = rest.split_at((*cut).min(rest.len()));
                reads.push(read);
                rest = tail;
            }
            let mut whole = bytes.clone();
            whole.push(b'\n');
            reads.push(b"\n");
            prop_assert_eq!(frames(max_line, &reads), frames(max_line, &[&whole]));
        }
    }
}
