//! `--web` and what belongs to it: the address for browsers and programs.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use chatctl::server::WebConfig;
use clap::Args;

use crate::target::host_and_port;

/// The door for browsers and programs.
#[derive(Debug, Args)]
pub(super) struct WebArguments {
    /// Serve the web page, WebSocket and JSON lines on this address; `none` turns them off [default: the address of
    /// --listen with the next port]
    #[arg(long, value_name = "ADDR", value_parser = web_address)]
    web: Option<WebAddress>,
    /// Additional host name under which browsers reach this server; may be repeated
    #[arg(long, value_name = "NAME")]
    web_name: Vec<String>,
    /// Read the web page from this directory at each request instead of using the built-in one
    #[arg(long, value_name = "DIR")]
    web_root: Option<PathBuf>,
}

/// Where the web door is.
#[derive(Debug, Clone)]
enum WebAddress {
    /// There is none.
    None,
    /// Here.
    At(String),
}

impl WebArguments {
    pub(super) fn config(&self) -> WebConfig {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let names = std::iter::once(machine).chain(self.web_name.iter().cloned()).collect();
        WebConfig { names, root: self.web_root.clone(), ..WebConfig::default() }
    }

    /// The address that was asked for, if one was.
    pub(super) fn asked(&self) -> Option<&str> {
        match &self.web {
            Some(WebAddress::At(address)) => Some(address),
            Some(WebAddress::None) | None => None,
        }
    }

    /// Where it is unless it was told something else: next to the text door, which was asked for as `asked`.
    pub(super) fn nearby(&self, text: &TcpListener, asked: &str) -> Option<SocketAddr> {
        let mut next = text.local_addr().ok().filter(|_| self.web.is_none())?;
        next.set_port(if asked.ends_with(":0") { 0 } else { next.port().checked_add(1)? });
        Some(next)
    }
}

fn web_address(text: &str) -> Result<WebAddress, &'static str> {
    if text == "none" { Ok(WebAddress::None) } else { host_and_port(text).map(WebAddress::At) }
}
