//! One open connection as a stream of bytes: readiness is waited for, reads and writes never wait.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::Async;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{SockRef, TcpKeepalive};

use super::socket::{receive, transmit};
use super::tls::{HandshakeError, Identity, TlsStream, Trust};

/// Bytes that the kernel may hold for a client that has stopped reading.
const SEND_BUFFER: usize = 64 * 1024;

/// With these three, a dead peer is noticed after about two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 4;

/// What the other side has ended, as far as can be told without reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// Nothing.
    No,
    /// Nothing more comes from it, though there may be something left to read.
    Sending,
    /// The connection is broken: what is left to read is of no use to anybody.
    Everything,
}

/// An open connection.
///
/// At most one task waits for each direction: the last one that began to wait is woken.
#[derive(Debug)]
pub enum Stream {
    /// TCP as it is.
    Plain(Async<TcpStream>),
    /// TCP with TLS on it.
    Tls(Box<TlsStream>),
    /// A Unix socket: the other end is on this machine, and may open the socket's file.
    Local(Async<UnixStream>),
}

impl Stream {
    /// Prepares an accepted socket: no delay, a small send buffer, keepalive.
    ///
    /// # Errors
    /// If the system refuses one of these options.
    pub fn accepted(socket: Async<TcpStream>) -> io::Result<Self> {
        let raw = SockRef::from(&socket);
        raw.set_tcp_nodelay(true)?;
        raw.set_send_buffer_size(SEND_BUFFER)?;
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
        raw.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_RETRIES))?;
        Ok(Self::Plain(socket))
    }

    /// Goes through the server's side of a TLS handshake.
    ///
    /// # Errors
    /// If it comes to nothing, or if the stream has TLS already.
    pub async fn secure(self, identity: &Identity) -> io::Result<Self> {
        match self {
            Self::Plain(socket) => TlsStream::accept(socket, identity).await.map(|stream| Self::Tls(Box::new(stream))),
            Self::Tls(_) | Self::Local(_) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "TLS within what is secure"))
            }
        }
    }

    /// Connected to the server of this name, if that is one that can be trusted.
    ///
    /// # Errors
    /// If it is not, or the handshake comes to nothing.
    pub async fn securely_connected(
        socket: Async<TcpStream>,
        name: &str,
        trust: &Trust,
    ) -> Result<Self, HandshakeError> {
        trust.connect(socket, name).await.map(|stream| Self::Tls(Box::new(stream)))
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(_) | Self::Local(_) => true,
        }
    }

    /// Whether it is a Unix socket.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Plain(_) | Self::Tls(_) => false,
            Self::Local(_) => true,
        }
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Plain(socket) => socket.as_fd(),
            Self::Tls(stream) => stream.socket().as_fd(),
            Self::Local(socket) => socket.as_fd(),
        }
    }

    /// Ready once bytes, the end or an error have come since it was last pending.
    ///
    /// # Errors
    /// If the stream can no longer be waited for.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => socket.poll_readable(cx),
            Self::Tls(stream) => stream.poll_readable(cx),
            Self::Local(socket) => socket.poll_readable(cx),
        }
    }

    /// Ready once the stream takes bytes again, and holds none back.
    ///
    /// # Errors
    /// If the stream can no longer be waited for.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => socket.poll_writable(cx),
            Self::Tls(stream) => stream.poll_writable(cx),
            Self::Local(socket) => socket.poll_writable(cx),
        }
    }

    /// Whether bytes were taken that are not on their way yet. They go once [`Self::poll_writable`] is ready.
    #[must_use]
    pub fn holds_bytes(&self) -> bool {
        match self {
            Self::Plain(_) | Self::Local(_) => false,
            Self::Tls(stream) => stream.holds_bytes(),
        }
    }

    /// Waits for the first byte and leaves it to be read; `None` at the end.
    ///
    /// # Errors
    /// If the connection is broken, or a Unix socket: its door has one dialect, and nobody looks which.
    pub async fn peek(&self) -> io::Result<Option<u8>> {
        match self {
            Self::Plain(socket) => {
                let mut byte = [0];
                Ok((socket.peek(&mut byte).await? > 0).then_some(byte[0]))
            }
            Self::Tls(stream) => stream.peek().await,
            Self::Local(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Reads what has arrived, without waiting. Returns the number of bytes: `None` if nothing has arrived, 0 at the end.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        match self {
            Self::Plain(_) | Self::Local(_) => without_waiting(|| receive(self.descriptor(), buf)),
            Self::Tls(stream) => stream.try_read(buf),
        }
    }

    /// Writes what the stream takes, without waiting. Returns the number of bytes: 0 if it takes nothing.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(_) | Self::Local(_) => {
                without_waiting(|| transmit(self.descriptor(), bytes)).map(Option::unwrap_or_default)
            }
            Self::Tls(stream) => stream.try_write(bytes),
        }
    }

    /// What the peer has ended. Where the system cannot tell, nothing.
    #[must_use]
    pub fn hang_up(&self) -> HangUp {
        let mut polled = [PollFd::from_borrowed_fd(self.descriptor(), PollFlags::RDHUP)];
        let at_once = Timespec::default();
        let events = match poll(&mut polled, Some(&at_once)) {
            Ok(_) => polled[0].revents(),
            Err(_) => PollFlags::empty(),
        };
        if events.intersects(PollFlags::ERR | PollFlags::HUP) {
            HangUp::Everything
        } else if events.contains(PollFlags::RDHUP) {
            HangUp::Sending
        } else {
            HangUp::No
        }
    }

    /// Tells the peer that nothing more will be written.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn finish(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.get_ref().shutdown(Shutdown::Write),
            Self::Tls(stream) => stream.finish(),
            Self::Local(socket) => socket.get_ref().shutdown(Shutdown::Write),
        }
    }

    /// Makes the close a reset.
    ///
    /// # Errors
    /// If the system refuses the option.
    pub fn close_by_reset(&self) -> io::Result<()> {
        SockRef::from(&self.descriptor()).set_linger(Some(Duration::ZERO))
    }
}

fn without_waiting(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match call() {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
