//! One connection of the generator: a raw non-blocking socket, what it has still to write, and the texts it receives.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use rustls::ClientConnection;
use socket2::{Domain, Socket, Type};

use crate::{secure, stamp};

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) stream: TcpStream,
    session: Option<Box<ClientConnection>>,
    unwritten: Vec<u8>,
    /// The end of the last read: a text that has begun, or bytes in which one may begin.
    partial: Vec<u8>,
    /// Waits until its socket can be written.
    pub(crate) blocked: bool,
}

impl Link {
    pub(crate) fn connect(addr: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
        socket.set_tcp_nodelay(true)?;
        socket.connect(&addr.into())?;
        socket.set_nonblocking(true)?;
        Ok(Self { stream: socket.into(), session: None, unwritten: Vec::new(), partial: Vec::new(), blocked: false })
    }

    /// The same over TLS.
    pub(crate) fn connect_securely(addr: SocketAddr) -> io::Result<Self> {
        let mut link = Self::connect(addr)?;
        link.stream.set_nonblocking(false)?;
        link.session = Some(Box::new(secure::shake(&mut link.stream)?));
        link.stream.set_nonblocking(true)?;
        Ok(link)
    }

    /// What is to be written, to append to.
    pub(crate) fn outgoing(&mut self) -> &mut Vec<u8> {
        &mut self.unwritten
    }

    /// Writes as much as the socket takes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Some(session) = &mut self.session {
            self.blocked = secure::flush(session, &mut self.stream, &mut self.unwritten)?;
            return Ok(());
        }
        let mut written = 0;
        while written < self.unwritten.len() {
            match self.stream.write(&self.unwritten[written..]) {
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.unwritten.drain(..written);
        self.blocked = !self.unwritten.is_empty();
        Ok(())
    }

    /// Reads once, and gives the number of each text that came and when. An error at the end of the stream.
    pub(crate) fn receive(&mut self, scratch: &mut [u8], mut each: impl FnMut(u32, Instant)) -> io::Result<()> {
        let kept = self.partial.len();
        scratch[..kept].copy_from_slice(&self.partial);
        let bytes = match self.read(&mut scratch[kept..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let now = Instant::now();
        let rest = stamp::numbers(&scratch[..kept + bytes], |number| each(number, now));
        self.partial.clear();
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.session {
            None => self.stream.read(buf),
            Some(session) => secure::read(session, &mut self.stream, buf),
        }
    }

    /// Reads once, without looking for texts; `None` if nothing was there.
    pub(crate) fn receive_bytes(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        match self.read(scratch) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}
