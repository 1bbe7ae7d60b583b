//! Servers to talk to, in this process or as the real binary, and a client that is nothing but a socket.
//!
//! Nothing here sleeps: whoever waits, waits for a line or for the end of the stream, and gives up after [`PATIENCE`].

mod client;
pub(crate) mod fake;
pub(crate) mod player;
mod process;
pub(crate) mod secure;
mod server;
pub(crate) mod socket;
pub(crate) mod stage;
pub(crate) mod terminal;
pub(crate) mod wire;
mod witness;

use std::io::Write;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

pub(crate) use client::{Client, PROMPT, WELCOME};
pub(crate) use process::Process;
pub(crate) use server::Server;
pub(crate) use witness::Witness;

/// The longest that anything may take before it counts as never: long enough for a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Whether every test is to be run in full, as in `.ci/run`.
pub(crate) fn is_everything_demanded() -> bool {
    std::env::var("CHATCTL_TESTS").is_ok_and(|wanted| wanted == "all")
}

/// The address of this machine in its network, if it has one: whoever connects to it comes over a network.
pub(crate) fn network_address() -> Option<IpAddr> {
    // Nothing is sent: connecting such a socket finds out which address would be used.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback())
}

/// Says by name what a test needs and this machine does not have. With `CHATCTL_TESTS=all`, as in `.ci/run`, the test
/// fails instead of being skipped.
#[track_caller]
pub(crate) fn skipped(missing: &str) {
    assert!(!is_everything_demanded(), "{missing} is not installed");
    // Not by `println!`, which a test that passes does not show.
    let _ = writeln!(std::io::stderr(), "skipped: {missing} is not installed");
}
