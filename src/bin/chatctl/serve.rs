//! `chatctl serve`: a server until it is told to stop.

mod accounts;
mod cluster;
mod config_file;
mod control;
mod data;
mod doors;
mod files;
mod host;
mod irc;
mod journal;
mod limits;
mod log;
mod reach;
mod reload;
mod systemd;
mod tls;
mod web;

use std::fmt;
use std::net::TcpListener;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use async_channel::Sender;
use chatctl::hub::Limits;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::{Dialect, Spelling};
use chatctl::protocol::name::RoomName;
use chatctl::server::throttle::Rate;
use chatctl::server::{
    self, Config, Credentials, DrainRequest, Endpoint, Endpoints, HostRequest, QueueLimits, WebConfig,
};
use clap::{ArgMatches, Args, Command};
use futures::future::select;
use humantime::format_duration;

use self::accounts::AccountArguments;
use self::cluster::ClusterArguments;
use self::config_file::{ConfigFileArguments, FileError, Misfit};
pub(crate) use self::config_file::{printed, with_file};
pub(crate) use self::control::NAME as CONTROL_SOCKET;
use self::data::{Data, DataArguments};
use self::doors::Doors;
use self::files::FileArguments;
use self::host::{ReloadedFiles, ServeHost};
use self::irc::IrcArguments;
use self::limits::LimitArguments;
use self::log::LogArguments;
use self::reload::Reload;
use self::tls::TlsArguments;
use self::web::WebArguments;
use crate::admin_address::AdminAddress;
use crate::exit::{Because, Exit};
use crate::target::host_and_port;
use crate::{output, signals, time};

/// Run a chat server until SIGINT or SIGTERM.
///
/// SIGHUP reloads the file of --config and the certificate, and reopens the log file; without any of these, it stops the
/// server.
///
/// The first line on standard output is the address, and the last lines say how to reach it; logs go to standard error,
/// at the level that RUST_LOG sets (`info` by default). Exit codes: 0 stopped by a signal, 1 stopped and some lines
/// were not kept, 2 usage, or standard output cannot be written, 4 cannot listen on the address or use the directory,
/// 130 or 143 stopped at once by a second signal.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    config_file: ConfigFileArguments,
    #[arg(long, value_name = "ADDR", value_parser = host_and_port,
        help = with_default("Address to listen on; port 0 means any free port", server::DEFAULT_ADDRESS))]
    listen: Option<String>,
    /// Also listen on this address for clients of the Python chat room, which use port 9092
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    legacy: Option<String>,
    #[arg(long, value_name = "NAME", value_parser = Charset::by_character, requires = "legacy",
        help = with_default("Charset of the clients of --legacy", Dialect::FOR_OLD_CLIENTS.charset()))]
    legacy_encoding: Option<Charset>,
    /// Room that every user joins at login
    #[arg(long, value_name = "NAME", value_parser = lobby)]
    lobby: Option<RoomName>,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    accounts: AccountArguments,
    #[command(flatten)]
    web: WebArguments,
    #[command(flatten)]
    files: FileArguments,
    /// Serve /healthz, /readyz and /metrics over HTTP on this address, and `chatctl admin` from this machine; unix:PATH
    /// for a socket that only the server's own user can open
    #[arg(long, value_name = "ADDR")]
    admin: Option<AdminAddress>,
    #[command(flatten)]
    irc: IrcArguments,
    #[command(flatten)]
    limits: LimitArguments,
    /// After the first signal, accept no new users and give the others this time to leave before the server stops [default: 0s]
    #[arg(long, value_name = "TIME", value_parser = time::printable)]
    drain: Option<humantime::Duration>,
    #[command(flatten)]
    log: LogArguments,
    #[arg(long, value_name = "N",
        help = with_default("Worker tasks; more than 1 uses more cores", Config::default().workers))]
    workers: Option<usize>,
}

fn lobby(text: &str) -> Result<RoomName, String> {
    let room = RoomName::new(text).map_err(|bad| bad.to_string())?;
    room.check_look().map_err(|bad| bad.to_string())?;
    Ok(room)
}

/// The help of a flag whose default is not clap's to know: whether the flag was given must stay visible.
fn with_default(text: &str, default: impl fmt::Display) -> String {
    format!("{text} [default: {default}]")
}

impl ServeArguments {
    /// Whether it is only asked what the configuration is.
    pub(crate) fn prints_config(&self) -> bool {
        self.config_file.print_config
    }

    /// The default configuration, with what the flags say in its place.
    fn config(&self) -> Config {
        let (limits, default) = (&self.limits, Config::default());
        let (rate, queue) = (default.message_rate, default.queue);
        Config {
            limits: Limits {
                max_recipients: limits.max_recipients.unwrap_or(default.limits.max_recipients),
                max_rooms: limits.max_rooms.unwrap_or(default.limits.max_rooms),
                max_rooms_total: limits.max_rooms_total.unwrap_or(default.limits.max_rooms_total),
                login_timeout: limits.login_timeout.map_or(default.limits.login_timeout, Into::into),
                registration: self.accounts.registration(),
                guests: self.accounts.guests(),
                plain_passwords: self.accounts.plain_passwords,
                replay: self.irc.replay().unwrap_or(default.limits.replay),
                ..default.limits
            },
            lobby: self.lobby.clone(),
            max_line: limits.max_line.map_or(default.max_line, |bytes| bytes as usize),
            message_rate: Rate {
                per_second: limits.message_rate.map_or(rate.per_second, Into::into),
                burst: limits.message_burst.map_or(rate.burst, Into::into),
            },
            queue: QueueLimits {
                soft: limits.queue_soft.unwrap_or(queue.soft),
                hard: limits.queue_hard.unwrap_or(queue.hard),
            },
            end_timeout: default.end_timeout,
            slow_timeout: limits.slow_timeout.map_or(default.slow_timeout, Into::into),
            max_queued_bytes: limits.max_queued_bytes.unwrap_or(default.max_queued_bytes),
            write_timeout: limits.write_timeout.map_or(default.write_timeout, Into::into),
            max_per_address: limits.max_per_address.or(default.max_per_address),
            accept_rates: limits.accept_rates(),
            trusted: limits.trusted.clone(),
            idle_timeout: limits.idle_timeout.map(Into::into).or(default.idle_timeout),
            max_connections: limits.max_connections.or(default.max_connections),
            workers: self.workers.unwrap_or(default.workers),
            hashing: default.hashing,
            web: self.web.config(),
            files: self.files.config(self.data.folder()),
            presentation: self.irc.presentation(),
            cluster: default.cluster,
        }
    }

    /// Refuses what does not fit together.
    fn check(&self, command: &Command) -> Result<(), FileError> {
        let has_certificate = self.tls.files().is_some() || self.data.folder().is_some();
        let lacks = |asked: bool, flags: &'static [&'static str]| {
            let why = "needs --tls-cert and --tls-key, or --data, where a certificate of its own is kept";
            (asked && !has_certificate).then(|| Misfit { flags, why: format!("--{} {why}", flags[0]) })
        };
        let mut misfits = limits::misfits(&self.config());
        misfits.extend(lacks(self.tls.tls_listen.is_some(), &["tls-listen"]));
        misfits.extend(lacks(self.irc.irc_tls.is_some(), &["irc-tls"]));
        // Whoever does not only ask is told of it where the certificate is read.
        misfits.extend(self.config_file.check_config.then(|| self.tls.misfit_of_files()).flatten());
        if misfits.is_empty() { Ok(()) } else { Err(self.config_file.place(command, misfits)) }
    }
}

/// `invocation` is what the arguments were read from, to read them again.
pub(crate) fn run(arguments: &ServeArguments, invocation: (&Command, &ArgMatches)) -> anyhow::Result<Exit> {
    if let Err(wrong) = arguments.check(invocation.0) {
        return Ok(wrong.show());
    }
    if arguments.config_file.check_config {
        return Ok(Exit::Passed);
    }
    let log = arguments.log.begin()?;
    // Without more descriptors the limit of connections is lower, and the server says so when it is reached.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let (stop, stops) = async_channel::unbounded::<Duration>();
    let drain = arguments.drain.map(Duration::from).filter(|drain| !drain.is_zero());
    let stop_at_signal = stop.clone();
    let at_first_signal = move || {
        say_that_it_stops(drain);
        // A server that has stopped need not be told.
        let _ = stop_at_signal.try_send(drain.unwrap_or_default());
    };
    let cluster = arguments.cluster.join(arguments.listen.as_deref().unwrap_or(server::DEFAULT_ADDRESS))?;
    let (data, past, cluster) = Data::open(&arguments.data, cluster)?;
    let has_secure_door = arguments.tls.tls_listen.is_some() || arguments.irc.irc_tls.is_some();
    let names = arguments.web.config().names;
    let credentials = arguments.tls.credentials(has_secure_door, arguments.data.folder(), names)?;
    let (ask, requests) = async_channel::unbounded();
    let reload = Reload::new(invocation.0, invocation.1, ask.clone()).with_motd(arguments.config().presentation.motd);
    let files = ReloadedFiles { reload, credentials: credentials.clone(), log: log.file() };
    let (has_files, files, level) = (files.has_any(), Arc::new(Mutex::new(files)), log.level());
    let (at_hangup_files, at_hangup_level) = (Arc::clone(&files), level.clone());
    let at_hangup = has_files.then_some(move || {
        let mut files = at_hangup_files.lock().unwrap_or_else(PoisonError::into_inner);
        // The log says what came of it.
        let _ = files.read_again(&at_hangup_level);
    });
    signals::watch_with_reload(at_first_signal, at_hangup)?;
    let folder = arguments.data.folder().map(Path::to_path_buf);
    let host = Arc::new(ServeHost { stop, drain, folder, level, files });
    // Before it is said where the server listens: whoever hears that may open it.
    let (control, _file) = arguments.data.folder().map(control::listen).transpose()?.unzip();
    let admin = arguments.admin.as_ref().and_then(AdminAddress::path);
    let (local_admin, _admin_file) = admin.map(control::listen_at).transpose()?.unzip();
    let (endpoints, address) = open_endpoints(arguments, credentials)?;
    let endpoints = control.into_iter().fold(endpoints, Endpoints::and_control).and_host(host);
    let endpoints = local_admin.into_iter().fold(endpoints, Endpoints::and_local_operations);
    let config = arguments.config();
    let config = Config { web: WebConfig { address, ..config.web }, cluster, ..config };
    let serving = server::serve_on_request(endpoints, (config, requests), (data.store(), &past), async move {
        let stopped = async {
            let within = stops.recv().await.unwrap_or_default();
            if !within.is_zero() {
                // Whoever asks again does not want to wait.
                select(pin!(wait_until_all_left(&ask, within)), pin!(stops.recv())).await;
            }
        };
        select(pin!(stopped), pin!(systemd::keep_alive())).await;
    });
    async_std::task::block_on(serving).with_context(|| Because::new(Exit::NoConnection, "cannot serve"))?;
    data.finish()?;
    Ok(Exit::Passed)
}

/// Says in the log, and to systemd, that the server stops, after this time if there is one.
fn say_that_it_stops(drain: Option<Duration>) {
    match drain {
        Some(drain) => {
            let drain = format_duration(drain);
            tracing::info!(
                "nobody else is let in; stopping in {drain}, or when everybody has left; a second signal stops at once"
            );
        }
        None => tracing::info!("stopping; a second signal stops at once"),
    }
    systemd::notify(&systemd::stopping(drain));
}

/// Has the server let nobody else in, and waits for this time, or until everybody has left.
async fn wait_until_all_left(ask: &Sender<HostRequest>, within: Duration) {
    let (request, all_left) = DrainRequest::new(within);
    // A server that has ended has nobody left.
    let _ = ask.try_send(HostRequest::Drain(request));
    // The time begins when all have heard of it, however busy the server is.
    all_left.told().await;
    match async_std::future::timeout(within, all_left.wait()).await {
        Ok(()) => tracing::info!("everybody has left"),
        Err(_) => tracing::info!("the time to leave has passed"),
    }
}

/// Listens on every endpoint, then says where; and the address of the web door, if there is one.
fn open_endpoints(
    arguments: &ServeArguments,
    credentials: Option<Arc<Credentials>>,
) -> anyhow::Result<(Endpoints, Option<Arc<str>>)> {
    let doors = Doors::from_environment();
    let asked = arguments.listen.as_deref().unwrap_or(server::DEFAULT_ADDRESS);
    let text = doors.open("--listen", Some(asked))?.context("the text door has an address")?;
    let legacy = doors.open("--legacy", arguments.legacy.as_deref())?;
    let web = doors.open("--web", arguments.web.asked())?;
    let secure = doors.open("--tls-listen", arguments.tls.tls_listen.as_deref())?;
    let operations = doors.open("--admin", arguments.admin.as_ref().and_then(AdminAddress::tcp))?;
    let irc = doors.open("--irc", arguments.irc.irc.as_deref())?;
    let secure_irc = doors.open("--irc-tls", arguments.irc.irc_tls.as_deref())?;
    // It comes last, as its port is nobody's wish: another door may have been asked for there.
    let nearby = arguments.web.nearby(&text, asked).filter(|_| web.is_none());
    let web = web.or_else(|| doors.open_if_free("--web", nearby?));
    say_where(&text, "")?;
    let reachable =
        reach::lines(text.local_addr()?, web.as_ref().and_then(|web| web.local_addr().ok()), &reach::own_addresses());
    let names = arguments.web.config().names;
    let address = web.as_ref().and_then(|web| web_url(web, names.last()?, credentials.is_some()));
    let mut endpoints = Endpoints::from(text);
    if let Some(listener) = legacy {
        let default = Dialect::FOR_OLD_CLIENTS.charset();
        let spelling = Dialect::FOR_OLD_CLIENTS.in_charset(arguments.legacy_encoding.unwrap_or(default));
        say_where(&listener, &format!(" for old clients, in {}", spelling.charset))?;
        endpoints = endpoints.and(Endpoint { listener, spelling });
    }
    if let Some(listener) = web {
        let also = if credentials.is_some() { ", also with TLS" } else { "" };
        say_where(&listener, &format!(" for browsers and programs{also}"))?;
        endpoints = endpoints.and_web(listener);
    }
    if let Some(listener) = operations {
        say_where(&listener, " for health and metrics")?;
        endpoints = endpoints.and_operations(listener);
    }
    if let Some(credentials) = credentials {
        let key = credentials.current().fingerprint().to_string();
        let (text, irc) = (Spelling::default(), Dialect::FOR_IRC_CLIENTS.spelling());
        let mut doors = Vec::new();
        for (listener, for_whom, spelling) in [(secure, "", text), (secure_irc, " for IRC clients", irc)]
            .into_iter()
            .filter_map(|(listener, whom, spelling)| Some((listener?, whom, spelling)))
        {
            say_where(&listener, &format!("{for_whom} with TLS, key {key}"))?;
            doors.push(Endpoint { listener, spelling });
        }
        endpoints = endpoints.and_secure(credentials, doors);
    }
    if let Some(listener) = irc {
        say_where(&listener, " for IRC clients")?;
        endpoints = endpoints.and(Endpoint { listener, spelling: Dialect::FOR_IRC_CLIENTS.spelling() });
    }
    output::write("how to reach the server", reachable.as_bytes())?;
    systemd::notify("READY=1");
    Ok((endpoints, address))
}

/// How browsers of other machines reach the web door: by a name of this machine, or by the only address that it has.
fn web_url(listener: &TcpListener, name: &str, is_secure: bool) -> Option<Arc<str>> {
    let address = listener.local_addr().ok()?;
    let scheme = if is_secure { "https" } else { "http" };
    Some(if address.ip().is_unspecified() {
        format!("{scheme}://{name}:{}", address.port()).into()
    } else {
        format!("{scheme}://{address}").into()
    })
}

fn say_where(listener: &TcpListener, for_whom: &str) -> anyhow::Result<()> {
    let addr = listener.local_addr().context("the listener has no address")?;
    output::write("the address", format!("chatctl: listening on {addr}{for_whom}\n").as_bytes())
}
