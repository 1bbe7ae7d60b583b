//! A socket with TLS on it. Nothing here waits but the handshake.
//!
//! What is written is taken in first and handed to the socket after that, so bytes may be taken that the socket has not:
//! [`TlsStream::holds_bytes`] says so, and [`TlsStream::poll_writable`] hands them over.

use std::io::{self, BufRead, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use async_io::Async;
use futures::future::poll_fn;
use rustls::Connection;

use super::super::socket::transmit;
use super::identity::Identity;
use crate::lock::Locked;

/// Bytes that are taken in before the socket has the ones before them: what a peer that does not read holds here.
const TAKEN_AT_ONCE: usize = 32 * 1024;

/// Bytes that rustls reads from a socket at once; fewer mean that nothing is left.
const SOCKET_READ: usize = 4096;

/// Reads of the socket in a row that may bring nothing to read out.
const READS_IN_A_ROW: usize = 32;

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct TlsStream {
    socket: Async<TcpStream>,
    session: Mutex<Connection>,
}

impl TlsStream {
    /// The server's side of a handshake on a connection that begins.
    ///
    /// # Errors
    /// If the peer breaks off, or there is nothing that both ends speak. The peer has been told.
    pub async fn accept(socket: Async<TcpStream>, identity: &Identity) -> io::Result<Self> {
        let session = identity.session().map_err(io::Error::other)?;
        Self::shake(socket, session).await
    }

    /// Goes through a handshake.
    pub(super) async fn shake(socket: Async<TcpStream>, mut session: Connection) -> io::Result<Self> {
        session.set_buffer_limit(Some(TAKEN_AT_ONCE));
        let mut stream = Self { socket, session: Mutex::new(session) };
        poll_fn(|cx| stream.poll_shake(cx)).await?;
        Ok(stream)
    }

    fn poll_shake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, session } = self;
        let session = session.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        loop {
            hand_over(session, socket)?;
            if session.wants_write() {
                ready!(socket.poll_writable(cx))?;
                continue;
            }
            if !session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            match take_in(session, socket)? {
                Some(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Some(_) => {}
                None => ready!(socket.poll_readable(cx))?,
            }
        }
    }

    /// The socket itself.
    pub(in crate::net) fn socket(&self) -> &Async<TcpStream> {
        &self.socket
    }

    /// The certificates of the server, its own first, as the client's side got them.
    pub(super) fn peer_certificate(&self) -> Option<Vec<u8>> {
        let session = self.session.locked();
        session.peer_certificates().and_then(|chain| chain.first()).map(|certificate| certificate.to_vec())
    }

    /// Ready if there is something to read out, or once something has come since it was last pending.
    pub(in crate::net) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.read_out().is_some() {
            return Poll::Ready(Ok(()));
        }
        self.socket.poll_readable(cx)
    }

    /// Ready once the socket has all that was taken, and takes more.
    pub(in crate::net) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.poll_writable(cx))?;
            let mut session = self.session.locked();
            hand_over(&mut session, &self.socket)?;
            if !session.wants_write() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Whether bytes were taken that the socket has not.
    pub(in crate::net) fn holds_bytes(&self) -> bool {
        self.session.locked().wants_write()
    }

    /// The first byte that waits, which stays: `None` if none does, `Some(None)` at the end.
    fn read_out(&self) -> Option<Option<u8>> {
        match self.session.locked().reader().fill_buf() {
            Ok(bytes) => Some(bytes.first().copied()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(None),
            Err(_) => None,
        }
    }

    /// Waits for the first byte and leaves it to be read; `None` at the end.
    pub(in crate::net) async fn peek(&self) -> io::Result<Option<u8>> {
        poll_fn(|cx| {
            loop {
                if let Some(first) = self.read_out() {
                    return Poll::Ready(Ok(first));
                }
                if take_in(&mut self.session.locked(), &self.socket)?.is_none() {
                    ready!(self.socket.poll_readable(cx))?;
                }
            }
        })
        .await
    }

    /// Reads what has arrived: `None` if nothing has, 0 at the end, whether or not the peer has announced it.
    pub(in crate::net) fn try_read(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        let mut session = self.session.locked();
        let mut filled = 0;
        let mut left_in_socket = true;
        for _ in 0..READS_IN_A_ROW {
            match session.reader().read(&mut buf[filled..]) {
                Ok(0) => return Ok(Some(filled)),
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Some(filled)),
                Err(error) => return Err(error),
            }
            if filled == buf.len() || filled > 0 && !left_in_socket {
                return Ok(Some(filled));
            }
            match take_in(&mut session, &self.socket) {
                Ok(Some(bytes)) => left_in_socket = bytes == SOCKET_READ,
                Ok(None) => break,
                // What came before it is read first; it is found again.
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok((filled > 0).then_some(filled))
    }

    /// Takes what fits and hands it to the socket; 0 if the socket has not taken what it was given before.
    pub(in crate::net) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut session = self.session.locked();
        let mut taken = 0;
        loop {
            hand_over(&mut session, &self.socket)?;
            if session.wants_write() || taken == bytes.len() {
                return Ok(taken);
            }
            taken += session.writer().write(&bytes[taken..])?;
        }
    }

    /// Tells the peer that nothing more will be written.
    pub(in crate::net) fn finish(&self) -> io::Result<()> {
        let mut session = self.session.locked();
        session.send_close_notify();
        hand_over(&mut session, &self.socket)?;
        self.socket.get_ref().shutdown(Shutdown::Write)
    }
}

/// Writes to a socket: a single record, which is what mostly waits, with `send`, which costs less than `writev`.
struct Sender<'a>(&'a TcpStream);

impl Write for Sender<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        transmit(self.0, bytes)
    }

    fn write_vectored(&mut self, records: &[IoSlice<'_>]) -> io::Result<usize> {
        match records {
            [record] => transmit(self.0, record),
            _ => self.0.write_vectored(records),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Hands to the socket what it takes.
fn hand_over(session: &mut Connection, socket: &Async<TcpStream>) -> io::Result<()> {
    while session.wants_write() {
        match session.write_tls(&mut Sender(socket.get_ref())) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads once from the socket; `None` if nothing is there, 0 at the end. A peer that breaks the rules is told.
fn take_in(session: &mut Connection, socket: &Async<TcpStream>) -> io::Result<Option<usize>> {
    let bytes = loop {
        match session.read_tls(&mut socket.get_ref()) {
            Ok(bytes) => break bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    let processed = session.process_new_packets();
    // Answers of the protocol itself; if the socket does not take them, they go before whatever is written next.
    let handed_over = hand_over(session, socket);
    processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    handed_over?;
    Ok(Some(bytes))
}
