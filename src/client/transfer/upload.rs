//! The bytes of an announced file, from where the server has none on.

use std::io;
use std::pin::pin;

use futures::future::{Either, select};
use futures::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt};

use super::error::TransferError;
use super::file::ServerFile;
use super::pipe::{Pipe, PipeSender};
use crate::client::address::ServerDoor;
use crate::client::connect::ConnectOptions;
use crate::protocol::dialect::TransferRequest;
use crate::protocol::file::FileToken;

/// Bytes that are read and written at once. Several of a socket's buffer, so that TLS is not asked for small records.
const PIECE: usize = 128 * 1024;

/// What of which source goes to the server.
#[derive(Debug)]
pub struct WantedUpload<'a, S> {
    /// All bytes of the file.
    pub source: &'a mut S,
    /// How many it has.
    pub size: u64,
    /// How many of them the server has.
    pub from: u64,
}

/// Brings bytes of an announced file, up to its end. `sent` hears how many the connection has taken in all.
///
/// # Errors
/// If there is no connection, or it breaks; if the server does not take the file, which may be because it has fewer bytes
/// than was thought ([`TransferError::offset`]); if the source cannot be read.
pub async fn upload<S: AsyncRead + AsyncSeek + Unpin>(
    (door, options): (&ServerDoor, &ConnectOptions),
    token: FileToken,
    wanted: WantedUpload<'_, S>,
    mut sent: impl FnMut(u64),
) -> Result<ServerFile, TransferError> {
    let request = TransferRequest::Put(Some(token), wanted.from);
    let mut pipe = Pipe::open(door, options, (request, wanted.size.saturating_sub(wanted.from))).await?;
    let sender = pipe.sender();
    let hearing = pin!(pipe.answer());
    let sending = pin!(send(&sender, wanted, &mut sent));
    match select(hearing, sending).await {
        // Whoever refuses says so at once.
        Either::Left((answer, _)) => answer,
        Either::Right((Ok(()), hearing)) => hearing.await,
        Either::Right((Err(error @ TransferError::Source(_)), _)) => Err(error),
        // Why the server takes no more may be on its way.
        Either::Right((Err(_), hearing)) => hearing.await,
    }
}

async fn send<S: AsyncRead + AsyncSeek + Unpin>(
    to: &PipeSender,
    WantedUpload { source, size, from }: WantedUpload<'_, S>,
    sent: &mut impl FnMut(u64),
) -> Result<(), TransferError> {
    source.seek(io::SeekFrom::Start(from)).await.map_err(TransferError::Source)?;
    let mut piece = vec![0; PIECE];
    let mut at = from;
    while at < size {
        let most = usize::try_from(size - at).unwrap_or(PIECE).min(PIECE);
        let length = source.read(&mut piece[..most]).await.map_err(TransferError::Source)?;
        if length == 0 {
            let why = format!("expected {size} bytes, found {at}: it was changed meanwhile");
            return Err(TransferError::Source(io::Error::other(why)));
        }
        to.write(&piece[..length]).await?;
        at += length as u64;
        sent(at);
    }
    Ok(())
}
