//! The sending half: lines in the connection's charset, or bytes as they are.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::AsyncWriteExt;
use smol::Async;

use crate::protocol::encoding::Charset;

/// Writes to a connection. Every write returns the time just before its first byte was handed to the system.
#[derive(Debug)]
pub struct Writer {
    socket: Arc<Async<TcpStream>>,
    charset: Charset,
    chunk: Option<NonZeroUsize>,
}

impl Writer {
    pub(super) fn new(socket: Arc<Async<TcpStream>>, charset: Charset) -> Self {
        Self { socket, charset, chunk: None }
    }

    /// Sends a line and its newline in one write.
    ///
    /// # Errors
    /// If the connection is broken.
    pub async fn send_line(&mut self, line: &str) -> io::Result<Instant> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        self.charset.encode_into(line, &mut bytes);
        bytes.push(b'\n');
        self.send_bytes(&bytes).await
    }

    /// Sends exactly these bytes.
    ///
    /// # Errors
    /// If the connection is broken.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<Instant> {
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
