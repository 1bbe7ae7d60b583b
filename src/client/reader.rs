//! The receiving half: whole lines in the connection's charset, stamped when the read that brought them returned.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Instant;

use futures::future::{Either, poll_fn, select};
use futures::task::AtomicWaker;
use smol::Timer;

use super::charsets::Charsets;
use super::telnet::Telnet;
use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::charset::{Charset, NotInCharset};
use crate::protocol::dialect::{EventEnd, Spelling};
use crate::protocol::line::{Frame, LineFraming};

/// The longest line that is taken, in bytes: what the protocol asks of every client.
pub const MAX_LINE: usize = 64 * 1024;

/// The result of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Bytes came; their lines, if any was complete, have been handed out.
    Received,
    /// The other side has closed: nothing more will come.
    End,
}

/// One thing that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival<'a> {
    /// A line without its newline.
    Line(EncodedLine<'a>),
    /// A line of more than [`MAX_LINE`] bytes, which is skipped.
    TooLong,
}

/// A line that came, in the charset that the server speaks in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedLine<'a> {
    /// Its bytes, without the newline.
    pub bytes: &'a [u8],
    /// What ended it: empty, LF, or CR LF.
    pub end: &'static [u8],
    /// What the bytes are text in.
    pub charset: Charset,
}

impl<'a> EncodedLine<'a> {
    /// A line of these bytes, in this charset, that has not ended.
    #[must_use]
    pub fn new(bytes: &'a [u8], charset: Charset) -> Self {
        Self { bytes, end: b"", charset }
    }

    /// What is left of it without its first `taken` bytes.
    #[must_use]
    pub fn without(self, taken: usize) -> Self {
        Self { bytes: self.bytes.get(taken..).unwrap_or_default(), ..self }
    }

    /// What it says.
    ///
    /// # Errors
    /// If the bytes mean nothing in the charset.
    pub fn text(self) -> Result<Cow<'a, str>, NotInCharset> {
        self.charset.decode(self.bytes)
    }

    /// What it says, with `\xff` for bytes that mean nothing: in charsets other than UTF-8, then for all that are no ASCII.
    #[must_use]
    pub fn text_or_bytes(self) -> Cow<'a, str> {
        self.text().unwrap_or_else(|_| {
            let mut shown = String::new();
            for chunk in self.bytes.utf8_chunks() {
                let is_text = |character: char| self.charset == Charset::UTF_8 || character.is_ascii();
                for character in chunk.valid().chars() {
                    match is_text(character) {
                        true => shown.push(character),
                        false => write_bytes(&mut shown, character.encode_utf8(&mut [0; 4]).as_bytes()),
                    }
                }
                write_bytes(&mut shown, chunk.invalid());
            }
            shown.into()
        })
    }

    /// What it says, with `\u{fffd}` for bytes that mean nothing.
    #[must_use]
    pub fn lossy_text(self) -> Cow<'a, str> {
        self.text().unwrap_or_else(|_| String::from_utf8_lossy(self.bytes))
    }
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// Reads a connection, line by line.
#[derive(Debug)]
pub struct LineReader {
    stream: Arc<Stream>,
    framing: LineFraming,
    charsets: Arc<Mutex<Charsets>>,
    gate: Arc<Gate>,
    /// Where events end, in a dialect without lines.
    ending: Option<EventEnding>,
    /// The last read did not fill its buffer, so the next one would find nothing: wait first.
    drained: bool,
    /// What came before there was a reader.
    early: Vec<u8>,
    /// What takes Telnet's commands out of what is read, if the server speaks that.
    telnet: Option<Telnet>,
}

impl LineReader {
    pub(super) fn new(stream: Arc<Stream>, charsets: Arc<Mutex<Charsets>>, spelling: Spelling) -> Self {
        let has_lines = spelling.event_end(b"", 0) == EventEnd::Newline;
        let ending = (!has_lines).then(|| EventEnding::new(spelling));
        let framing = LineFraming::new(MAX_LINE);
        Self { stream, framing, charsets, gate: Arc::default(), ending, drained: true, early: Vec::new(), telnet: None }
    }

    /// With bytes that came already and are the first to be read.
    pub(super) fn after(mut self, early: Vec<u8>) -> Self {
        self.drained = early.is_empty();
        self.early = early;
        self
    }

    /// From here on, Telnet's commands are no text, and [`take_answers`](Self::take_answers) says what to answer.
    #[must_use]
    pub fn speaking_telnet(mut self) -> Self {
        self.telnet = Some(Telnet::default());
        self
    }

    /// What the server is to be sent, by [`Writer::send_answers`](super::Writer::send_answers), that has asked for Telnet's
    /// options, or whose WebSocket pings or closes.
    pub fn take_answers(&mut self) -> Vec<u8> {
        let mut answers = self.charsets.locked().take_replies();
        answers.extend(self.telnet.as_mut().map_or(Vec::new(), Telnet::take_answers));
        answers
    }

    /// Waits for bytes, reads once into `buf`, and hands every line that is then complete to `on_arrival`, with the
    /// time at which the read returned. Dropping the future between two reads loses nothing.
    ///
    /// # Errors
    /// If the connection breaks (a reset, as a rule).
    pub async fn read(
        &mut self,
        buf: &mut [u8],
        on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized),
    ) -> io::Result<ReadOutcome> {
        loop {
            self.ready().await?;
            if let Some(progress) = self.try_read(buf, on_arrival)? {
                return Ok(progress);
            }
        }
    }

    /// Waits until there may be something to read, and the gate is open.
    ///
    /// # Errors
    /// If the connection can no longer be waited for.
    pub async fn ready(&self) -> io::Result<()> {
        if self.drained {
            let mut readable = poll_fn(|cx| self.stream.poll_readable(cx));
            match self.ending.as_ref().and_then(EventEnding::due) {
                None => readable.await?,
                Some(due) => {
                    if let Either::Left((ready, _)) = select(&mut readable, Timer::at(due)).await {
                        ready?;
                    }
                }
            }
        }
        self.gate.opened().await;
        Ok(())
    }

    /// Reads once into `buf`, as [`read`](Self::read) does, or returns `None` if there is nothing to read: for many
    /// connections that share one buffer.
    ///
    /// # Errors
    /// If the connection breaks (a reset, as a rule).
    pub fn try_read(
        &mut self,
        buf: &mut [u8],
        on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized),
    ) -> io::Result<Option<ReadOutcome>> {
        if !self.early.is_empty() {
            let early = std::mem::take(&mut self.early);
            self.hand_out(&early, Instant::now(), on_arrival);
            return Ok(Some(ReadOutcome::Received));
        }
        let Some(length) = self.stream.try_read(buf)? else {
            self.drained = true;
            return Ok(self.end_silent_event(on_arrival).then_some(ReadOutcome::Received));
        };
        let at = Instant::now();
        self.drained = length < buf.len();
        if self.ending.is_some() {
            self.take_events(&buf[..length], at, on_arrival);
        } else if let Some(telnet) = &mut self.telnet {
            let text = telnet.text(&buf[..length]);
            self.hand_out(&text, at, on_arrival);
        } else {
            self.hand_out(&buf[..length], at, on_arrival);
        }
        Ok(Some(if length == 0 { ReadOutcome::End } else { ReadOutcome::Received }))
    }

    /// The events of one read, in a dialect without lines.
    fn take_events(&mut self, input: &[u8], at: Instant, on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized)) {
        let length = input.len();
        self.hand_out(input, at, on_arrival);
        let ending = self.ending.as_mut().expect("only a dialect without lines comes here");
        if ending.ends_after(length, self.framing.unfinished(), at) {
            self.hand_out(b"\n", at, on_arrival);
        }
    }

    /// Whether an event has ended because nothing came.
    fn end_silent_event(&mut self, on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized)) -> bool {
        let ended = self.ending.as_mut().and_then(|ending| ending.take_due(Instant::now()));
        if let Some(at) = ended {
            self.hand_out(b"\n", at, on_arrival);
        }
        ended.is_some()
    }

    /// Hands out the lines of these bytes, or those that they are translated to.
    fn hand_out(&mut self, input: &[u8], at: Instant, on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized)) {
        let translated = self.charsets.locked().hear(input);
        match translated {
            None => self.hand_out_lines(input, at, on_arrival),
            Some(translated) => {
                (0..translated.too_long).for_each(|_| on_arrival(Arrival::TooLong, at));
                self.hand_out_lines(&translated.lines, at, on_arrival);
            }
        }
    }

    fn hand_out_lines(
        &mut self,
        mut input: &[u8],
        at: Instant,
        on_arrival: &mut (impl FnMut(Arrival<'_>, Instant) + ?Sized),
    ) {
        // Without lines, no event is empty.
        let skips_empty = self.ending.is_some();
        let (mut charset, dialect) = {
            let charsets = self.charsets.locked();
            (charsets.receiving(), charsets.dialect())
        };
        while let Some((frame, end)) = self.framing.next_frame_and_end(&mut input) {
            match frame {
                Frame::Line(b"") if skips_empty => {}
                Frame::Line(bytes) => {
                    // The charset may change between two lines of one read, so it is asked for each answer.
                    if dialect.may_be_answer(bytes) {
                        charset = self.charsets.locked().heard(bytes);
                    }
                    on_arrival(Arrival::Line(EncodedLine { bytes, end, charset }), at);
                }
                Frame::TooLong => on_arrival(Arrival::TooLong, at),
            }
        }
    }

    /// Forgets the first bytes of the line that has begun and not ended: they were a line of their own.
    pub fn skip_unfinished(&mut self, length: usize) {
        self.framing.skip_unfinished(length);
    }

    /// A line that has begun and not ended; `None` if none has.
    #[must_use]
    pub fn unfinished(&self) -> Option<EncodedLine<'_>> {
        let bytes = self.framing.unfinished();
        (!bytes.is_empty()).then(|| EncodedLine::new(bytes, self.charsets.locked().receiving()))
    }

    /// What stops this reader and lets it go on.
    #[must_use]
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }
}

/// Whether a connection is being read: closed by whoever wants it to stall, waited at by the reader.
///
/// Open at first. One reader may wait for it at a time.
#[derive(Debug, Default)]
pub struct Gate {
    closed: AtomicBool,
    waiting: AtomicWaker,
}

impl Gate {
    /// From here on, no further read begins.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Lets the reader go on.
    pub fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.waiting.wake();
    }

    /// Completes as soon as it is open.
    async fn opened(&self) {
        poll_fn(|context| {
            self.waiting.register(context.waker());
            if self.closed.load(Ordering::SeqCst) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

/// Where an event ends that has no newline: with its read, or after a silence. For a dialect without lines.
#[derive(Debug)]
struct EventEnding {
    spelling: Spelling,
    received: u64,
    begun: Option<Begun>,
}

/// An event that may go on.
#[derive(Debug, Clone, Copy)]
struct Begun {
    /// When its last bytes came.
    since: Instant,
    /// When it ends, if nothing comes before.
    due: Instant,
}

impl EventEnding {
    fn new(spelling: Spelling) -> Self {
        Self { spelling, received: 0, begun: None }
    }

    /// When to stop waiting for bytes and to look again, if ever.
    fn due(&self) -> Option<Instant> {
        self.begun.map(|begun| begun.due)
    }

    /// Records a read of `length` bytes that left `begun` of an event; true if the event has ended.
    fn ends_after(&mut self, length: usize, begun: &[u8], at: Instant) -> bool {
        self.received += length as u64;
        self.begun = match self.spelling.event_end(begun, self.received) {
            // Nothing breaks the silence at the end of the stream.
            EventEnd::Silence(wait) if !begun.is_empty() && length > 0 => Some(Begun { since: at, due: at + wait }),
            EventEnd::Silence(_) | EventEnd::Read | EventEnd::Newline => None,
        };
        self.begun.is_none()
    }

    /// If the silence has lasted until `now`: when the last bytes of the event came that it ends.
    fn take_due(&mut self, now: Instant) -> Option<Instant> {
        self.begun.take_if(|begun| begun.due <= now).map(|begun| begun.since)
    }
}
