//! The socket's side of the legacy writer: what [`PacedWriter`] wants written is written, what it waits for is waited for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_io::Timer;

use crate::protocol::dialect::{NextWrite, PacedWriter};
use crate::server::connection::Connection;
use crate::server::connection::outlet::Stuck;

/// Writes to one client before others get their turn.
const WRITES_IN_A_ROW: usize = 64;

/// Writes to one old client.
#[derive(Debug)]
pub(in crate::server) struct Paced {
    writer: PacedWriter,
    started: Instant,
    /// Runs while nothing may be written.
    pause: Option<Timer>,
    timeout: Duration,
    /// Runs while the socket takes nothing.
    patience: Option<Timer>,
}

impl Paced {
    pub(in crate::server) fn new(connection: &Connection, timeout: Duration) -> Self {
        let writer = PacedWriter::new(connection.charset());
        Self { writer, started: Instant::now(), pause: None, timeout, patience: None }
    }

    /// Whether everything that was taken from the queue is written.
    pub(in crate::server) fn is_empty(&self) -> bool {
        self.writer.is_empty()
    }

    /// Writes what may be written; never ready but with the reason why nothing can be.
    pub(in crate::server) fn poll(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        for _ in 0..WRITES_IN_A_ROW {
            if let Err(stuck) = ready!(self.poll_write(connection, cx)) {
                return Poll::Ready(Err(stuck));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready if there was something to do.
    fn poll_write(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        connection.hand_over(|queue| self.writer.take(queue));
        let bytes = match self.writer.next_write(self.started.elapsed()) {
            NextWrite::Write(bytes) => bytes,
            NextWrite::After(wait) => return self.poll_pause(wait, cx),
            NextWrite::Nothing => return Poll::Pending,
        };
        match connection.stream.try_write(bytes) {
            Ok(0) => self.poll_writable(connection, cx),
            Ok(written) => {
                self.patience = None;
                self.writer.written(written, self.started.elapsed());
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(Stuck::Broken(error.kind()))),
        }
    }

    fn poll_pause(&mut self, wait: Duration, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        ready!(Pin::new(self.pause.get_or_insert_with(|| Timer::after(wait))).poll(cx));
        self.pause = None;
        Poll::Ready(Ok(()))
    }

    fn poll_writable(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Stuck>> {
        if let Poll::Ready(result) = connection.poll_writable(cx) {
            return Poll::Ready(result.map_err(|error| Stuck::Broken(error.kind())));
        }
        let timeout = self.timeout;
        ready!(Pin::new(self.patience.get_or_insert_with(|| Timer::after(timeout))).poll(cx));
        Poll::Ready(Err(Stuck::TimedOut))
    }
}
