//! Taking connections at every door, and what to do when the system has no room for one more.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use async_io::{Async, Timer};
use async_std::task;
use futures::future::{Either, join, join_all, join3, poll_fn, select};

use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::dialect::Spelling;
use crate::server::admin::AdminDesk;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::endpoint::{Endpoint, Endpoints};
use crate::server::handshakes::Handshakes;
use crate::server::host_request::DrainRequest;
use crate::server::nothing::Nothing;
use crate::server::operations::OperationsDoor;
use crate::server::reception::Reception;
use crate::server::secure::SecureDoor;
use crate::server::web::WebDoor;
use crate::server::worker::ConversationTask;

/// Connections accepted in a row before the others get their turn.
const ACCEPTED_IN_A_ROW: usize = 32;

/// How long to accept nothing when the system has no room for one more connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Log a shortage at most once a minute: descriptors that become free one by one make many pauses of one shortage.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(60);

pub(in crate::server) struct Acceptor {
    doors: Vec<(Async<TcpListener>, Spelling)>,
    secure: Vec<(Async<TcpListener>, Arc<SecureDoor>)>,
    web: Option<(Async<TcpListener>, Arc<WebDoor>)>,
    operations: Operations,
    control: Option<Async<UnixListener>>,
    reception: Arc<Reception>,
    /// Closes when nothing is accepted any more.
    _accepting: Sender<Nothing>,
}

/// Tells when every connection is closed.
pub(in crate::server) struct AllClosed(Receiver<Nothing>);

impl AllClosed {
    pub(in crate::server) async fn wait(self) {
        let _ = self.0.recv().await;
    }
}

impl Acceptor {
    pub(in crate::server) fn new(
        doors: Endpoints,
        broker: Arc<Broker>,
        workers: Vec<Sender<ConversationTask>>,
        config: Config,
    ) -> io::Result<(Self, AllClosed)> {
        let (running, ended) = async_channel::bounded(1);
        let (accepting, stopped) = async_channel::bounded(1);
        let control = doors.control.map(Async::new).transpose()?;
        let desk = Arc::new(AdminDesk::new(Arc::clone(&broker), doors.host));
        let operations = Operations {
            listener: doors.operations.map(Async::new).transpose()?,
            local: doors.local_operations.map(Async::new).transpose()?,
            door: Arc::new(OperationsDoor::new(Arc::clone(&broker), Arc::clone(&desk), stopped.clone())),
        };
        let reception = Arc::new(Reception::new(broker, desk, workers, config, (running, stopped.clone())));
        let mut secure = Vec::new();
        let handshakes = doors.secure.as_ref().map(|secure| Arc::new(Handshakes::new(Arc::clone(&secure.credentials))));
        if let (Some(endpoints), Some(handshakes)) = (doors.secure, &handshakes) {
            for Endpoint { listener, spelling } in endpoints.chat {
                let (reception, handshakes) = (Arc::clone(&reception), Arc::clone(handshakes));
                let door = SecureDoor::new(reception, handshakes, stopped.clone(), spelling);
                secure.push((Async::new(listener)?, Arc::new(door)));
            }
        }
        let chat = doors.chat.into_iter().map(|door| Ok((Async::new(door.listener)?, door.spelling)));
        let web = doors.web.map(Async::new).transpose()?;
        let web = web.map(|listener| (listener, Arc::new(WebDoor::new(Arc::clone(&reception), handshakes, stopped))));
        let doors = chat.collect::<io::Result<_>>()?;
        let acceptor = Self { doors, secure, web, operations, control, reception, _accepting: accepting };
        Ok((acceptor, AllClosed(ended)))
    }

    /// Where connections are counted.
    pub(in crate::server) fn reception(&self) -> Arc<Reception> {
        Arc::clone(&self.reception)
    }

    /// Accepts at every door until the first of these requests. Then all doors are closed, but the address for those who
    /// operate the server, and each request is handed to `drain`.
    pub(in crate::server) async fn accept_until(self, requests: Receiver<DrainRequest>, drain: impl Fn(DrainRequest)) {
        let Self { doors, secure, web, operations, control, reception, _accepting } = self;
        let shortage = ShortageLog::default();
        // What it owns, the doors, is closed when it is dropped.
        let guests = accept_guests(ClosingDoors { doors, secure, web, reception: Arc::clone(&reception) }, &shortage);
        let guests = async {
            let mut next = match select(Box::pin(guests), pin!(requests.recv())).await {
                Either::Left(((), _)) => return,
                Either::Right((first, guests)) => {
                    drop(guests);
                    first.ok()
                }
            };
            while let Some(request) = next {
                drain(request);
                next = requests.recv().await.ok();
            }
        };
        let control = async {
            if let Some(listener) = &control {
                accept_local(listener, &shortage, |stream| {
                    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                    reception.take_in(stream, here, Spelling::default(), reception.admit_operator(here))
                })
                .await;
            }
        };
        join3(guests, operations.accept(&shortage), control).await;
    }
}

/// The doors of those who operate the server, which stay open until it has stopped.
struct Operations {
    listener: Option<Async<TcpListener>>,
    local: Option<Async<UnixListener>>,
    door: Arc<OperationsDoor>,
}

impl Operations {
    async fn accept(&self, shortage: &ShortageLog) {
        let receive = |stream, is_here| {
            let guest = Arc::clone(&self.door).receive(stream, is_here);
            task::Builder::new().name("admin".to_owned()).spawn(guest).map(drop)
        };
        let far = async {
            if let Some(listener) = &self.listener {
                accept_at(listener, shortage, |stream, peer| receive(stream, is_loopback(peer))).await;
            }
        };
        let near = async {
            if let Some(listener) = &self.local {
                accept_local(listener, shortage, |stream| receive(stream, true)).await;
            }
        };
        join(far, near).await;
    }
}

fn is_loopback(peer: SocketAddr) -> bool {
    peer.ip().to_canonical().is_loopback()
}

/// The doors that are closed before the server stops.
struct ClosingDoors {
    doors: Vec<(Async<TcpListener>, Spelling)>,
    secure: Vec<(Async<TcpListener>, Arc<SecureDoor>)>,
    web: Option<(Async<TcpListener>, Arc<WebDoor>)>,
    reception: Arc<Reception>,
}

/// Accepts at every door of guests, for ever.
async fn accept_guests(guests: ClosingDoors, shortage: &ShortageLog) {
    let chat = guests.doors.iter().map(|(listener, spelling)| {
        accept_at(listener, shortage, |stream, peer| {
            guests.reception.take_in(stream, peer, *spelling, guests.reception.admit(peer))
        })
    });
    let secure = guests.secure.iter().map(|(listener, door)| {
        accept_at(listener, shortage, |stream, peer| {
            let guest = Arc::clone(door).receive(stream, peer);
            task::Builder::new().name("handshake".to_owned()).spawn(guest).map(drop)
        })
    });
    let web = async {
        if let Some((listener, door)) = &guests.web {
            accept_at(listener, shortage, |stream, peer| {
                let guest = Arc::clone(door).receive(stream, peer);
                task::Builder::new().name("web".to_owned()).spawn(guest).map(drop)
            })
            .await;
        }
    };
    join3(join_all(chat), join_all(secure), web).await;
}

/// When a shortage of descriptors or memory was last logged, at whichever door.
#[derive(Debug, Default)]
struct ShortageLog(Mutex<Option<Instant>>);

impl ShortageLog {
    fn log(&self, error: &io::Error) {
        let mut said = self.0.locked();
        if said.is_none_or(|at| at.elapsed() >= SAY_AGAIN_AFTER) {
            tracing::error!("accept paused: out of file descriptors or memory: {error}");
            *said = Some(Instant::now());
        }
    }
}

async fn accept_at(
    listener: &Async<TcpListener>,
    shortage: &ShortageLog,
    take_in: impl Fn(Stream, SocketAddr) -> io::Result<()>,
) {
    for accepted in 1_usize.. {
        if accepted.is_multiple_of(ACCEPTED_IN_A_ROW) {
            after_the_others().await;
        }
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = Stream::accepted(stream).and_then(|stream| take_in(stream, peer)) {
                    tracing::warn!(%peer, "cannot serve a connection: {error}");
                }
            }
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!("a connection was gone before it was accepted: {error}");
            }
            Err(error) => {
                shortage.log(&error);
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Accepts whoever may open the socket: somebody who runs the server.
async fn accept_local(
    listener: &Async<UnixListener>,
    shortage: &ShortageLog,
    take_in: impl Fn(Stream) -> io::Result<()>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = take_in(Stream::Local(stream)) {
                    tracing::warn!("cannot serve a connection of a local socket: {error}");
                }
            }
            Err(error) => {
                shortage.log(&error);
                Timer::after(PAUSE).await;
            }
        }
    }
}

/// Ready once everything else that can go on had its turn.
async fn after_the_others() {
    let mut is_first_look = true;
    poll_fn(|cx| {
        if std::mem::take(&mut is_first_look) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Whether the next connection can be accepted at once. After any other error (out of descriptors, out of memory) it
/// would only fail again.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
