//! The web door: a page, WebSocket and JSON lines behind one port.
//!
//! The client speaks first here, so its first byte says what it wants: `{` is JSON lines, 0x16 is a TLS handshake with one
//! of the others within, if there is a certificate, and anything else is HTTP. A WebSocket of IRC clients is one of this door. HTTP is
//! served in tasks of its own, never in a worker; a connection that becomes a WebSocket, or speaks JSON lines, goes to a
//! worker like one of any other door.

pub(in crate::server) mod body;
mod content;
mod files;
pub(in crate::server) mod guard;
mod guests;
mod http;
mod page;
mod response;
mod subprotocol;
pub(in crate::server) mod wire;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_channel::Receiver;
use async_io::Timer;
use futures::FutureExt;
use futures::future::{Either, select};

use crate::net::Stream;
use crate::protocol::dialect::Dialect;
use crate::server::config::WebConfig;
use crate::server::handshakes::Handshakes;
use crate::server::nothing::Nothing;
use crate::server::reception::Reception;
use guests::Guests;
use page::PageSource;

/// What the records of a TLS handshake begin with.
const TLS_HANDSHAKE: u8 = 0x16;

/// How long a client may be silent before its first byte, and take for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// How long a connection is kept on which nothing is asked.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// What all connections of the door share.
pub(in crate::server) struct WebDoor {
    reception: Arc<Reception>,
    /// Closes when the server stops.
    stopped: Receiver<Nothing>,
    page: PageSource,
    /// For whoever begins with TLS.
    handshakes: Option<Arc<Handshakes>>,
    guests: Guests,
}

/// How the page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    /// In clear, where it could be asked for over TLS.
    HttpToBeLeft,
    Https,
}

impl WebDoor {
    pub(in crate::server) fn new(
        reception: Arc<Reception>,
        handshakes: Option<Arc<Handshakes>>,
        stopped: Receiver<Nothing>,
    ) -> Self {
        let page = PageSource::new(reception.web.root.clone());
        Self { reception, stopped, page, handshakes, guests: Guests::default() }
    }

    /// Serves a connection until it ends or a worker has it.
    pub(in crate::server) async fn receive(self: Arc<Self>, stream: Stream, peer: SocketAddr) {
        let stopped = self.stopped.clone();
        let until_stopped = pin!(stopped.recv().map(drop));
        let receiving = pin!(self.attend(stream, peer));
        select(receiving, until_stopped).await;
    }

    async fn attend(&self, mut stream: Stream, peer: SocketAddr) {
        let admitted = self.reception.admit(peer);
        let Some(mut first) = first_byte(&stream).await else { return };
        if let (TLS_HANDSHAKE, Some(handshakes)) = (first, &self.handshakes) {
            let Some(secured) = handshakes.shake(stream).await else { return };
            stream = secured;
            let Some(within) = first_byte(&stream).await else { return };
            first = within;
        }
        if first == b'{' {
            if let Err(error) = self.reception.take_in(stream, peer, Dialect::FOR_PROGRAMS.spelling(), admitted) {
                tracing::warn!(%peer, "cannot serve a connection: {error}");
            }
            return;
        }
        let guest = self.guests.admit(peer.ip(), self.reception.trusts(peer.ip()));
        let Some((place, guest)) = admitted.ok().zip(guest) else {
            return http::turn_away(&stream).await;
        };
        let scheme = self.scheme(&stream, peer);
        let upgraded = http::serve(stream, scheme, self).await;
        drop(guest);
        if let Some((stream, spelling, first)) = upgraded {
            self.reception.serve(stream, peer, spelling, place, first);
        }
    }

    /// Who comes over a network could come over TLS. A proxy on this machine has done so already.
    fn scheme(&self, stream: &Stream, peer: SocketAddr) -> Scheme {
        if stream.is_secure() {
            Scheme::Https
        } else if self.handshakes.is_some() && !peer.ip().to_canonical().is_loopback() {
            Scheme::HttpToBeLeft
        } else {
            Scheme::Http
        }
    }

    fn config(&self) -> &WebConfig {
        &self.reception.web
    }
}

/// The first byte, which is left to be read; `None` if none comes.
async fn first_byte(stream: &Stream) -> Option<u8> {
    match select(pin!(stream.peek()), Timer::after(HEAD_WITHIN)).await {
        Either::Left((first, _)) => first.ok().flatten(),
        Either::Right(_) => None,
    }
}
