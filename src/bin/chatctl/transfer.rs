//! What `send` and `save` share: where the server is, and a bar on a terminal.

use std::io::{IsTerminal, stderr};

use chatctl::client::{self, ConnectOptions, ServerDoor, Transport};
use chatctl::protocol::dialect::Dialect;
use chatctl::protocol::file::FileName;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::target::server_address;
use crate::trust::TrustArguments;

/// Where files go to and come from.
#[derive(Debug, Args)]
pub(crate) struct DoorArguments {
    /// Server to connect to, such as chat.lan, tls://chat.lan or wss://chat.lan
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7667", value_parser = server_address)]
    server: String,
    #[command(flatten)]
    trust: TrustArguments,
}

impl DoorArguments {
    /// The server, looked up. Whether it is to be trusted may be asked at the terminal.
    pub(crate) fn find(&self) -> anyhow::Result<(ServerDoor, ConnectOptions)> {
        let door = smol::block_on(client::resolve(&self.server))?;
        let dialect = if door.transport == Transport::Tcp { Dialect::default() } else { Dialect::FOR_PROGRAMS };
        let trust = self.trust.trust(&self.server)?;
        Ok((door, ConnectOptions { dialect, charset: dialect.charset(), trust, ..ConnectOptions::default() }))
    }
}

/// How far a file has come: a bar on a terminal, nothing elsewhere.
#[derive(Debug)]
pub(crate) struct TransferBar(ProgressBar);

impl TransferBar {
    pub(crate) fn new(name: &FileName, size: u64, at: u64) -> Self {
        let target = if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes} {bytes_per_sec} {eta}");
        let bar = ProgressBar::with_draw_target(Some(size), target).with_position(at);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name.to_string());
        bar.reset_eta();
        Self(bar)
    }

    pub(crate) fn set(&self, at: u64) {
        self.0.set_position(at);
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
