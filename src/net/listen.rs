//! Listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted. With the 128 of the standard library, a burst waits a second for a retry.
const BACKLOG: i32 = 4096;

/// Binds an address and listens there, with a backlog for bursts.
///
/// # Errors
/// If the address is in use, not of this machine, or not allowed.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
