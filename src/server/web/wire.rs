//! Our streams and timers as hyper wants them.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{ReadBufCursor, Sleep};

use crate::net::Stream;

/// Bytes per read: more than the head of a request has.
const READ_SIZE: usize = 4096;

/// A stream that hyper reads and writes.
#[derive(Debug)]
pub(in crate::server) struct HyperStream {
    stream: Stream,
    /// How long a client may take nothing.
    longest: Duration,
    /// Runs while the client takes nothing.
    patience: Option<async_io::Timer>,
    /// How long a head may take that has begun, and which one comes.
    heads: Option<(Duration, Heads)>,
    /// Runs while the head comes of which this is the number.
    head: Option<(u64, async_io::Timer)>,
}

/// Whether what a client sends is the head of a request, or its body: known to whoever answers requests.
#[derive(Debug, Default, Clone)]
pub(in crate::server) struct Heads(Arc<AtomicU64>);

impl Heads {
    /// A request is being answered: what comes is its body.
    pub(in crate::server) fn has_come(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The request is answered: what comes is the next head.
    pub(in crate::server) fn comes_next(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of the head that comes; `None` if a body does.
    fn number(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|number| number.is_multiple_of(2))
    }
}

impl HyperStream {
    /// A client may take nothing of what is written for as long as that.
    pub(in crate::server) fn new(stream: Stream, longest: Duration) -> Self {
        Self { stream, longest, patience: None, heads: None, head: None }
    }

    /// The same, where a head may take so long from its first byte to its last.
    pub(in crate::server) fn with_heads(self, within: Duration, heads: Heads) -> Self {
        Self { heads: Some((within, heads)), ..self }
    }

    /// Fails if a head has begun too long ago.
    fn poll_head(&mut self, cx: &mut Context<'_>, has_read: bool) -> io::Result<()> {
        let Some((within, heads)) = &self.heads else { return Ok(()) };
        let number = heads.number();
        self.head.take_if(|(known, _)| Some(*known) != number);
        if let Some(number) = number.filter(|_| has_read && self.head.is_none()) {
            self.head = Some((number, async_io::Timer::after(*within)));
        }
        let is_late = self.head.as_mut().is_some_and(|(_, timer)| Pin::new(timer).poll(cx).is_ready());
        if is_late { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    pub(in crate::server) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Ready once the client takes something, or has taken nothing for too long.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let ready @ Poll::Ready(_) = self.stream.poll_writable(cx) {
            return ready;
        }
        let longest = self.longest;
        let patience = self.patience.get_or_insert_with(|| async_io::Timer::after(longest));
        ready!(Pin::new(patience).poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl hyper::rt::Read for HyperStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; READ_SIZE];
        let most = buf.remaining().min(READ_SIZE);
        loop {
            let read = self.stream.try_read(&mut bytes[..most])?;
            self.poll_head(cx, read.is_some())?;
            if let Some(length) = read {
                buf.put_slice(&bytes[..length]);
                return Poll::Ready(Ok(()));
            }
            ready!(self.stream.poll_readable(cx))?;
        }
    }
}

impl hyper::rt::Write for HyperStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let written = self.stream.try_write(bytes)?;
            if written > 0 || bytes.is_empty() {
                self.patience = None;
                return Poll::Ready(Ok(written));
            }
            ready!(self.poll_writable(cx))?;
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stream.holds_bytes() {
            ready!(self.poll_writable(cx))?;
            self.patience = None;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.finish())
    }
}

/// The timers of the reactor.
#[derive(Debug)]
pub(in crate::server) struct ReactorTimer;

struct ReactorSleep(async_io::Timer);

impl Future for ReactorSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

impl Sleep for ReactorSleep {}

impl hyper::rt::Timer for ReactorTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(ReactorSleep(async_io::Timer::after(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(ReactorSleep(async_io::Timer::at(deadline)))
    }
}
