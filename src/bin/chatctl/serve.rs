//! `chatctl serve`: a server until it is told to stop.

use std::future::pending;
use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use async_channel::Sender;
use async_signal::{Signal, Signals};
use chatctl::hub::Limits;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::server::throttle::Rate;
use chatctl::server::{self, Config, Endpoints, QueueLimits};
use clap::Args;
use futures::StreamExt;
use futures::future::{Either, select};
use tracing_subscriber::EnvFilter;

use crate::address::host_and_port;

/// The exit code of a server that cannot listen.
const CANNOT_LISTEN: u8 = 4;

/// Serve chat on a TCP address until SIGINT or SIGTERM.
///
/// The first line on standard output is the address; logs go to standard error (RUST_LOG sets how much, `info` without
/// it).
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7667", value_parser = host_and_port)]
    listen: String,
    /// Where to listen for the clients of the Python chat room, whose port is 9092
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    legacy: Option<String>,
    /// The encoding that those clients use
    #[arg(long, value_name = "NAME", default_value_t = Dialect::Legacy.charset(), value_parser = Charset::by_character, requires = "legacy")]
    legacy_encoding: Charset,
    /// Longest line from a client, in bytes without its newline
    #[arg(long, value_name = "BYTES", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(64..=1 << 20))]
    max_line: u32,
    /// Users that one message may be addressed to
    #[arg(long, value_name = "N", default_value_t = 64)]
    max_recipients: usize,
    /// Rooms that one user may be in
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_rooms: usize,
    /// How long a connection may be without a name
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    login_timeout: Duration,
    /// Lines a second from one client, in the long run; 0 is unlimited
    #[arg(long, value_name = "N", default_value_t = 50)]
    message_rate: u32,
    /// Lines at once from one client, after a pause
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    message_burst: u32,
    /// Bytes waiting for a client from which on its commands wait too
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024)]
    queue_soft: usize,
    /// Bytes waiting for a client past which it is too slow and is closed
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    queue_hard: usize,
    /// Bytes waiting for all clients together past which the client that left the most unread is closed
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024 * 1024)]
    max_queued_bytes: usize,
    /// How long a client may take nothing of what waits for it
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    write_timeout: Duration,
    /// Connections at once [default: what the open-file limit allows, less a reserve]
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,
    /// Tasks that share the connections among them; more than one uses more processors
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
}

impl Arguments {
    fn config(&self) -> Config {
        Config {
            limits: Limits {
                max_recipients: self.max_recipients,
                max_rooms: self.max_rooms,
                login_timeout: self.login_timeout,
            },
            max_line: self.max_line as usize,
            message_rate: Rate { per_second: self.message_rate.into(), burst: self.message_burst.into() },
            queue: QueueLimits { soft: self.queue_soft, hard: self.queue_hard },
            max_queued_bytes: self.max_queued_bytes,
            write_timeout: self.write_timeout,
            max_connections: self.max_connections,
            workers: self.workers,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match try_run(arguments) {
        Ok(exit) => exit,
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: {error:#}");
            ExitCode::from(CANNOT_LISTEN)
        }
    }
}

fn try_run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    log_to_standard_error();
    // Without more descriptors the limit of connections is lower, and the server says so when it is reached.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let signals = Signals::new([Signal::Int, Signal::Term]).context("cannot wait for signals")?;
    let doors = open_doors(arguments)?;
    let (stop, stopped) = async_channel::bounded::<()>(1);
    let serving = server::serve(doors, arguments.config(), async move {
        let _ = stopped.recv().await;
    });
    async_std::task::block_on(async {
        match select(pin!(serving), pin!(second_signal(signals, stop))).await {
            Either::Left((served, _)) => served.map(|()| ExitCode::SUCCESS).context("cannot serve"),
            Either::Right((exit, _)) => Ok(exit),
        }
    })
}

/// The first signal asks the server to stop, the second does not wait for it.
async fn second_signal(mut signals: Signals, stop: Sender<()>) -> ExitCode {
    let _ = signals.next().await;
    tracing::info!("stopping; a second signal stops at once");
    drop(stop);
    match signals.next().await {
        Some(Ok(signal)) => ExitCode::from(128 + u8::try_from(signal as i32).unwrap_or_default()),
        Some(Err(_)) | None => pending().await,
    }
}

/// Listens behind every door, then says where.
fn open_doors(arguments: &Arguments) -> anyhow::Result<Endpoints> {
    let text = listen(&arguments.listen)?;
    let legacy = arguments.legacy.as_deref().map(listen).transpose()?;
    say_where(&text, "")?;
    let Some(legacy) = legacy else { return Ok(text.into()) };
    let charset = arguments.legacy_encoding;
    say_where(&legacy, &format!(" for old clients, in {charset}"))?;
    Ok(Endpoints::from(text).and_legacy(legacy, charset))
}

/// Whoever started the server may not be reading; that is no reason not to serve.
fn say_where(listener: &TcpListener, for_whom: &str) -> anyhow::Result<()> {
    let addr = listener.local_addr().context("the listener has no address")?;
    let mut out = io::stdout();
    match writeln!(out, "chatctl: listening on {addr}{for_whom}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot say where"),
        _ => Ok(()),
    }
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
    let addrs = name.to_socket_addrs().with_context(|| format!("cannot listen on {name}"))?;
    let mut last = anyhow!("cannot listen on {name}: the name has no address");
    for addr in addrs {
        match server::listen(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = explained(addr, error),
        }
    }
    Err(last)
}

fn explained(addr: SocketAddr, error: io::Error) -> anyhow::Error {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; choose another port, or stop it",
        io::ErrorKind::PermissionDenied => "ports below 1024 are for the administrator; choose one above",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address; 0.0.0.0 means all that it has",
        _ => return anyhow::Error::new(error).context(format!("cannot listen on {addr}")),
    };
    anyhow!("cannot listen on {addr}: {why}")
}
