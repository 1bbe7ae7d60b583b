//! `chatctl serve`: a server until it is told to stop.

use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use anyhow::{Context, anyhow};
use chatctl::hub::Limits;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::server::throttle::Rate;
use chatctl::server::{self, Config, Endpoint, Endpoints, QueueLimits};
use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::exit::{Because, Exit};
use crate::target::host_and_port;
use crate::{output, signals};

/// Run a chat server until SIGINT or SIGTERM.
///
/// The first line on standard output is the address; logs go to standard error, at the level that RUST_LOG sets (`info`
/// by default). Exit codes: 0 stopped by a signal, 2 usage, or standard output cannot be written, 4 cannot listen on the
/// address, 130 or 143 stopped at once by a second signal.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 means any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7667", value_parser = host_and_port)]
    listen: String,
    /// Also listen on this address for clients of the Python chat room, whose port is 9092
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    legacy: Option<String>,
    /// Charset of those clients
    #[arg(long, value_name = "NAME", default_value_t = Dialect::Legacy.charset(), value_parser = Charset::by_character, requires = "legacy")]
    legacy_encoding: Charset,
    #[command(flatten)]
    limits: LimitArguments,
    /// Worker tasks; more than 1 uses more cores
    #[arg(long, value_name = "N", default_value_t = Config::default().workers)]
    workers: usize,
}

/// What clients may do; the defaults are those of the library's [`Config`].
#[derive(Debug, Args)]
struct LimitArguments {
    /// Longest line from a client, in bytes without the newline
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().max_line as u32, value_parser = clap::value_parser!(u32).range(64..=1 << 20))]
    max_line: u32,
    /// Most recipients of one message
    #[arg(long, value_name = "N", default_value_t = Config::default().limits.max_recipients)]
    max_recipients: usize,
    /// Most rooms that one user may be in
    #[arg(long, value_name = "N", default_value_t = Config::default().limits.max_rooms)]
    max_rooms: usize,
    /// Disconnect a client that sends no name within this time
    #[arg(long, value_name = "TIME", default_value_t = Config::default().limits.login_timeout.into())]
    login_timeout: humantime::Duration,
    /// Lines per second from one client, on average; 0 means no limit
    #[arg(long, value_name = "N", default_value_t = Config::default().message_rate.per_second as u32)]
    message_rate: u32,
    /// Lines that one client may send at once after a pause
    #[arg(long, value_name = "N", default_value_t = Config::default().message_rate.burst as u32, value_parser = clap::value_parser!(u32).range(1..))]
    message_burst: u32,
    /// Stop reading from a client while this many bytes are queued for it
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().queue.soft)]
    queue_soft: usize,
    /// Disconnect a client with more than this many bytes queued
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().queue.hard)]
    queue_hard: usize,
    /// Above this total of queued bytes, disconnect the client with the longest queue
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().max_queued_bytes)]
    max_queued_bytes: usize,
    /// Disconnect a client that reads nothing for this long while data is queued
    #[arg(long, value_name = "TIME", default_value_t = Config::default().write_timeout.into())]
    write_timeout: humantime::Duration,
    /// Most connections at once [default: what the open-file limit allows, less a reserve]
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,
}

impl Arguments {
    fn config(&self) -> Config {
        let limits = &self.limits;
        Config {
            limits: Limits {
                max_recipients: limits.max_recipients,
                max_rooms: limits.max_rooms,
                login_timeout: limits.login_timeout.into(),
                ..Limits::default()
            },
            max_line: limits.max_line as usize,
            message_rate: Rate { per_second: limits.message_rate.into(), burst: limits.message_burst.into() },
            queue: QueueLimits { soft: limits.queue_soft, hard: limits.queue_hard },
            max_queued_bytes: limits.max_queued_bytes,
            write_timeout: limits.write_timeout.into(),
            max_connections: limits.max_connections,
            workers: self.workers,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    log_to_standard_error();
    // Without more descriptors the limit of connections is lower, and the server says so when it is reached.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let (stop, stopped) = async_channel::bounded::<()>(1);
    let at_first_signal = move || {
        tracing::info!("stopping; a second signal stops at once");
        drop(stop);
    };
    signals::watch(at_first_signal)?;
    let serving = server::serve(open_endpoints(arguments)?, arguments.config(), async move {
        let _ = stopped.recv().await;
    });
    async_std::task::block_on(serving).with_context(|| Because::new(Exit::NoConnection, "cannot serve"))?;
    Ok(Exit::Passed)
}

/// Listens on every endpoint, then says where.
fn open_endpoints(arguments: &Arguments) -> anyhow::Result<Endpoints> {
    let text = listen(&arguments.listen)?;
    let legacy = arguments.legacy.as_deref().map(listen).transpose()?;
    say_where(&text, "")?;
    let Some(legacy) = legacy else { return Ok(text.into()) };
    let charset = arguments.legacy_encoding;
    say_where(&legacy, &format!(" for old clients, in {charset}"))?;
    let spelling = Dialect::FOR_OLD_CLIENTS.in_charset(charset);
    Ok(Endpoints::from(text).and(Endpoint { listener: legacy, spelling }))
}

fn say_where(listener: &TcpListener, for_whom: &str) -> anyhow::Result<()> {
    let addr = listener.local_addr().context("the listener has no address")?;
    output::write("the address", format!("chatctl: listening on {addr}{for_whom}\n").as_bytes())
}

fn log_to_standard_error() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format = tracing_subscriber::fmt().with_ansi(color).with_target(false);
    // A log that cannot be written is no reason not to serve; to complain on standard error would panic.
    format.log_internal_errors(false).with_env_filter(filter).with_writer(io::stderr).init();
}

/// Listens on the first address of a name that can be listened on.
fn listen(name: &str) -> anyhow::Result<TcpListener> {
    let cannot_listen = || Because::new(Exit::NoConnection, format!("cannot listen on {name}"));
    let addrs = name.to_socket_addrs().with_context(cannot_listen)?;
    let mut last = anyhow!("the name has no address").context(cannot_listen());
    for addr in addrs {
        match server::listen(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = explained(addr, error),
        }
    }
    Err(last)
}

fn explained(addr: SocketAddr, error: io::Error) -> anyhow::Error {
    let error = match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!("another program listens there; choose another port, or stop it"),
        io::ErrorKind::PermissionDenied => anyhow!("ports below 1024 need root; choose a higher one"),
        io::ErrorKind::AddrNotAvailable => anyhow!("this machine has no such address; 0.0.0.0 means all that it has"),
        _ => error.into(),
    };
    error.context(Because::new(Exit::NoConnection, format!("cannot listen on {addr}")))
}
