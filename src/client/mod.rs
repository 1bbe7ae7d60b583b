//! Floor 3: the client's end of a connection.
//!
//! Three layers, each usable without the next. [`connect`] makes a [`Connection`]; its [`LineReader`] and [`Writer`] work
//! independently, so that a client that writes can always read. They share one thing, the charset of each direction,
//! and follow `set encoding` by themselves; where messages are no lines, they are translated on the way, so that every user
//! reads and writes lines. The reader hands every line of a read to a function, with the time at which
//! the read returned: nothing is copied, queued or allocated for it. [`Login`] is the login as a pure value, for any shape
//! of reading. On top of them, [`plain`] is a whole conversation as a pipe, and [`transfer`] brings and fetches files.
//!
//! This folder knows nothing of the server or the hub: it works against any implementation of the protocol, and asks
//! [`protocol`](crate::protocol) what charsets and dialects do to a line.

mod address;
mod charsets;
mod connect;
mod handshake;
pub mod known_hosts;
mod login;
pub mod plain;
mod reader;
mod telnet;
pub mod transfer;
mod translation;
mod wire;
mod writer;

#[cfg(test)]
mod tests;

pub use address::{ServerAddress, ServerDoor, Transport};
pub use connect::{ConnectError, ConnectOptions, Connection, connect, resolve};
pub use login::{Login, LoginStep};
pub use reader::{Arrival, EncodedLine, Gate, LineReader, MAX_LINE, ReadOutcome};
pub use writer::{HalfCloser, Writer};

pub use crate::net::tls::Trust;
