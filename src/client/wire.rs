//! Reading and writing a stream where waiting is fine.

use std::io;

use futures::future::poll_fn;

use crate::net::Stream;

/// Writes all of it, and waits until the socket has all.
pub(super) async fn write_all(stream: &Stream, mut bytes: &[u8]) -> io::Result<()> {
    loop {
        bytes = &bytes[stream.try_write(bytes)?..];
        if bytes.is_empty() && !stream.holds_bytes() {
            return Ok(());
        }
        poll_fn(|cx| stream.poll_writable(cx)).await?;
    }
}

/// Reads what comes next: the number of bytes, 0 at the end.
pub(super) async fn read(stream: &Stream, buf: &mut [u8]) -> io::Result<usize> {
    loop {
        if let Some(bytes) = stream.try_read(buf)? {
            return Ok(bytes);
        }
        poll_fn(|cx| stream.poll_readable(cx)).await?;
    }
}
