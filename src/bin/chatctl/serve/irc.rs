//! The door for IRC clients, and how the server presents itself there.

use std::fs;
use std::io;

use chatctl::server::Presentation;
use clap::Args;

use crate::target::host_and_port;

/// Longest message of the day, in lines.
const MAX_MOTD: usize = 200;

/// The door for IRC clients.
#[derive(Debug, Args)]
pub(super) struct IrcArguments {
    /// Also listen on this address for IRC clients; the usual port is 6667
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    pub(super) irc: Option<String>,
    /// Also listen on this address for IRC clients with TLS; the usual port is 6697
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    pub(super) irc_tls: Option<String>,
    /// Name of the server for IRC clients; it contains a dot, so that they can tell it from a user [default: chatctl.local]
    #[arg(long, value_name = "NAME", value_parser = word)]
    irc_name: Option<String>,
    /// Name of the network, as IRC clients show it [default: chatctl]
    #[arg(long, value_name = "NAME", value_parser = word)]
    irc_network: Option<String>,
    /// Messages of a room replayed to an IRC client that joins, unless it can request the history itself [default: 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    irc_replay: Option<u16>,
    /// File with the message of the day for IRC clients
    #[arg(long, value_name = "FILE", value_parser = motd)]
    irc_motd: Option<Motd>,
}

/// What IRC clients are told when they come, a line each.
#[derive(Debug, Clone)]
struct Motd(Vec<String>);

fn motd(file: &str) -> io::Result<Motd> {
    Ok(Motd(fs::read_to_string(file)?.lines().take(MAX_MOTD).map(shown).collect()))
}

fn word(text: &str) -> Result<String, &'static str> {
    let fits = (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fits { Ok(text.to_owned()) } else { Err("expected 1 to 63 letters of ASCII, digits, '.', '-' or '_'") }
}

impl IrcArguments {
    /// Messages that are told to who enters a room, if it was asked for.
    pub(super) fn replay(&self) -> Option<usize> {
        self.irc_replay.map(Into::into)
    }

    /// How the server presents itself.
    pub(super) fn presentation(&self) -> Presentation {
        let default = Presentation::default();
        Presentation {
            name: self.irc_name.clone().unwrap_or(default.name),
            network: self.irc_network.clone().unwrap_or(default.network),
            motd: self.irc_motd.clone().map_or(default.motd, |motd| motd.0),
        }
    }
}

/// A line as it can stand in one of the protocol.
fn shown(line: &str) -> String {
    let mut line: String = line.chars().filter(|c| !c.is_control()).collect();
    let end = (0..=line.len().min(380)).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    line.truncate(end);
    line
}
