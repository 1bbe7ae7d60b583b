//! `--server`, `--legacy-server`, `--dialect` and `--encoding`: where users connect, and how they speak.

use std::fmt;
use std::io;
use std::net::Ipv6Addr;

use anyhow::{Context, bail};
use chatctl::client::{self, ServerAddress, ServerDoor, Transport};
use chatctl::lang::ast::Script;
use chatctl::lang::dialects;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::{ConnectDefaults, Doors};
use chatctl::run::{Addresses, RunningServer, StartServer, Started};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use futures::future::BoxFuture;

use crate::embedded::EmbeddedServer;
use crate::exit::{Because, Exit};
use crate::trust::TrustArguments;

/// The port of a server if an address names none.
pub(crate) const DEFAULT_PORT: u16 = 7667;

/// `HOST:PORT`; whether there is such a host is found out when it is used.
pub(crate) fn host_and_port(text: &str) -> Result<String, &'static str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        Some(_) | None => Err("expected an address like 127.0.0.1:7667"),
    }
}

/// The port of a server over TLS if an address names none.
pub(crate) const DEFAULT_TLS_PORT: u16 = 7697;

/// The address of a server: `HOST:PORT`, or `HOST` for the default port, also behind `tls://`; or `ws://HOST:PORT/PATH`, or
/// `wss://`; or `unix:PATH`.
pub(crate) fn server_address(text: &str) -> Result<String, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.is_empty() { Err("expected a path like unix:/run/server.sock") } else { Ok(text.to_owned()) };
    }
    if let Some(rest) = text.strip_prefix("ws://").or(text.strip_prefix("wss://")) {
        let authority = rest.split('/').next().unwrap_or(rest);
        host_and_port(authority).map_err(|_| "expected an address like ws://127.0.0.1:7668/ws")?;
        return Ok(text.to_owned());
    }
    match text.strip_prefix("tls://") {
        Some(rest) => with_port(rest, DEFAULT_TLS_PORT).map(|address| format!("tls://{address}")),
        None => with_port(text, DEFAULT_PORT),
    }
}

fn with_port(text: &str, default: u16) -> Result<String, &'static str> {
    let is_bare_host = !text.is_empty() && !text.contains(|c: char| c == ':' || c.is_whitespace());
    if text.parse::<Ipv6Addr>().is_ok() {
        Ok(format!("[{text}]:{default}"))
    } else if is_bare_host || (text.starts_with('[') && text.ends_with(']')) {
        Ok(format!("{text}:{default}"))
    } else {
        host_and_port(text)
    }
}

/// How to speak, where nothing else says it.
#[derive(Debug, Args)]
pub(crate) struct SpeechArguments {
    /// Wire protocol; `legacy` is that of the Python chat room, `json` that of the web door and of a ws:// address,
    /// `chatctl dialects` shows the others
    #[arg(long, value_name = "NAME", default_value_t, value_parser = dialects())]
    dialect: DialectName,
    /// Charset, such as gbk [default: utf-8, or gbk with --dialect legacy]
    #[arg(long, value_name = "NAME", value_parser = Charset::for_label)]
    encoding: Option<Charset>,
}

/// A dialect of our own servers, or the name of one that the program brings along for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialectName {
    Own(Dialect),
    Shipped(&'static str),
}

impl Default for DialectName {
    fn default() -> Self {
        Self::Own(Dialect::default())
    }
}

impl fmt::Display for DialectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(dialect) => dialect.fmt(f),
            Self::Shipped(name) => f.write_str(name),
        }
    }
}

impl DialectName {
    fn named(name: &str) -> Option<Self> {
        let shipped = || dialects::names().find(|known| *known == name).map(Self::Shipped);
        Dialect::named(name).map(Self::Own).or_else(shipped)
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::Own(dialect) => dialect,
            Self::Shipped(_) => Dialect::OF_OTHERS,
        }
    }
}

fn dialects() -> impl TypedValueParser<Value = DialectName> {
    let names = PossibleValuesParser::new(Dialect::ALL.map(Dialect::name).into_iter().chain(dialects::names()));
    names.map(|name| DialectName::named(&name).expect("only names of dialects are possible"))
}

impl SpeechArguments {
    fn connect_defaults(&self, server: Option<&str>) -> ConnectDefaults {
        ConnectDefaults { dialect: self.spoken_at(server), encoding: self.encoding }
    }

    /// How a connection to this server is spoken over.
    ///
    /// # Errors
    /// If the dialect has one charset and another was asked for.
    pub(crate) fn options(&self, server: &str) -> anyhow::Result<client::ConnectOptions> {
        self.check(Some(server))?;
        let dialect = self.spoken_at(Some(server));
        let charset = self.encoding.unwrap_or(dialect.charset());
        Ok(client::ConnectOptions { dialect, charset, ..client::ConnectOptions::default() })
    }

    /// The dialect of other servers that is given, if one is.
    pub(crate) fn shipped(&self) -> Option<&'static str> {
        match self.dialect {
            DialectName::Own(_) => None,
            DialectName::Shipped(name) => Some(name),
        }
    }

    /// A WebSocket is a door for programs, and has no other dialect.
    fn spoken_at(&self, server: Option<&str>) -> Dialect {
        let is_web_socket = server.is_some_and(|server| ServerAddress::new(server).transport != Transport::Tcp);
        if is_web_socket && self.dialect == DialectName::default() {
            return Dialect::FOR_PROGRAMS;
        }
        self.dialect.dialect()
    }

    fn check(&self, server: Option<&str>) -> anyhow::Result<()> {
        let dialect = self.spoken_at(server);
        match self.encoding {
            Some(charset) if !dialect.has_charsets() && charset != dialect.charset() => {
                bail!("the {dialect} dialect is {}, so --encoding {charset} is not possible", dialect.charset())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// A server of `--server`: that of everybody, or one that scripts call by name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GivenServer {
    name: Option<String>,
    address: String,
}

/// `ADDRESS` or `NAME=ADDRESS`.
fn given_server(text: &str) -> Result<GivenServer, &'static str> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    match text.split_once('=').filter(|(name, _)| is_name(name)) {
        Some((name, address)) => Ok(GivenServer { name: Some(name.to_owned()), address: server_address(address)? }),
        None => Ok(GivenServer { name: None, address: server_address(text)? }),
    }
}

/// Starts what another one starts, and knows some servers by name.
struct WithNamed {
    inner: Box<dyn StartServer>,
    named: Vec<(String, ServerDoor)>,
}

impl StartServer for WithNamed {
    fn start(&self, doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async move {
            let mut started = self.inner.start(doors).await?;
            for (name, door) in &self.named {
                started.addresses = started.addresses.with_server(name, door.clone());
            }
            Ok(started)
        })
    }
}

/// Where users connect, and how they speak.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    /// Connect to this server, such as 127.0.0.1:7667, tls://chat.lan, ws://127.0.0.1:7668/ws or unix:PATH [default: start a
    /// new one]; NAME=ADDRESS is where users with `at NAME` connect, and may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = given_server)]
    server: Vec<GivenServer>,
    /// Connect users of the legacy dialect to this server: a --legacy port of chatctl, or a Python chat room [default:
    /// start a new one]
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    legacy_server: Option<String>,
    #[command(flatten)]
    speech: SpeechArguments,
    #[command(flatten)]
    trust: TrustArguments,
}

impl TargetArguments {
    /// The server of everybody, if it is given.
    fn server(&self) -> Option<&str> {
        self.server.iter().find(|given| given.name.is_none()).map(|given| given.address.as_str())
    }

    /// Whether the servers run already.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.server().is_some() || self.legacy_server.is_some()
    }

    /// What reports call the servers: their addresses, or `embedded`.
    pub(crate) fn named(&self) -> String {
        let named: Vec<&str> = [self.server(), self.legacy_server.as_deref()].into_iter().flatten().collect();
        if named.is_empty() { "embedded".to_owned() } else { named.join(", ") }
    }

    /// The dialect of other servers that users speak whose script does not say it.
    pub(crate) fn shipped_dialect(&self) -> Option<&'static str> {
        self.speech.shipped()
    }

    /// How users connect whose statement does not say it.
    pub(crate) fn connect_defaults(&self) -> ConnectDefaults {
        self.speech.connect_defaults(self.server())
    }

    /// The flag of each door, and the address that it gives.
    fn addresses(&self) -> [(Dialect, &'static str, Option<&str>); 3] {
        let for_programs = self.speech.spoken_at(self.server()) == Dialect::FOR_PROGRAMS;
        let (programs, others) = if for_programs { (self.server(), None) } else { (None, self.server()) };
        [
            (Dialect::default(), "--server", others),
            (Dialect::FOR_OLD_CLIENTS, "--legacy-server", self.legacy_server.as_deref()),
            (Dialect::FOR_PROGRAMS, "--server with --dialect json", programs),
        ]
    }

    /// Refuses a script with users who would have nowhere to connect.
    pub(crate) fn check(&self, scripts: &[Script]) -> anyhow::Result<()> {
        self.speech.check(self.server())?;
        if self.server.iter().filter(|given| given.name.is_none()).count() > 1 {
            bail!("--server is given twice without a name; NAME=ADDRESS is the server of users with `at NAME`");
        }
        self.check_names(scripts)?;
        let missing = self.addresses().into_iter().filter(|(_, _, address)| self.is_elsewhere() && address.is_none());
        for (dialect, flag, _) in missing {
            let speaks = |script: &&Script| self.connect_defaults().doors(script).speak(dialect);
            if let Some(script) = scripts.iter().find(speaks) {
                let name = script.source.name();
                bail!("{name} has users of the {dialect} dialect, but no {flag} says where they connect");
            }
        }
        let lacks_tls = self.server().is_some_and(|server| !ServerAddress::new(server).is_secure);
        let wants_tls = |script: &&Script| self.connect_defaults().doors(script).has_tls;
        if let Some(script) = scripts.iter().find(wants_tls).filter(|_| lacks_tls) {
            bail!(
                "{} has users with tls, but the address of --server does not begin with tls:// or wss://",
                script.source.name()
            );
        }
        Ok(())
    }

    /// Refuses a script with users at a server of which nobody says where it is.
    fn check_names(&self, scripts: &[Script]) -> anyhow::Result<()> {
        for script in scripts {
            let openings = script.statements().filter_map(|statement| statement.kind.opening());
            for at in openings.filter_map(|opening| opening.at.as_ref()) {
                let is_given = self.server.iter().any(|given| given.name.as_ref() == Some(&at.value));
                if !is_given && !at.value.contains(':') {
                    let (script, name) = (script.source.name(), &at.value);
                    bail!("{script} has users at `{name}`, but no --server {name}=ADDRESS says where that is");
                }
            }
        }
        Ok(())
    }

    /// The servers that are given, or what starts new ones.
    pub(crate) fn servers(&self) -> anyhow::Result<Box<dyn StartServer>> {
        let mut named = Vec::new();
        for given in &self.server {
            if let Some(name) = &given.name {
                named.push((name.clone(), smol::block_on(client::resolve(&given.address))?));
            }
        }
        let inner = self.default_servers()?;
        Ok(if named.is_empty() { inner } else { Box::new(WithNamed { inner, named }) })
    }

    fn default_servers(&self) -> anyhow::Result<Box<dyn StartServer>> {
        if !self.is_elsewhere() {
            return Ok(Box::new(EmbeddedServer));
        }
        let trust = self.server().map(|server| self.trust.trust(server)).transpose()?;
        let mut addresses = Addresses::default().trusting(trust.unwrap_or_default());
        for (dialect, _, address) in self.addresses() {
            if let Some(address) = address {
                addresses = addresses.with(dialect, smol::block_on(client::resolve(address))?);
            }
        }
        Ok(Box::new(RunningServer(addresses)))
    }

    /// The one server of all users of this script.
    pub(crate) fn start(&self, script: &Script) -> anyhow::Result<Started> {
        let servers = self.servers()?;
        let started = smol::block_on(servers.start(self.connect_defaults().doors(script)));
        started.context(Because::new(Exit::NoConnection, "cannot start a server"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_port_means_the_default_port() {
        for (text, address) in [
            ("chat.lan", "chat.lan:7667"),
            ("127.0.0.1", "127.0.0.1:7667"),
            ("localhost:9092", "localhost:9092"),
            ("::1", "[::1]:7667"),
            ("[::1]", "[::1]:7667"),
            ("[::1]:9092", "[::1]:9092"),
            ("tls://chat.lan", "tls://chat.lan:7697"),
            ("tls://[::1]:9092", "tls://[::1]:9092"),
        ] {
            assert_eq!(server_address(text).as_deref(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", ":7667", "tls://", "tls://:1", "localhost:", "localhost:70000", "localhost:http", "chat lan"] {
            assert!(server_address(text).is_err(), "{text}");
        }
    }
}
