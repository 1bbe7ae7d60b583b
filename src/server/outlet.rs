//! How the owner of a connection gets rid of what is queued: in text, only when the socket was full; in legacy, always.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::Timer;

use super::connection::Connection;
use super::paced::Paced;
use super::spares::Spares;
use crate::protocol::dialect::Dialect;

/// Why nothing more can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuck {
    /// The connection is broken.
    Broken(io::ErrorKind),
    /// The client took nothing for too long.
    TimedOut,
}

/// The owner's part in writing.
#[derive(Debug)]
pub(super) enum Outlet {
    /// Others write; the owner goes on where the socket took no more.
    Text(Stalled),
    /// The owner alone writes, in packs and with pauses.
    Legacy(Box<Paced>),
}

impl Outlet {
    pub(super) fn new(connection: &Connection, timeout: Duration) -> Self {
        match connection.dialect {
            Dialect::Text => Self::Text(Stalled::new(timeout)),
            Dialect::Legacy => Self::Legacy(Box::new(Paced::new(connection, timeout))),
        }
    }

    /// Ready if something was written, or with the reason why nothing can be; pending if there is nothing to do or
    /// nothing can be done yet.
    pub(super) fn poll(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        match self {
            Self::Text(stalled) => stalled.poll(connection, cx),
            Self::Legacy(paced) => paced.poll(connection, cx),
        }
    }

    /// The same at the end, when nobody else writes any more. Ready with `true` once everything is written.
    pub(super) fn poll_rest(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<bool, Stuck>> {
        match self {
            Self::Text(stalled) => {
                connection.flush(&mut Spares::default());
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
pub(super) struct Stalled {
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
            connection.flush(&mut Spares::default());
            return Poll::Ready(Ok(()));
        }
        let timeout = self.timeout;
        ready!(Pin::new(self.patience.get_or_insert_with(|| Timer::after(timeout))).poll(cx));
        Poll::Ready(Err(Stuck::TimedOut))
    }
}
