//! Floor 4: a script carried out, against any server.
//!
//! A file is a series of tests, a test a conversation of users and the lanes that act
//! in it. Statements run one after another; only `together` has lanes side by side. One question per file: who the
//! users are, what a template comes to, how one connects, sends, expects, leaves, and what a fence is.
//!
//! Nothing here knows how a script is read, or how a failure is shown. Servers are started by whoever calls.

mod cast;
mod conversation;
pub mod dialects;
mod director;
pub mod explain;
mod file;
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
use std::net::SocketAddr;

use futures::future::BoxFuture;

use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;
use crate::run::dialects::Manner;

pub use cast::{CastEnvironment, Play, cast_size, play};
pub use director::{Admission, Director, Round, Schedule};
pub use file::{run_file, skipped};

/// Starts the server that a file runs against.
pub trait StartServer: Send + Sync {
    /// A server for one file; with a legacy door in this charset, if the file needs one.
    fn start(&self, legacy: Option<Charset>) -> BoxFuture<'_, io::Result<Started>>;
}

/// Where a server listens, by dialect; all addresses of its name.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// The door of the text dialect.
    pub text: Vec<SocketAddr>,
    /// The door of the legacy dialect.
    pub legacy: Vec<SocketAddr>,
}

impl Addresses {
    /// The door of this dialect.
    #[must_use]
    pub fn of(&self, dialect: Dialect) -> &[SocketAddr] {
        match dialect {
            Dialect::Text => &self.text,
            Dialect::Legacy => &self.legacy,
        }
    }
}

impl From<Vec<SocketAddr>> for Addresses {
    /// A server of the text dialect alone.
    fn from(text: Vec<SocketAddr>) -> Self {
        Self { text, legacy: Vec::new() }
    }
}

/// A server that runs.
pub struct Started {
    /// Where it listens.
    pub addresses: Addresses,
    /// Ends it, when the file is through.
    pub stop: BoxFuture<'static, ()>,
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// A server that runs anyway, and is neither started nor stopped.
#[derive(Clone, Debug)]
pub struct RunningServer(pub Addresses);

impl StartServer for RunningServer {
    fn start(&self, _legacy: Option<Charset>) -> BoxFuture<'_, io::Result<Started>> {
        let started = Started { addresses: self.0.clone(), stop: Box::pin(async {}) };
        Box::pin(async { Ok(started) })
    }
}

/// How scripts are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What generators begin with.
    pub seed: u64,
    /// What all deadlines and quiet windows are multiplied by.
    pub timeout_scale: f64,
    /// How users connect whose statement does not say it.
    pub manner: Manner,
    /// What overrides the values of `param`, by name.
    pub params: HashMap<String, String>,
    /// How often each test runs.
    pub repeat: u32,
    /// Only tests whose name, or whose file's title, contains one of these; all if empty.
    pub only: Vec<String>,
    /// Whether a failure ends the file.
    pub fail_fast: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 0,
            timeout_scale: 1.0,
            manner: Manner::default(),
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

    /// Whether it is so.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.tx.is_closed()
    }

    /// Completes when it is so.
    pub async fn stopped(&self) {
        // Nothing is ever sent, so this ends with the error of a closed channel.
        let _ = self.rx.recv().await;
    }
}
