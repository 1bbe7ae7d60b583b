//! TLS handshakes, in tasks of their own and never in a worker: bounded in number and in time.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_channel::Sender;
use async_io::Timer;
use futures::future::{Either, select};

use crate::lock::Locked;
use crate::net::Stream;
use crate::server::credentials::Credentials;
use crate::server::nothing::Nothing;

/// Handshakes at once. One more ends the oldest: whoever means it needs less time than it takes to fill all places.
const AT_ONCE: usize = 256;

/// How long one may take.
const WITHIN: Duration = Duration::from_secs(10);

/// All handshakes of a server.
pub(in crate::server) struct Handshakes {
    credentials: Arc<Credentials>,
    places: Mutex<HandshakeSlots>,
}

#[derive(Default)]
struct HandshakeSlots {
    begun: u64,
    /// Each with its number; its end closes when the channel does.
    oldest_first: VecDeque<(u64, Sender<Nothing>)>,
}

/// One of those that go on.
struct HandshakeSlot<'a> {
    all: &'a Handshakes,
    number: u64,
}

impl Drop for HandshakeSlot<'_> {
    fn drop(&mut self) {
        let places = &mut self.all.places.locked().oldest_first;
        if let Ok(at) = places.binary_search_by_key(&self.number, |(number, _)| *number) {
            places.remove(at);
        }
    }
}

impl Handshakes {
    pub(in crate::server) fn new(credentials: Arc<Credentials>) -> Self {
        Self { credentials, places: Mutex::default() }
    }

    /// The stream with TLS on it; `None` if that comes to nothing in time.
    pub(in crate::server) async fn shake(&self, stream: Stream) -> Option<Stream> {
        let (going_on, pushed_out) = async_channel::bounded(1);
        let _place = self.place(going_on);
        let pushed_out = pin!(pushed_out.recv());
        let over = select(Timer::after(WITHIN), pushed_out);
        let identity = self.credentials.current();
        match select(pin!(stream.secure(&identity)), over).await {
            Either::Left((secured, _)) => secured.inspect_err(|error| tracing::debug!("handshake: {error}")).ok(),
            Either::Right(_) => {
                tracing::debug!("handshake: not done in time, or too many at once");
                None
            }
        }
    }

    fn place(&self, going_on: Sender<Nothing>) -> HandshakeSlot<'_> {
        let mut places = self.places.locked();
        if places.oldest_first.len() >= AT_ONCE {
            places.oldest_first.pop_front();
        }
        let number = places.begun;
        places.begun += 1;
        places.oldest_first.push_back((number, going_on));
        HandshakeSlot { all: self, number }
    }
}
