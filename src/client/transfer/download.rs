//! A file that is fetched: what it is, then its bytes.

use std::io;

use super::error::TransferError;
use super::file::ServerFile;
use super::pipe::{Pipe, in_time};
use crate::client::address::ServerDoor;
use crate::client::connect::ConnectOptions;
use crate::protocol::dialect::TransferRequest;
use crate::protocol::file::FileId;

/// A file on its way here.
#[derive(Debug)]
pub struct Download {
    pipe: Pipe,
    file: ServerFile,
    left: u64,
}

impl Download {
    /// Asks for the bytes of a file from here on. From [`u64::MAX`] on there are none, and it is told what it is.
    ///
    /// # Errors
    /// If there is no connection, or the server does not have the file.
    pub async fn open(
        door: &ServerDoor,
        options: &ConnectOptions,
        (id, from): (FileId, u64),
    ) -> Result<Self, TransferError> {
        let mut pipe = Pipe::open(door, options, (TransferRequest::Get(Some(id), from), 0)).await?;
        let answer = pipe.answer();
        let file = in_time(async { Ok(answer.await) }).await.map_err(TransferError::Lost)??;
        let left = file.size.saturating_sub(from);
        Ok(Self { pipe, file, left })
    }

    /// What it is, as the server says.
    #[must_use]
    pub fn file(&self) -> &ServerFile {
        &self.file
    }

    /// The next bytes: how many, 0 once all have come.
    ///
    /// # Errors
    /// If the connection breaks before.
    pub async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransferError> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 {
            return Ok(0);
        }
        match self.pipe.read(&mut buf[..most]).await? {
            0 => Err(TransferError::Lost(io::ErrorKind::UnexpectedEof.into())),
            length => {
                self.left -= length as u64;
                Ok(length)
            }
        }
    }
}
