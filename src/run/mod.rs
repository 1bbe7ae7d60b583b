//! Floor 4: a script carried out against any server.
//!
//! A file is a series of tests. A test is a conversation: its users, and the lanes that act in it. Statements run one
//! after another; only `together` runs lanes side by side. Each statement is a function in a file of `lane` that is named
//! for it.
//!
//! Nothing here knows how a script is read, or how a failure is shown. Servers are started by whoever calls.

mod addresses;
pub mod by_hand;
mod cast;
mod conversation;
pub mod dialects;
mod director;
pub mod explain;
mod file;
mod foreign;
mod lane;
pub mod matching;
pub mod outcome;
pub mod report;
pub mod suite;
mod test;
pub mod transcript;
pub mod update;
mod user;

use std::collections::HashMap;
use std::fmt;
use std::io;

use futures::future::BoxFuture;

use crate::run::dialects::{ConnectDefaults, Doors};

pub use addresses::{Addresses, Choice, Destination};
pub use cast::{CastEnvironment, Play, cast_size, play};
pub use director::{Admission, Director, Round, Schedule, Transfer, TransferKind};
pub use file::{is_wanted, run_file, skipped};
pub use user::inbox::InboxRoom;

/// Starts the server that a file runs against.
pub trait StartServer: Send + Sync {
    /// Starts a server for one file, with at least these doors.
    fn start(&self, doors: Doors) -> BoxFuture<'_, io::Result<Started>>;
}

/// A server that runs.
pub struct Started {
    /// Where it listens.
    pub addresses: Addresses,
    /// Ends it; awaited after the last test of the file. Returns the last lines that it said, if it is a program of its own.
    pub stop: BoxFuture<'static, Vec<String>>,
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// A server that runs already, so that it is neither started nor stopped.
#[derive(Clone, Debug)]
pub struct RunningServer(pub Addresses);

impl StartServer for RunningServer {
    fn start(&self, _doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        let started = Started { addresses: self.0.clone(), stop: Box::pin(async { Vec::new() }) };
        Box::pin(async { Ok(started) })
    }
}

/// How scripts are run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The seed of generated values.
    pub seed: u64,
    /// The factor by which all deadlines and quiet windows are multiplied.
    pub timeout_scale: f64,
    /// The dialect and charset of users whose statement does not name them.
    pub connect_defaults: ConnectDefaults,
    /// Values that override those of `param`, by name.
    pub params: HashMap<String, String>,
    /// How often each test runs.
    pub repeat: u32,
    /// If not empty, only tests run whose name (or whose file's title) contains one of these.
    pub only: Vec<String>,
    /// Whether the first failure ends the file.
    pub fail_fast: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            timeout_scale: 1.0,
            connect_defaults: ConnectDefaults::default(),
            params: HashMap::new(),
            repeat: 1,
            only: Vec::new(),
            fail_fast: false,
        }
    }
}

/// Ends a run early. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop {
    tx: async_channel::Sender<()>,
    rx: async_channel::Receiver<()>,
}

impl Default for Stop {
    fn default() -> Self {
        let (tx, rx) = async_channel::bounded(1);
        Self { tx, rx }
    }
}

impl Stop {
    /// From here on, nothing new begins and what runs is interrupted.
    pub fn stop(&self) {
        self.tx.close();
    }

    /// Whether the run has been stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.tx.is_closed()
    }

    /// Completes when the run is stopped.
    pub async fn stopped(&self) {
        // Nothing is ever sent, so this ends with the error of a closed channel.
        let _ = self.rx.recv().await;
    }
}
