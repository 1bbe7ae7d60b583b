//! The sending half: lines in the connection's dialect and charset, or bytes as they are.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::AsyncWriteExt;
use smol::{Async, Timer};

use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, Sends};

/// Writes to a connection. Every write returns the time just before its first byte was handed to the system.
#[derive(Debug)]
pub struct Writer {
    socket: Arc<Async<TcpStream>>,
    dialect: Dialect,
    charset: Charset,
    chunk: Option<NonZeroUsize>,
    /// Nothing is written before.
    not_before: Option<Instant>,
}

impl Writer {
    pub(super) fn new(socket: Arc<Async<TcpStream>>, dialect: Dialect, charset: Charset) -> Self {
        Self { socket, dialect, charset, chunk: None, not_before: None }
    }

    /// Sends a line, with its newline if the dialect has one, in one write.
    ///
    /// # Errors
    /// As [`send_lines`](Self::send_lines).
    pub async fn send_line(&mut self, line: &str) -> io::Result<Instant> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        self.dialect.in_charset(self.charset).encode_into(line, &mut bytes);
        bytes.push(b'\n');
        self.send_lines(&bytes).await
    }

    /// Sends whole lines, each with its newline here: in one write, or, in a dialect without lines, each in one write
    /// of its own and without the newline. Empty ones cannot be sent in such a dialect, and are not.
    ///
    /// # Errors
    /// If the connection is broken. `InvalidInput`, and nothing was sent: the dialect does not have lines so long.
    pub async fn send_lines(&mut self, lines: &[u8]) -> io::Result<Instant> {
        match self.dialect.sends() {
            Sends::Lines => self.send_bytes(lines).await,
            Sends::Messages { longest, apart: _ } => self.send_messages(lines, longest).await,
        }
    }

    async fn send_messages(&mut self, lines: &[u8], longest: usize) -> io::Result<Instant> {
        let messages = || lines.split(|byte| *byte == b'\n').filter(|message| !message.is_empty());
        if messages().any(|message| message.len() > longest) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut first = None;
        for message in messages() {
            let at = self.send_bytes(message).await?;
            first.get_or_insert(at);
        }
        Ok(first.unwrap_or_else(Instant::now))
    }

    /// Sends exactly these bytes, in a dialect without lines as one message.
    ///
    /// # Errors
    /// If the connection is broken.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<Instant> {
        if let Some(time) = self.not_before {
            Timer::at(time).await;
        }
        let at = self.write(bytes).await?;
        self.not_before = match self.dialect.sends() {
            Sends::Lines => None,
            Sends::Messages { longest: _, apart } => Some(Instant::now() + apart),
        };
        Ok(at)
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<Instant> {
        let at = Instant::now();
        let mut socket = &*self.socket;
        match self.chunk {
            None => socket.write_all(bytes).await?,
            Some(size) => {
                for piece in bytes.chunks(size.get()) {
                    socket.write_all(piece).await?;
                    smol::future::yield_now().await;
                }
            }
        }
        Ok(at)
    }

    /// From here on, writes happen in pieces of so many bytes; `None` ends that.
    pub fn set_chunk(&mut self, size: Option<NonZeroUsize>) {
        self.chunk = size;
    }

    /// What is spoken.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The charset of what is sent and received.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Says that nothing more will be sent; what the other side still sends can be read.
    ///
    /// # Errors
    /// If the connection is no longer open.
    pub fn half_close(&self) -> io::Result<()> {
        self.socket.get_ref().shutdown(Shutdown::Write)
    }

    /// What can say so while this writer is at work.
    #[must_use]
    pub fn half_closer(&self) -> HalfCloser {
        HalfCloser { socket: Arc::clone(&self.socket) }
    }

    /// Makes the close a reset. It goes out when both halves have been dropped, so drop the reader first.
    ///
    /// # Errors
    /// If the system refuses the option.
    pub fn reset(self) -> io::Result<()> {
        socket2::SockRef::from(self.socket.get_ref()).set_linger(Some(Duration::ZERO))
    }
}

/// Ends the sending direction of a connection from outside its writer.
#[derive(Debug)]
pub struct HalfCloser {
    socket: Arc<Async<TcpStream>>,
}

impl HalfCloser {
    /// Says that nothing more will be sent, as [`Writer::half_close`].
    ///
    /// # Errors
    /// If the connection is no longer open.
    pub fn half_close(&self) -> io::Result<()> {
        self.socket.get_ref().shutdown(Shutdown::Write)
    }
}
