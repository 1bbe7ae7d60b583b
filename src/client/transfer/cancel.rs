//! An announced file that is not sent after all.

use super::error::TransferError;
use super::pipe::{Pipe, in_time};
use crate::client::address::ServerDoor;
use crate::client::connect::ConnectOptions;
use crate::protocol::dialect::TransferRequest;
use crate::protocol::file::FileToken;

/// Tells the server that the file of this token is not sent: its place is free, and what has come of it is forgotten.
///
/// # Errors
/// If there is no connection, it breaks, or the server does not wait for the file any more.
pub async fn cancel(door: &ServerDoor, options: &ConnectOptions, token: FileToken) -> Result<(), TransferError> {
    let mut pipe = Pipe::open(door, options, (TransferRequest::Cancel(Some(token)), 0)).await?;
    let done = pipe.done();
    in_time(async { Ok(done.await) }).await.map_err(TransferError::Lost)?
}
