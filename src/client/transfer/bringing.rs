//! A whole transfer, on as many connections as it takes.

use std::io;

use futures::{AsyncRead, AsyncSeek};

use super::download::Download;
use super::endurance::Endurance;
use super::error::TransferError;
use super::file::ServerFile;
use super::upload::{WantedUpload, upload};
use crate::client::address::ServerDoor;
use crate::client::connect::ConnectOptions;
use crate::protocol::file::{FileId, FileToken};

/// Bytes that are fetched at once.
const PIECE: usize = 128 * 1024;

/// An announced file that is brought. After a break it goes on where the server has no bytes yet.
#[derive(Debug)]
pub struct Bringing {
    token: FileToken,
    size: u64,
    /// Whether the server may have some bytes.
    begun: bool,
    /// How many bytes the server has, as far as is known.
    have: u64,
}

impl Bringing {
    /// Nothing has been brought yet.
    #[must_use]
    pub fn new(token: FileToken, size: u64) -> Self {
        Self { token, size, begun: false, have: 0 }
    }

    /// Some of it may have been brought before.
    #[must_use]
    pub fn resumed(token: FileToken, size: u64) -> Self {
        Self { begun: true, ..Self::new(token, size) }
    }

    /// How many bytes the server has, as far as is known.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.have
    }

    /// Brings what the server does not have. `sent` hears how many bytes the connection has taken in all.
    ///
    /// # Errors
    /// If that cannot be done, or nothing more gets through for a minute.
    pub async fn bring<S: AsyncRead + AsyncSeek + Unpin>(
        &mut self,
        to: (&ServerDoor, &ConnectOptions),
        source: &mut S,
        endurance: &mut Endurance,
        mut sent: impl FnMut(u64),
    ) -> Result<ServerFile, TransferError> {
        loop {
            match self.bring_once(to, source, &mut sent).await {
                Ok(file) => return Ok(file),
                Err(error) => endurance.after(error, self.have).await?,
            }
        }
    }

    async fn bring_once<S: AsyncRead + AsyncSeek + Unpin>(
        &mut self,
        to: (&ServerDoor, &ConnectOptions),
        source: &mut S,
        sent: &mut impl FnMut(u64),
    ) -> Result<ServerFile, TransferError> {
        let size = self.size;
        if self.begun {
            // Without a byte, the server says how many it has.
            match upload(to, self.token, WantedUpload { source, size, from: size }, |_| ()).await {
                Err(error) => {
                    if let Some(announced) = error.announced().filter(|announced| *announced != size) {
                        let why = format!("expected the {announced} bytes that were announced, found {size}");
                        return Err(TransferError::Source(io::Error::other(why)));
                    }
                    self.have = error.offset().ok_or(error)?;
                    sent(self.have);
                }
                Ok(file) => return Ok(file),
            }
        }
        self.begun = true;
        upload(to, self.token, WantedUpload { source, size, from: self.have }, sent).await
    }
}

/// Fetches the bytes of a file of this size, from here on. `take` gets them in order, each once.
///
/// # Errors
/// If they cannot be fetched, nothing more gets through for a minute, or `take` fails.
pub async fn fetch<E: From<TransferError>>(
    (door, options): (&ServerDoor, &ConnectOptions),
    id: FileId,
    (from, size): (u64, u64),
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let (mut at, mut endurance, mut piece) = (from, Endurance::new(from), vec![0; PIECE]);
    while at < size {
        let broke = match Download::open(door, options, (id, at)).await {
            Err(error) => error,
            Ok(mut download) => loop {
                match download.read(&mut piece).await {
                    Ok(0) => return Ok(()),
                    Ok(length) => {
                        take(&piece[..length])?;
                        at += length as u64;
                    }
                    Err(error) => break error,
                }
            },
        };
        endurance.after(broke, at).await?;
    }
    Ok(())
}
