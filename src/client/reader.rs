//! The receiving half: whole lines, stamped when the read that brought them returned.

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use smol::Async;

use super::Gate;
use crate::protocol::framing::{Frame, LineFraming};

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
    /// The last read did not fill its buffer, so the next one would find nothing: wait first.
    drained: bool,
}

impl Reader {
    pub(super) fn new(socket: Arc<Async<TcpStream>>, gate: Arc<Gate>) -> Self {
        Self { socket, framing: LineFraming::new(MAX_LINE), gate, drained: true }
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
            self.socket.readable().await?;
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
                return Ok(None);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            result => result?,
        };
        let at = Instant::now();
        self.drained = length < buf.len();
        let mut input = &buf[..length];
        while let Some(frame) = self.framing.next_frame(&mut input) {
            on_frame(frame, at);
        }
        Ok(Some(if length == 0 { Progress::End } else { Progress::Received }))
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
