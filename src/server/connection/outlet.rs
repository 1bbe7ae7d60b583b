//! How the owner of a connection gets rid of what is queued: in text, only when the socket was full; in legacy, always.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::Timer;

use crate::protocol::dialect::Dialect;
use crate::server::connection::Connection;
use crate::server::connection::paced::Paced;
use crate::server::worker::buffer_pool::BufferPool;

/// Why nothing more can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Stuck {
    /// The connection is broken.
    Broken(io::ErrorKind),
    /// The client write timeout: the client did not read.
    TimedOut,
}

/// The owner's part in writing.
#[derive(Debug)]
pub(in crate::server) enum Outlet {
    /// Others write; the owner goes on where the socket took no more.
    Text(Stalled),
    /// The owner alone writes, in packs and with pauses.
    Legacy(Box<Paced>),
}

impl Outlet {
    pub(in crate::server) fn new(connection: &Connection, timeout: Duration) -> Self {
        match connection.dialect {
            Dialect::Text => Self::Text(Stalled::new(timeout)),
            Dialect::Legacy => Self::Legacy(Box::new(Paced::new(connection, timeout))),
        }
    }

    /// Ready if something was written, or with the reason why nothing can be; pending if there is nothing to do or
    /// nothing can be done yet.
    pub(in crate::server) fn poll(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        match self {
            Self::Text(stalled) => stalled.poll(connection, cx),
            Self::Legacy(paced) => paced.poll(connection, cx),
        }
    }

    /// The same at the end, when nobody else writes any more. Ready with `true` once everything is written.
    pub(in crate::server) fn poll_rest(
        &mut self,
        connection: &Connection,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, Stuck>> {
        match self {
            Self::Text(stalled) => {
                connection.flush(&mut BufferPool::default());
                if connection.status().queued == 0 {
                    return Poll::Ready(Ok(true));
                }
                stalled.poll(connection, cx).map_ok(|()| false)
            }
            Self::Legacy(paced) => {
                let polled = paced.poll(connection, cx);
                if paced.is_empty() && connection.status().queued == 0 {
                    return Poll::Ready(Ok(true));
                }
                polled.map_ok(|()| false)
            }
        }
    }
}

/// Watches over a socket that takes no more: writes on when it does, gives up when it does not for too long.
#[derive(Debug)]
pub(in crate::server) struct Stalled {
    timeout: Duration,
    /// Runs while the socket is blocked.
    patience: Option<Timer>,
}

impl Stalled {
    fn new(timeout: Duration) -> Self {
        Self { timeout, patience: None }
    }

    fn poll(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        if !connection.status().blocked {
            self.patience = None;
            return Poll::Pending;
        }
        if let Poll::Ready(result) = connection.poll_writable(cx) {
            if let Err(error) = result {
                return Poll::Ready(Err(Stuck::Broken(error.kind())));
            }
            self.patience = None;
            connection.flush(&mut BufferPool::default());
            return Poll::Ready(Ok(()));
        }
        let timeout = self.timeout;
        ready!(Pin::new(self.patience.get_or_insert_with(|| Timer::after(timeout))).poll(cx));
        Poll::Ready(Err(Stuck::TimedOut))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};
    use std::thread::{self, ThreadId};

    use async_io::Async;

    use super::super::outbound::{QueueLimits, Weight};
    use super::*;
    use crate::net::Stream;
    use crate::server::endpoint::Manner;

    /// Counts how often a thread woke it.
    struct Wakes(ThreadId, AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.1.fetch_add(usize::from(thread::current().id() == self.0), Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_for_a_full_socket_does_not_wake_itself() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _reads_nothing = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, peer) = listener.accept().unwrap();
        let stream = Stream::accepted(Async::new(stream).unwrap()).unwrap();
        let limits = QueueLimits { soft: usize::MAX, hard: usize::MAX };
        let manner = Manner { dialect: Dialect::Text, charset: Dialect::Text.charset() };
        let connection = Connection::new(peer, stream, manner, 0, limits, Arc::default());
        let more_than_the_system_takes = vec![b'x'; 32 << 20];
        connection.append(Weight::Counted, &mut BufferPool::default(), |_| &more_than_the_system_takes);

        let wakes = Arc::new(Wakes(thread::current().id(), AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&wakes));
        let cx = &mut Context::from_waker(&waker);
        connection.register_owner(cx);
        let mut outlet = Outlet::new(&connection, Duration::from_secs(60));
        while outlet.poll_rest(&connection, cx).is_ready() {}
        assert!(connection.status().blocked);
        assert_eq!(wakes.1.load(Ordering::Relaxed), 0);
    }
}
