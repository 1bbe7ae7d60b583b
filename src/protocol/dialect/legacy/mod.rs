//! The legacy dialect: what the clients and the server of the Python chat room say to each other.
//!
//! Neither end frames anything: each takes what one `recv(1024)` brings as one message and decodes it strictly.
//! [`spell`] spells events as the old server did and writes only characters that the old clients can read, [`silence`]
//! tells when a message ends, and [`packing`] tells what to write when, so that no read of an old client ends inside a
//! character.

pub(super) mod packing;
pub(super) mod read;
pub(super) mod request;
pub(super) mod silence;
pub(super) mod spell;

mod python;

use std::time::Duration;

/// The number of bytes that an old client or server takes with one read.
pub const READ_SIZE: usize = 1024;

/// The pause between two writes of a client: sent closer together, TCP may make them one message.
pub(super) const SENDS_APART: Duration = Duration::from_millis(60);
