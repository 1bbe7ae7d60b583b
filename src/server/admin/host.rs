//! What only the program can do that runs the server: its files, its log and its end.

use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The program around a server.
pub trait Host: fmt::Debug + Send + Sync {
    /// Has the server let nobody else in, and stop after this time, or when everybody has left; after the usual time if
    /// `None`. Returns the time.
    ///
    /// # Errors
    /// Says why not.
    fn drain(&self, within: Option<Duration>) -> Result<Duration, String>;

    /// Copies the store to a file that is not there yet. Takes as long as it takes.
    ///
    /// # Errors
    /// Says why not.
    fn back_up(&self, file: &Path) -> Result<(), String>;

    /// From which level on is logged.
    fn log_level(&self) -> String;

    /// Logs from this level on.
    ///
    /// # Errors
    /// Says what is wrong with the level.
    fn set_log_level(&self, level: &str) -> Result<(), String>;

    /// Reads the files of the configuration again.
    ///
    /// # Errors
    /// Says what is wrong with them; then nothing has changed.
    fn reload(&self) -> Result<Reloaded, String>;
}

/// What came of reading the configuration again.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// What holds from now on.
    pub changed: Vec<String>,
    /// What these flags need a restart.
    pub fixed: Vec<String>,
}
