//! What `chatctl serve` does for those who run the server and the server itself cannot: its end, its files, its log.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_channel::Sender;
use chatctl::server::Credentials;
use chatctl::server::admin::{Host, Reloaded};
use chatctl::store::sqlite::upkeep;

use super::log::{LogFile, LogLevel};
use super::reload::Reload;
use super::systemd;

/// The time to leave, if neither the flag nor the request names one.
const USUAL_DRAIN: Duration = Duration::from_secs(30);

/// What is read again.
pub(super) struct ReloadedFiles {
    pub(super) reload: Reload,
    pub(super) credentials: Option<Arc<Credentials>>,
    pub(super) log: Option<LogFile>,
}

/// This program, as the server sees it.
pub(super) struct ServeHost {
    /// Where the server is told to stop, after this time.
    pub(super) stop: Sender<Duration>,
    /// That of the flag.
    pub(super) drain: Option<Duration>,
    pub(super) folder: Option<PathBuf>,
    pub(super) level: LogLevel,
    pub(super) files: Arc<Mutex<ReloadedFiles>>,
}

impl ReloadedFiles {
    /// Whether there is any file to read again.
    pub(super) fn has_any(&self) -> bool {
        self.credentials.is_some() || self.log.is_some() || self.reload.has_file()
    }

    /// Reads all files again, and says in the log what came of it.
    pub(super) fn read_again(&mut self, level: &LogLevel) -> Result<Reloaded, String> {
        systemd::notify(&systemd::reloading());
        let read = self.read(level);
        systemd::notify("READY=1");
        read
    }

    /// All is looked at before anything changes. The log file is only opened under its name again, which is no change.
    fn read(&mut self, level: &LogLevel) -> Result<Reloaded, String> {
        self.log.iter().for_each(LogFile::reopen);
        let configuration = self.reload.has_file().then(|| self.reload.read()).transpose();
        let files = configuration.as_ref().ok().and_then(|read| read.as_ref()?.credential_files());
        let certificate = self.credentials.as_ref().map(|held| held.read_again(files)).transpose();
        let (configuration, certificate) = match (configuration, certificate) {
            (Ok(configuration), Ok(certificate)) => (configuration, certificate),
            (configuration, certificate) => {
                return Err(self.kept(configuration.err(), certificate.err().map(|error| error.to_string())));
            }
        };
        let is_secure = self.credentials.is_some();
        let read = configuration.map(|configuration| self.reload.apply(configuration, level, is_secure)).transpose();
        let mut reloaded = read.map_err(|why| self.kept(Some(why), None))?.unwrap_or_default();
        if let Some((credentials, new)) = self.credentials.as_ref().zip(certificate) {
            credentials.replace(new);
            tracing::info!("certificate reloaded: key {}", credentials.current().fingerprint());
            reloaded.changed.push("certificate".to_owned());
        }
        Ok(reloaded)
    }

    /// Says what stays as it was, and why: also that which is right, as an error in either changes nothing.
    fn kept(&self, configuration: Option<String>, certificate: Option<String>) -> String {
        let mut kept = Vec::new();
        if self.reload.has_file() {
            let why = configuration.unwrap_or_else(|| "there is an error in the certificate".to_owned());
            kept.push(format!("keeping the old configuration: {why}"));
        }
        if self.credentials.is_some() {
            let why = certificate.unwrap_or_else(|| "there is an error in the configuration".to_owned());
            kept.push(format!("keeping the old certificate: {why}"));
        }
        kept.iter().for_each(|line| tracing::error!("{line}"));
        kept.join("; ")
    }
}

impl Host for ServeHost {
    fn drain(&self, within: Option<Duration>) -> Result<Duration, String> {
        let within = within.or(self.drain).unwrap_or(USUAL_DRAIN);
        super::say_that_it_stops((!within.is_zero()).then_some(within));
        self.stop.try_send(within).map_err(|_| "the server stops already".to_owned())?;
        Ok(within)
    }

    fn back_up(&self, file: &Path) -> Result<(), String> {
        let folder = self.folder.as_ref().ok_or("the server keeps nothing: it runs without --data")?;
        upkeep::back_up(folder, file).map_err(|error| error.to_string())
    }

    fn log_level(&self) -> String {
        self.level.current()
    }

    fn set_log_level(&self, level: &str) -> Result<(), String> {
        self.level.set(level)
    }

    fn reload(&self) -> Result<Reloaded, String> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.has_any() {
            return Err("there is nothing to read again: the server has no --config, no certificate and no --log-file"
                .to_owned());
        }
        files.read_again(&self.level)
    }
}

impl fmt::Debug for ServeHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeHost").field("folder", &self.folder).finish_non_exhaustive()
    }
}
