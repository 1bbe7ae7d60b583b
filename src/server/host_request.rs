//! What the host of a running server may ask of it.

use std::time::Duration;

use async_channel::{Receiver, Sender};

use crate::server::config::Config;

/// One thing that is asked of a server that runs.
#[derive(Debug)]
pub enum HostRequest {
    /// Have this configuration hold from now on, as far as it can.
    Reconfigure(Box<Config>),
    /// Let nobody else in, and tell everybody that the server stops.
    Drain(DrainRequest),
}

/// Asks a server to let nobody else in.
#[derive(Debug)]
pub struct DrainRequest {
    pub(in crate::server) within: Duration,
    pub(in crate::server) somebody: Sender<()>,
}

/// Tells when everybody was told that the server stops, and when all have left.
#[derive(Debug)]
pub struct AllLeft(Receiver<()>);

impl DrainRequest {
    /// Users are told that the server stops after this time, rounded up to seconds. It is for the host to stop it then.
    #[must_use]
    pub fn new(within: Duration) -> (Self, AllLeft) {
        let (somebody, nobody) = async_channel::bounded(1);
        (Self { within, somebody }, AllLeft(nobody))
    }
}

impl AllLeft {
    /// Ready when everybody was told.
    pub async fn told(&self) {
        let _ = self.0.recv().await;
    }

    /// Ready when no session is left.
    pub async fn wait(self) {
        let _ = self.0.recv().await;
    }
}
