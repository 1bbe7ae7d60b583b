//! Bytes through a stream, for as long as the other side takes or brings some.

use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use async_io::Timer;
use futures::future::{Either, poll_fn, select};

use crate::net::Stream;

/// What has come of a stream by the time that a piece was to be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// As much as was wanted.
    Full,
    /// Nothing more comes, or nothing came for too long.
    Ended,
}

/// Appends what comes until the piece has this length.
pub(super) async fn fill(stream: &Stream, piece: &mut Vec<u8>, length: usize, patience: Duration) -> Filled {
    while piece.len() < length {
        let begin = piece.len();
        piece.resize(length, 0);
        let read = stream.try_read(&mut piece[begin..]);
        piece.truncate(begin + read.as_ref().ok().copied().flatten().unwrap_or_default());
        match read {
            Ok(Some(0)) | Err(_) => return Filled::Ended,
            Ok(Some(_)) => {}
            Ok(None) if within(patience, |cx| stream.poll_readable(cx)).await.is_err() => return Filled::Ended,
            Ok(None) => {}
        }
    }
    Filled::Full
}

/// The first line that comes, without its newline; `piece` is what has come of it. `None` if it is longer than this, or
/// nothing more comes.
pub(super) async fn fill_line(
    stream: &Stream,
    mut piece: Vec<u8>,
    longest: usize,
    patience: Duration,
) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = memchr::memchr(b'\n', &piece) {
            piece.truncate(end);
            return Some(piece);
        }
        if piece.len() > longest {
            return None;
        }
        let length = piece.len() + 1;
        if fill(stream, &mut piece, length, patience).await == Filled::Ended {
            return None;
        }
    }
}

/// Writes all of it.
pub(super) async fn write_all(stream: &Stream, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    while !bytes.is_empty() || stream.holds_bytes() {
        let written = stream.try_write(bytes)?;
        bytes = &bytes[written..];
        if written == 0 {
            within(patience, |cx| stream.poll_writable(cx)).await?;
        }
    }
    Ok(())
}

async fn within(
    patience: Duration,
    mut ready: impl FnMut(&mut std::task::Context<'_>) -> Poll<io::Result<()>>,
) -> io::Result<()> {
    match select(pin!(poll_fn(&mut ready)), Timer::after(patience)).await {
        Either::Left((ready, _)) => ready,
        Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
