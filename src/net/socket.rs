//! Reads and writes of sockets that never wait.
//!
//! The system is called without the C library, for which `send` and `recv` are points where a thread may be canceled: it
//! looks after that before and after each call, and a server makes hardly any other calls.

use std::io;
use std::os::fd::AsFd;

use rustix::net::{RecvFlags, SendFlags, recv, send};

/// One read. Returns the number of bytes, 0 at the end.
///
/// # Errors
/// If nothing has arrived, or the connection is broken.
pub(super) fn receive(socket: impl AsFd, buf: &mut [u8]) -> io::Result<usize> {
    Ok(recv(socket, buf, RecvFlags::empty())?.1)
}

/// One write. Returns the number of bytes that were taken.
///
/// # Errors
/// If none were, or the connection is broken.
pub(super) fn transmit(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(send(socket, bytes, SendFlags::NOSIGNAL)?)
}
