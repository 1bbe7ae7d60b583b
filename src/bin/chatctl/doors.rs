//! `--server`, `--legacy-server`, `--dialect` and `--encoding`: where users connect, and how they speak.

use anyhow::bail;
use chatctl::client::{self, ConnectError};
use chatctl::lang::ast::Script;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::Manner;
use chatctl::run::{Addresses, RunningServer, StartServer};
use clap::Args;

use crate::address::host_and_port;
use crate::embedded::EmbeddedServer;
use crate::manner::MannerArguments;

/// Where users connect, and how they speak.
#[derive(Debug, Args)]
pub(crate) struct DoorArguments {
    /// Connect to this server instead of a fresh one
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    server: Option<String>,
    /// Where users of the legacy dialect connect, if not to a fresh server: its legacy door, or a Python chat room
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    legacy_server: Option<String>,
    #[command(flatten)]
    manner: MannerArguments,
}

impl DoorArguments {
    /// Whether the servers run already.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.server.is_some() || self.legacy_server.is_some()
    }

    /// How users connect whose statement does not say it.
    pub(crate) fn manner(&self) -> Manner {
        self.manner.manner()
    }

    /// Refuses a script with users who would have no door to go to.
    pub(crate) fn check(&self, scripts: &[Script]) -> anyhow::Result<()> {
        let doors =
            [(Dialect::Text, &self.server, "--server"), (Dialect::Legacy, &self.legacy_server, "--legacy-server")];
        for (dialect, _, flag) in doors.iter().filter(|(_, address, _)| self.is_elsewhere() && address.is_none()) {
            if let Some(script) = scripts.iter().find(|s| self.manner().charset_in(s, *dialect).is_some()) {
                bail!(
                    "{} has users of the {dialect} dialect: say with {flag} where they connect",
                    script.source.name()
                );
            }
        }
        Ok(())
    }

    /// The named servers, or what starts fresh ones.
    pub(crate) fn servers(&self) -> Result<Box<dyn StartServer>, ConnectError> {
        if !self.is_elsewhere() {
            return Ok(Box::new(EmbeddedServer));
        }
        let resolve = |address: &Option<String>| match address {
            None => Ok(Vec::new()),
            Some(address) => smol::block_on(client::resolve(address)),
        };
        let addresses = Addresses { text: resolve(&self.server)?, legacy: resolve(&self.legacy_server)? };
        Ok(Box::new(RunningServer(addresses)))
    }
}
