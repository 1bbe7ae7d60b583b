//! What SIGHUP does to a server with a configuration file: what can change without closing anybody changes, what cannot is
//! named, and a file with an error changes nothing.

use async_channel::Sender;
use chatctl::server::admin::Reloaded;
use chatctl::server::{CredentialFiles, HostRequest};
use clap::{ArgMatches, Command, FromArgMatches};

use super::ServeArguments;
use super::config_file::{differing, with_file};
use super::log::LogLevel;

/// The flag of the message of the day, whose file can change without it.
const MOTD: &str = "irc-motd";

/// The flag of the level of the log.
const LEVEL: &str = "log-level";

/// Flags that can change while the server runs. Those of single connections hold for the ones to come.
const CHANGE: &[&str] = &[
    "accept-rate",
    "accept-rate-per-address",
    "guests",
    MOTD,
    "lobby",
    LEVEL,
    "login-timeout",
    "max-connections",
    "max-line",
    "max-per-address",
    "max-queued-bytes",
    "max-recipients",
    "max-rooms",
    "max-rooms-total",
    "message-burst",
    "message-rate",
    "plain-passwords",
    "queue-hard",
    "queue-soft",
    "registration",
    "slow-timeout",
    "trusted",
    "write-timeout",
];

/// Flags of the files of the certificate, which can change where there is one.
const CREDENTIALS: &[&str] = &["tls-cert", "tls-key"];

/// A configuration that was read and is right, and does not hold yet.
pub(super) struct NewConfiguration {
    matches: ArgMatches,
    arguments: ServeArguments,
}

/// The configuration of a server that runs.
pub(super) struct Reload {
    command: Command,
    /// What holds now, or will after a restart.
    matches: ArgMatches,
    /// What IRC clients are told when they come.
    motd: Option<Vec<String>>,
    requests: Sender<HostRequest>,
}

impl Reload {
    /// Of the command line and its file, as they were read at first.
    pub(super) fn new(command: &Command, matches: &ArgMatches, requests: Sender<HostRequest>) -> Self {
        Self { command: command.clone(), matches: matches.clone(), motd: None, requests }
    }

    /// Whether there is a file to read again.
    pub(super) fn has_file(&self) -> bool {
        self.matches.subcommand_matches("serve").is_some_and(|given| given.contains_id("config"))
    }

    /// What IRC clients are told when they come, as of the start.
    pub(super) fn with_motd(mut self, motd: Vec<String>) -> Self {
        self.motd = Some(motd);
        self
    }

    /// Reads the file again, which changes nothing yet.
    pub(super) fn read(&self) -> Result<NewConfiguration, String> {
        let plain = self.command.clone().try_get_matches_from(std::env::args_os());
        let matches = plain.map_err(|error| error.to_string())?;
        let matches = with_file(&self.command, matches).map_err(|error| error.in_a_line())?;
        let given = matches.subcommand_matches("serve").ok_or("the command is another")?;
        let arguments = ServeArguments::from_arg_matches(given).map_err(|error| error.to_string())?;
        arguments.check(&self.command).map_err(|error| error.in_a_line())?;
        Ok(NewConfiguration { matches, arguments })
    }

    /// Lets what was read hold: what has changed, and what cannot. If the level of the log cannot be set, nothing changes.
    pub(super) fn apply(
        &mut self,
        NewConfiguration { matches, arguments }: NewConfiguration,
        level: &LogLevel,
        is_secure: bool,
    ) -> Result<Reloaded, String> {
        let takes_files = is_secure && arguments.tls.files().is_some();
        let changes = |name: &str| CHANGE.contains(&name) || takes_files && CREDENTIALS.contains(&name);
        let differing = differing(&self.command, &self.matches, &matches);
        let (mut changed, fixed): (Vec<_>, Vec<_>) = differing.into_iter().partition(|name| changes(name));
        if changed.iter().any(|it| it == LEVEL) {
            level.set(&arguments.log.level())?;
        }
        let config = arguments.config();
        // The file may say something else under the same name.
        let motd = config.presentation.motd.clone();
        if self.motd.replace(motd.clone()).is_some_and(|before| before != motd) && !changed.iter().any(|it| it == MOTD)
        {
            changed.push(MOTD.to_owned());
        }
        if !fixed.is_empty() {
            tracing::warn!("these flags need a restart: {}", fixed.join(", "));
        }
        let shown = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
        tracing::info!("configuration reloaded; changed: {shown}");
        self.matches = matches;
        // A server that stops takes no changes.
        let _ = self.requests.try_send(HostRequest::Reconfigure(Box::new(config)));
        Ok(Reloaded { changed, fixed })
    }
}

impl NewConfiguration {
    /// Where the certificate and its key are from now on, if it says so.
    pub(super) fn credential_files(&self) -> Option<CredentialFiles> {
        self.arguments.tls.files()
    }
}
