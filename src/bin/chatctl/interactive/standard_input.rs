//! Standard input, read until it ends for the first time: on a terminal Ctrl-D on an empty line is an end, and whoever reads
//! again waits for a second one.

use std::io::{self, Read};
use std::thread;

use futures::{AsyncRead, TryStreamExt};

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;

/// Reads that wait to be taken; when it is full, nothing more is read.
const MAX_WAITING: usize = 4;

/// What comes on standard input from here on.
///
/// # Errors
/// If there can be no thread to wait for it.
pub(super) fn read() -> io::Result<impl AsyncRead + Unpin> {
    let (sender, receiver) = async_channel::bounded(MAX_WAITING);
    let pass_on = move || {
        let mut input = io::stdin().lock();
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = input.read(&mut chunk).map(|length| {
                chunk.truncate(length);
                chunk
            });
            let has_ended = read.as_ref().is_ok_and(Vec::is_empty);
            let is_last = has_ended || read.is_err();
            if has_ended || sender.send_blocking(read).is_err() || is_last {
                return;
            }
        }
    };
    thread::Builder::new().name("input".to_owned()).spawn(pass_on)?;
    Ok(Box::pin(receiver).into_async_read())
}
