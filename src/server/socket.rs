//! The operating system's sockets as the server uses them: readiness is waited for, reads and writes never wait.
//!
//! This is the one place that knows the reactor (async-io, the one that async-std runs on). async-std's own `TcpStream`
//! hides readiness: it tries each read before it waits, which on a chat is a system call that finds nothing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::Async;
use socket2::{Domain, Protocol, SockRef, Socket as RawSocket, TcpKeepalive, Type};

/// Connections that may wait to be accepted; std's 128 makes a burst wait a second for a retry.
const BACKLOG: i32 = 4096;

/// What the kernel may hide of a reader that stopped reading.
const SEND_BUFFER: usize = 64 * 1024;

/// Dead peers are noticed after about two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 4;

/// A listening socket with a backlog for bursts.
///
/// # Errors
/// If the address is in use, not of this machine, or not allowed.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = RawSocket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// One accepted connection.
#[derive(Debug)]
pub(in crate::server) struct Socket(Async<TcpStream>);

impl Socket {
    /// Prepares an accepted socket.
    pub(in crate::server) fn new(stream: Async<TcpStream>) -> io::Result<Self> {
        let raw = SockRef::from(&stream);
        raw.set_tcp_nodelay(true)?;
        raw.set_send_buffer_size(SEND_BUFFER)?;
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
        raw.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_RETRIES))?;
        Ok(Self(stream))
    }

    /// Ready once bytes, the end or an error have come since it was last pending.
    pub(in crate::server) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_readable(cx)
    }

    /// Ready once the socket takes bytes again.
    pub(in crate::server) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_writable(cx)
    }

    /// What has come, without waiting: `None` if nothing has, 0 at the end.
    pub(in crate::server) fn try_read(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        without_waiting(|| self.0.get_ref().read(buf))
    }

    /// Writes what the socket takes, without waiting: 0 if it takes nothing.
    pub(in crate::server) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        without_waiting(|| self.0.get_ref().write(bytes)).map(Option::unwrap_or_default)
    }

    /// Says that nothing more will be written.
    pub(in crate::server) fn finish(&self) -> io::Result<()> {
        self.0.get_ref().shutdown(Shutdown::Write)
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
