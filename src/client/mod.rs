//! Floor 3: the client's end of a connection.
//!
//! Three layers, each usable without the next. [`connect`] makes a [`Connection`]; its [`Reader`] and [`Writer`] part
//! work independently, so that whoever writes is never kept from reading. The reader hands every line of a read to a
//! function, with the time at which the read returned: nothing is copied, queued or allocated for it. [`Login`] is the
//! login as a pure value, for any shape of reading. On top of them, [`plain`] is a whole conversation as a pipe.
//!
//! It knows nothing of the server or the hub: it works against any implementation of the protocol. What a charset does
//! to a line is asked of [`protocol::charset`](crate::protocol::charset), where lines end of
//! [`protocol::line`](crate::protocol::line); what a dialect does to
//! both of [`protocol::dialect`](crate::protocol::dialect).

mod charsets;
mod connect;
mod ending;
mod gate;
mod login;
pub mod plain;
mod printable;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use charsets::Charsets;
pub use connect::{ConnectError, Connection, Options, connect, resolve};
pub use gate::Gate;
pub use login::{Login, LoginStep, PROMPT, WELCOME};
pub use printable::{decode, printable};
pub use reader::{MAX_LINE, Progress, Reader};
pub use writer::{HalfCloser, Writer};
