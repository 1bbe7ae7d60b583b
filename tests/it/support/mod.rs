//! Servers to talk to, in this process or as the real binary, and a client that is nothing but a socket.
//!
//! Nothing here sleeps: whoever waits, waits for a line or for the end of the stream, and gives up after [`PATIENCE`].

mod client;
pub(crate) mod fake;
pub(crate) mod player;
mod process;
mod server;
pub(crate) mod socket;
pub(crate) mod stage;
pub(crate) mod terminal;
pub(crate) mod wire;
mod witness;

use std::time::Duration;

pub(crate) use client::{Client, PROMPT, WELCOME};
pub(crate) use process::Process;
pub(crate) use server::Server;
pub(crate) use witness::Witness;

/// The longest that anything may take before it counts as never: long enough for a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
