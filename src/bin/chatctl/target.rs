//! `--server`, `--legacy-server`, `--dialect` and `--encoding`: where users connect, and how they speak.

mod address;
mod given;
mod spawn;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use anyhow::{Context, anyhow, bail};
use chatctl::client::{self, ServerAddress, Transport};
use chatctl::lang::ast::Script;
use chatctl::lang::dialects;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::ConnectDefaults;
use chatctl::run::report::EMBEDDED;
use chatctl::run::{Addresses, Destination, RunningServer, StartServer, Started};
use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};

use self::given::{GivenServer, WithNamed, given_server};
use self::spawn::{PORT, SpawnedServer};
use crate::embedded::EmbeddedServer;
use crate::exit::{Because, Exit};
use crate::trust::TrustArguments;

pub(crate) use self::address::{host_and_port, server_address};

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

/// Where a server accepts that is started here, if nothing else is said.
static SPAWNED: LazyLock<[String; 1]> = LazyLock::new(|| [format!("127.0.0.1:{PORT}")]);

/// Where users connect, and how they speak.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    /// Connect to this server, such as 127.0.0.1:7667, tls://chat.lan, ws://127.0.0.1:7668/ws or unix:PATH [default: start a
    /// new one]; ADDRESS,ADDRESS,... are servers of one chat, which users take in turn; NAME=ADDRESS is where users with
    /// `at NAME` connect, and may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = given_server)]
    server: Vec<GivenServer>,
    /// Start the server under test with this shell command for each file, wait until it accepts at --server [default:
    /// 127.0.0.1:{{port}}], and end it after the file; {{port}} in the command and in the address is a free port
    #[arg(long, value_name = "COMMAND", value_parser = NonEmptyStringValueParser::new())]
    spawn: Option<String>,
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
    /// The servers of everybody, if they are given.
    fn servers_of_all(&self) -> &[String] {
        let of_all = self.server.iter().find_map(|given| match given {
            GivenServer::OfAll(addresses) => Some(addresses.as_slice()),
            GivenServer::Named { .. } => None,
        });
        match (of_all, &self.spawn) {
            (Some(addresses), _) => addresses,
            (None, Some(_)) => SPAWNED.as_slice(),
            (None, None) => &[],
        }
    }

    /// Whether the server is started here, as a program of its own.
    pub(crate) fn spawns(&self) -> bool {
        self.spawn.is_some()
    }

    /// Whether all files have the same server, one after another.
    pub(crate) fn is_shared(&self) -> bool {
        let has_own_port = self.servers_of_all().iter().all(|address| address.contains(PORT));
        self.is_elsewhere() && !(self.spawns() && has_own_port)
    }

    /// The servers that scripts call by name, with their addresses.
    fn named_servers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.server.iter().filter_map(|given| match given {
            GivenServer::OfAll(_) => None,
            GivenServer::Named { name, address } => Some((name.as_str(), address.as_str())),
        })
    }

    fn first_server(&self) -> Option<&str> {
        self.servers_of_all().first().map(String::as_str)
    }

    /// Whether the servers run already.
    pub(crate) fn is_elsewhere(&self) -> bool {
        !self.servers_of_all().is_empty() || self.legacy_server.is_some()
    }

    /// The number of servers that users take in turn.
    pub(crate) fn server_count(&self) -> u64 {
        self.servers_of_all().len().max(1) as u64
    }

    /// What reports call the servers: their addresses, or `embedded`.
    pub(crate) fn named(&self) -> String {
        let servers = self.servers_of_all().iter().chain(&self.legacy_server);
        let named: Vec<&str> = servers.map(String::as_str).collect();
        if named.is_empty() { EMBEDDED.to_owned() } else { named.join(", ") }
    }

    /// The dialect of other servers that users speak whose script does not say it.
    pub(crate) fn shipped_dialect(&self) -> Option<&'static str> {
        self.speech.shipped()
    }

    /// How users connect whose statement does not say it.
    pub(crate) fn connect_defaults(&self) -> ConnectDefaults {
        self.speech.connect_defaults(self.first_server())
    }

    /// The flag of each door, and the addresses that it gives.
    fn addresses(&self) -> [(Dialect, &'static str, &[String]); 3] {
        let of_all = self.servers_of_all();
        let for_programs = self.speech.spoken_at(self.first_server()) == Dialect::FOR_PROGRAMS;
        let (programs, others): (&[String], &[String]) = if for_programs { (of_all, &[]) } else { (&[], of_all) };
        [
            (Dialect::default(), "--server", others),
            (Dialect::FOR_OLD_CLIENTS, "--legacy-server", self.legacy_server.as_slice()),
            (Dialect::FOR_PROGRAMS, "--server with --dialect json", programs),
        ]
    }

    /// Refuses a script with users who would have nowhere to connect.
    pub(crate) fn check(&self, scripts: &[Script]) -> anyhow::Result<()> {
        self.speech.check(self.first_server())?;
        self.check_servers_of_all()?;
        self.check_port()?;
        self.check_names(scripts)?;
        let missing = self.addresses().into_iter().filter(|(_, _, found)| self.is_elsewhere() && found.is_empty());
        for (dialect, flag, _) in missing {
            let speaks = |script: &&Script| self.connect_defaults().doors(script).speak(dialect);
            if let Some(script) = scripts.iter().find(speaks) {
                let name = script.source.name();
                bail!("{name} has users of the {dialect} dialect, but no {flag} says where they connect");
            }
        }
        let has_foreign = |script: &&Script| self.connect_defaults().doors(script).has_foreign;
        let needs_server = self.is_elsewhere() && self.servers_of_all().is_empty();
        if let Some(script) = scripts.iter().find(has_foreign).filter(|_| needs_server) {
            bail!(
                "{} has users of a dialect of other servers, but no --server says where they connect",
                script.source.name()
            );
        }
        let without_tls = self.servers_of_all().iter().find(|server| !ServerAddress::new(server).is_secure);
        let wants_tls = |script: &&Script| self.connect_defaults().doors(script).has_tls;
        if let (Some(server), Some(script)) = (without_tls, scripts.iter().find(wants_tls)) {
            let name = script.source.name();
            bail!(
                "{name} has users with tls, but the address {server} of --server does not begin with tls:// or wss://"
            );
        }
        Ok(())
    }

    /// Refuses a free port of which only one side knows.
    fn check_port(&self) -> anyhow::Result<()> {
        let named = self.named_servers().map(|(_, address)| address);
        let is_wanted =
            self.servers_of_all().iter().map(String::as_str).chain(named).any(|address| address.contains(PORT));
        match &self.spawn {
            None if is_wanted => bail!("--server contains {PORT}, which needs --spawn"),
            Some(command) if is_wanted != command.contains(PORT) => {
                let (has, lacks) = if is_wanted { ("--server", "--spawn") } else { ("--spawn", "--server") };
                bail!("{has} contains {PORT}, but {lacks} does not")
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses two lists of servers for everybody, and servers that could not be those of one user after another.
    fn check_servers_of_all(&self) -> anyhow::Result<()> {
        if self.server.iter().filter(|given| matches!(given, GivenServer::OfAll(_))).count() > 1 {
            bail!(
                "--server is given twice without a name; --server A,B are several servers of one chat, and NAME=ADDRESS \
                 is the server of users with `at NAME`"
            );
        }
        let Some(first) = self.first_server() else { return Ok(()) };
        let spoken = self.speech.spoken_at(Some(first));
        match self.servers_of_all().iter().find(|server| self.speech.spoken_at(Some(server)) != spoken) {
            None => Ok(()),
            Some(other) => {
                let differs = self.speech.spoken_at(Some(other));
                bail!(
                    "users would speak {spoken} at {first} and {differs} at {other}; give --server addresses of one kind"
                )
            }
        }
    }

    /// Refuses a script with users at a server of which nobody says where it is.
    fn check_names(&self, scripts: &[Script]) -> anyhow::Result<()> {
        for script in scripts {
            let unknown = |name: &&str| !name.contains(':') && !self.named_servers().any(|(known, _)| known == *name);
            if let Some(name) = servers_in(script).find(unknown) {
                let script = script.source.name();
                bail!("{script} has users at `{name}`, but no --server {name}=ADDRESS says where that is");
            }
        }
        Ok(())
    }

    /// The servers that users of these scripts are `at`, by what stands there, if it has to be known beforehand where they
    /// are: those with a name, and those whose key is to be trusted.
    fn servers_by_name(&self, scripts: &[Script]) -> anyhow::Result<BTreeMap<String, String>> {
        let named = self.named_servers().map(|(name, address)| (name.to_owned(), address.to_owned()));
        let mut servers: BTreeMap<String, String> = named.collect();
        for script in scripts {
            for written in servers_in(script).filter(|written| ServerAddress::new(written).is_secure) {
                if !servers.contains_key(written) {
                    let address = server_address(written)
                        .map_err(|expected| anyhow!("{} has users at {written}: {expected}", script.source.name()))?;
                    servers.insert(written.to_owned(), address);
                }
            }
        }
        Ok(servers)
    }

    /// The servers of these scripts that are given, or what starts new ones.
    pub(crate) fn servers(&self, scripts: &[Script]) -> anyhow::Result<Box<dyn StartServer>> {
        let named = self.servers_by_name(scripts)?;
        if let Some(command) = &self.spawn {
            let given = self.addresses().into_iter().filter(|(_, _, found)| !found.is_empty());
            return Ok(Box::new(SpawnedServer {
                command: command.clone(),
                servers: given.map(|(dialect, _, found)| (dialect, found.to_vec())).collect(),
                named: named.into_iter().collect(),
                trust: self.trust.clone(),
            }));
        }
        let named = named.into_iter().map(|(name, address)| Ok((name, self.destination(&address)?)));
        let named = named.collect::<anyhow::Result<Vec<_>>>()?;
        let inner = self.default_servers()?;
        Ok(if named.is_empty() { inner } else { Box::new(WithNamed { inner, named }) })
    }

    fn default_servers(&self) -> anyhow::Result<Box<dyn StartServer>> {
        if !self.is_elsewhere() {
            return Ok(Box::new(EmbeddedServer));
        }
        let mut addresses = Addresses::default();
        for (dialect, _, found) in self.addresses() {
            let servers = found.iter().map(|address| self.destination(address)).collect::<anyhow::Result<Vec<_>>>()?;
            if !servers.is_empty() {
                addresses = addresses.with_several(dialect, servers);
            }
        }
        Ok(Box::new(RunningServer(addresses)))
    }

    /// The server at this address, and whom it is trusted to be.
    fn destination(&self, address: &str) -> anyhow::Result<Destination> {
        let trust = self.trust.trust(address)?;
        Ok(Destination { door: smol::block_on(client::resolve(address))?, trust: Some(trust) })
    }

    /// The servers of all users of this script.
    pub(crate) fn start(&self, script: &Script) -> anyhow::Result<Started> {
        let servers = self.servers(std::slice::from_ref(script))?;
        let started = smol::block_on(servers.start(self.connect_defaults().doors(script)));
        started.context(Because::new(Exit::NoConnection, "cannot start a server"))
    }
}

/// What stands behind `at` in a script, in order.
fn servers_in(script: &Script) -> impl Iterator<Item = &str> {
    script.statements().filter_map(|statement| statement.kind.opening()?.at.as_ref()).map(|at| at.value.as_str())
}
