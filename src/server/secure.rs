//! A door with TLS: the handshake first, and then like any other door.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use async_channel::Receiver;
use futures::FutureExt;
use futures::future::select;

use crate::net::Stream;
use crate::protocol::dialect::Spelling;
use crate::protocol::refusal::{DisconnectReason, Refusal};
use crate::server::handshakes::Handshakes;
use crate::server::nothing::Nothing;
use crate::server::reception::Reception;

/// What all connections of the door share.
pub(in crate::server) struct SecureDoor {
    reception: Arc<Reception>,
    handshakes: Arc<Handshakes>,
    /// Closes when the server stops.
    stopped: Receiver<Nothing>,
    spelling: Spelling,
}

impl SecureDoor {
    pub(in crate::server) fn new(
        reception: Arc<Reception>,
        handshakes: Arc<Handshakes>,
        stopped: Receiver<Nothing>,
        spelling: Spelling,
    ) -> Self {
        Self { reception, handshakes, stopped, spelling }
    }

    /// Serves a connection until a worker has it, or it has come to nothing.
    pub(in crate::server) async fn receive(self: Arc<Self>, stream: Stream, peer: SocketAddr) {
        let until_stopped = pin!(self.stopped.recv().map(drop));
        select(pin!(self.attend(stream, peer)), until_stopped).await;
    }

    async fn attend(&self, stream: Stream, peer: SocketAddr) {
        let admitted = self.reception.admit(peer);
        // Who comes too fast costs no handshake.
        if let Err(
            refusal @ Refusal::Disconnected(DisconnectReason::TooFast(_) | DisconnectReason::TooFastFromAddress(_)),
        ) = &admitted
        {
            return self.reception.note_refused(refusal);
        }
        if let Some(stream) = self.handshakes.shake(stream).await
            && let Err(error) = self.reception.take_in(stream, peer, self.spelling, admitted)
        {
            tracing::warn!(%peer, "cannot serve a connection: {error}");
        }
    }
}
