//! Floor 2: sockets for both ends: where to listen, and a stream that never waits.
//!
//! This is the one place that knows the reactor (async-io, the one that async-std and smol both run on). async-std's own
//! `TcpStream` hides readiness: it tries each read before it waits, and in a chat that read finds nothing most of the time.

mod listen;
mod network;
mod socket;
mod stream;
pub mod tls;

pub use listen::listen;
pub use network::{Network, NetworkError, party};
pub use stream::{HangUp, Stream};
