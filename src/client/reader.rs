//! The receiving half: whole lines, stamped when the read that brought them returned.

use std::io::{self, Read};
use std::net::TcpStream;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{Either, select};
use smol::{Async, Timer};

use super::Gate;
use super::ending::Ending;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, EventEnd};
use crate::protocol::line::{Frame, LineFraming};

/// The longest line that is taken, in bytes: what the protocol asks of every client.
pub const MAX_LINE: usize = 64 * 1024;

/// What a read came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Bytes came; their lines, if any was complete, have been handed out.
    Received,
    /// The other side has closed: nothing more will come.
    End,
}

/// Reads a connection, line by line.
#[derive(Debug)]
pub struct Reader {
    socket: Arc<Async<TcpStream>>,
    framing: LineFraming,
    gate: Arc<Gate>,
    /// Where events end, in a dialect without lines.
    ending: Option<Ending>,
    /// The last read did not fill its buffer, so the next one would find nothing: wait first.
    drained: bool,
}

impl Reader {
    pub(super) fn new(socket: Arc<Async<TcpStream>>, gate: Arc<Gate>, dialect: Dialect, charset: Charset) -> Self {
        let spelling = dialect.in_charset(charset);
        let has_lines = spelling.event_end(b"", 0) == EventEnd::Newline;
        let ending = (!has_lines).then(|| Ending::new(spelling));
        Self { socket, framing: LineFraming::new(MAX_LINE), gate, ending, drained: true }
    }

    /// Waits for bytes, reads once into `buf`, and hands every line that is then complete to `on_frame`, with the time
    /// at which the read returned. Dropping the future between two reads loses nothing.
    ///
    /// # Errors
    /// If the connection breaks (a reset, as a rule).
    pub async fn read(
        &mut self,
        buf: &mut [u8],
        on_frame: &mut (impl FnMut(Frame<'_>, Instant) + ?Sized),
    ) -> io::Result<Progress> {
        loop {
            self.ready().await?;
            if let Some(progress) = self.try_read(buf, on_frame)? {
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
            match self.ending.as_ref().and_then(Ending::due) {
                None => self.socket.readable().await?,
                Some(due) => {
                    if let Either::Left((ready, _)) = select(pin!(self.socket.readable()), Timer::at(due)).await {
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
        on_frame: &mut (impl FnMut(Frame<'_>, Instant) + ?Sized),
    ) -> io::Result<Option<Progress>> {
        let length = match self.socket.get_ref().read(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.drained = true;
                return Ok(self.end_silent_event(on_frame).then_some(Progress::Received));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            result => result?,
        };
        let at = Instant::now();
        self.drained = length < buf.len();
        let mut input = &buf[..length];
        if self.ending.is_some() {
            self.take_events(input, at, on_frame);
        } else {
            while let Some(frame) = self.framing.next_frame(&mut input) {
                on_frame(frame, at);
            }
        }
        Ok(Some(if length == 0 { Progress::End } else { Progress::Received }))
    }

    /// The events of one read, in a dialect without lines.
    fn take_events(&mut self, mut input: &[u8], at: Instant, on_frame: &mut (impl FnMut(Frame<'_>, Instant) + ?Sized)) {
        let length = input.len();
        self.hand_out(&mut input, at, on_frame);
        let ending = self.ending.as_mut().expect("only a dialect without lines comes here");
        if ending.ends_after(length, self.framing.unfinished(), at) {
            self.hand_out(&mut b"\n".as_slice(), at, on_frame);
        }
    }

    /// Whether an event has ended because nothing came.
    fn end_silent_event(&mut self, on_frame: &mut (impl FnMut(Frame<'_>, Instant) + ?Sized)) -> bool {
        let ended = self.ending.as_mut().and_then(|ending| ending.take_due(Instant::now()));
        if let Some(at) = ended {
            self.hand_out(&mut b"\n".as_slice(), at, on_frame);
        }
        ended.is_some()
    }

    /// What stands between newlines; no event is empty.
    fn hand_out(&mut self, input: &mut &[u8], at: Instant, on_frame: &mut (impl FnMut(Frame<'_>, Instant) + ?Sized)) {
        while let Some(frame) = self.framing.next_frame(input) {
            if frame != Frame::Line(b"") {
                on_frame(frame, at);
            }
        }
    }

    /// The bytes of a line that has begun and not ended.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        self.framing.unfinished()
    }

    /// What stops this reader and lets it go on.
    #[must_use]
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }
}
