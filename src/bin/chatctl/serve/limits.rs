//! What clients may do to a server, and how fast: the flags, and which of them go together.

use std::time::Duration;

use chatctl::server::throttle::Rate;
use chatctl::server::{AcceptRates, Config, Network, QueueLimits};
use clap::Args;
use humantime::format_duration;

use super::config_file::Misfit;
use super::with_default;
use crate::time;

/// The least that has to fit into a client's queue: a few lines, and the goodbye.
const SMALLEST_QUEUE: usize = 1024;

/// The shortest silence that can mean that nobody is there.
const SHORTEST_SILENCE: Duration = Duration::from_secs(1);

/// What clients may do. `None` where no flag was given: then the default of [`Config`] holds.
#[derive(Debug, Args)]
pub(super) struct LimitArguments {
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(64..=1 << 20),
        help = with_default("Longest line from a client, in bytes without the newline", Config::default().max_line))]
    pub(super) max_line: Option<u32>,
    #[arg(long, value_name = "N",
        help = with_default("Most users that one line may list as recipients or members; 0 means no private messages",
            Config::default().limits.max_recipients))]
    pub(super) max_recipients: Option<usize>,
    #[arg(long, value_name = "N", help = with_default("Most rooms that one user may join or create; 0 means no rooms",
        Config::default().limits.max_rooms))]
    pub(super) max_rooms: Option<usize>,
    #[arg(long, value_name = "N",
        help = with_default("Most rooms of all users together; 0 means no rooms", Config::default().limits.max_rooms_total))]
    pub(super) max_rooms_total: Option<usize>,
    #[arg(long, value_name = "TIME", value_parser = time::printable, help = with_default("Disconnect a client that sends no name within this time",
        format_duration(Config::default().limits.login_timeout)))]
    pub(super) login_timeout: Option<humantime::Duration>,
    #[arg(long, value_name = "N", help = with_default("Lines per second from one client, on average; costly lines count as several; 0 means no limit",
        Config::default().message_rate.per_second))]
    pub(super) message_rate: Option<u32>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
        help = with_default("Lines that one client may send at once after a pause", Config::default().message_rate.burst))]
    pub(super) message_burst: Option<u32>,
    #[arg(long, value_name = "BYTES",
        help = with_default("Stop reading from a client while this many bytes are queued for it", Config::default().queue.soft))]
    pub(super) queue_soft: Option<usize>,
    #[arg(long, value_name = "BYTES",
        help = with_default("Disconnect a client that has more than this many bytes queued for the time of --slow-timeout, \
            or 8 times as many", Config::default().queue.hard))]
    pub(super) queue_hard: Option<usize>,
    #[arg(long, value_name = "TIME", value_parser = time::printable, help = with_default("Time within which a client must read what is above --queue-hard",
        format_duration(Config::default().slow_timeout)))]
    pub(super) slow_timeout: Option<humantime::Duration>,
    #[arg(long, value_name = "BYTES",
        help = with_default("Above this total of queued bytes, disconnect the client that has not read for the longest time; the default is a \
            quarter of the memory that the server may use, at most 256 MiB", Config::default().max_queued_bytes))]
    pub(super) max_queued_bytes: Option<usize>,
    #[arg(long, value_name = "TIME", value_parser = time::printable,
        help = with_default("Disconnect a client that reads nothing for this long while data is queued",
            format_duration(Config::default().write_timeout)))]
    pub(super) write_timeout: Option<humantime::Duration>,
    /// Most connections at once [default: what the open-file limit allows, less a reserve]
    #[arg(long, value_name = "N")]
    pub(super) max_connections: Option<usize>,
    /// Most connections at once from one address (IPv6: one /64) [default: half of --max-connections]
    #[arg(long, value_name = "N")]
    pub(super) max_per_address: Option<usize>,
    #[arg(long, value_name = "N",
        help = with_default("New connections per second from one address, on average, and ten times as many at once; 0 means \
            no limit", AcceptRates::default().per_address.per_second))]
    pub(super) accept_rate_per_address: Option<u32>,
    #[arg(long, value_name = "N",
        help = with_default("New connections per second from all addresses, on average, and five times as many at once; 0 means \
            no limit", AcceptRates::default().in_all.per_second))]
    pub(super) accept_rate: Option<u32>,
    /// Network whose addresses have no connection limits, such as 10.0.0.0/8; may be repeated. The server's own machine
    /// never has any
    #[arg(long, value_name = "CIDR")]
    pub(super) trusted: Vec<Network>,
    /// Disconnect a client that sends nothing for this time [default: never]
    #[arg(long, value_name = "TIME", value_parser = time::printable)]
    pub(super) idle_timeout: Option<humantime::Duration>,
}

impl LimitArguments {
    pub(super) fn accept_rates(&self) -> AcceptRates {
        let AcceptRates { per_address, in_all } = AcceptRates::default();
        let rate = |asked: Option<u32>, default: Rate| match asked {
            Some(asked) => {
                Rate { per_second: asked.into(), burst: default.burst / default.per_second * f64::from(asked) }
            }
            None => default,
        };
        AcceptRates {
            per_address: rate(self.accept_rate_per_address, per_address),
            in_all: rate(self.accept_rate, in_all),
        }
    }
}

/// What of a configuration does not fit together, so that nobody could be served with it.
pub(super) fn misfits(config: &Config) -> Vec<Misfit> {
    let shortest = Duration::from_millis(10);
    let at_least = |flag: &str| format!("{flag} must be at least {}", format_duration(shortest));
    let silence = config.idle_timeout.unwrap_or(SHORTEST_SILENCE);
    let (QueueLimits { soft, hard }, all) = (config.queue, config.max_queued_bytes);
    let rules: [(bool, &'static [&'static str], String); 11] = [
        (config.limits.login_timeout >= shortest, &["login-timeout"], at_least("--login-timeout")),
        (config.write_timeout >= shortest, &["write-timeout"], at_least("--write-timeout")),
        (
            config.lobby.is_none() || config.limits.max_rooms > 0,
            &["lobby", "max-rooms"],
            "--lobby needs --max-rooms of at least 1".to_owned(),
        ),
        (
            config.lobby.is_none() || config.limits.max_rooms_total > 0,
            &["lobby", "max-rooms-total"],
            "--lobby needs --max-rooms-total of at least 1".to_owned(),
        ),
        (
            silence >= SHORTEST_SILENCE,
            &["idle-timeout"],
            format!("--idle-timeout must be at least {}", format_duration(SHORTEST_SILENCE)),
        ),
        (config.max_per_address != Some(0), &["max-per-address"], "--max-per-address must be at least 1".to_owned()),
        (config.workers > 0, &["workers"], "--workers must be at least 1".to_owned()),
        (config.max_connections != Some(0), &["max-connections"], "--max-connections must be at least 1".to_owned()),
        (hard >= SMALLEST_QUEUE, &["queue-hard"], format!("--queue-hard must be at least {SMALLEST_QUEUE} bytes")),
        (
            soft <= hard,
            &["queue-soft", "queue-hard"],
            format!("--queue-soft ({soft}) must not be above --queue-hard ({hard})"),
        ),
        (
            hard <= all,
            &["max-queued-bytes", "queue-hard"],
            format!("--max-queued-bytes ({all}) must not be below --queue-hard ({hard})"),
        ),
    ];
    let broken = rules.into_iter().filter(|(holds, ..)| !holds);
    broken.map(|(_, flags, why)| Misfit { flags, why }).collect()
}
