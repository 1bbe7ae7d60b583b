//! A connection that carries one file: a line each way, and bytes as they are.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use smol::Timer;

use super::error::TransferError;
use crate::client::address::{ServerDoor, Transport};
use crate::client::connect::{ConnectOptions, connect};
use crate::client::wire::{read, write_all};
use crate::net::Stream;
use crate::protocol::dialect::{Dialect, ServerLine, TransferRequest};

/// How long the server may take or bring nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer, in bytes: a name has at most 200.
const MAX_ANSWER: usize = 4096;

/// One connection for one file.
#[derive(Debug)]
pub(super) struct Pipe {
    stream: Arc<Stream>,
    /// What has come and is not taken yet.
    received: Vec<u8>,
}

impl Pipe {
    /// Connects, and says what for.
    pub(super) async fn open(
        door: &ServerDoor,
        options: &ConnectOptions,
        request: TransferRequest,
    ) -> Result<Self, TransferError> {
        if door.transport != Transport::Tcp {
            return Err(TransferError::WebSocket);
        }
        let stream = connect(door, options).await?.into_stream();
        let pipe = Self { stream, received: Vec::new() };
        pipe.sender().write(format!("{request}\n").as_bytes()).await?;
        Ok(pipe)
    }

    /// The half that writes, to be used while this one reads.
    pub(super) fn sender(&self) -> PipeSender {
        PipeSender(Arc::clone(&self.stream))
    }

    /// Waits for the line behind the prompt, however long that takes.
    pub(super) async fn answer<T>(
        &mut self,
        of_line: impl Fn(&str, &ServerLine<'_>) -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        loop {
            while let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line[..end]);
                match Dialect::default().read(&line) {
                    ServerLine::NamePrompt => {}
                    read => return of_line(&line, &read),
                }
            }
            if self.received.len() > MAX_ANSWER {
                return Err(TransferError::Unexpected(String::from_utf8_lossy(&self.received[..80]).into_owned()));
            }
            let mut buf = [0; 1024];
            match read(&self.stream, &mut buf).await.map_err(TransferError::Lost)? {
                0 => return Err(TransferError::Lost(io::ErrorKind::UnexpectedEof.into())),
                length => self.received.extend_from_slice(&buf[..length]),
            }
        }
    }

    /// What comes next, as it is: the number of bytes, 0 at the end.
    pub(super) async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransferError> {
        if self.received.is_empty() {
            return in_time(read(&self.stream, buf)).await.map_err(TransferError::Lost);
        }
        let length = self.received.len().min(buf.len());
        buf[..length].copy_from_slice(&self.received[..length]);
        self.received.drain(..length);
        Ok(length)
    }
}

/// What writes to the connection.
#[derive(Debug)]
pub(super) struct PipeSender(Arc<Stream>);

impl PipeSender {
    /// Writes all of it.
    pub(super) async fn write(&self, bytes: &[u8]) -> Result<(), TransferError> {
        in_time(write_all(&self.0, bytes)).await.map_err(TransferError::Lost)
    }
}

/// What this comes to, unless nothing happens for too long.
pub(super) async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match select(pin!(work), Timer::after(PATIENCE)).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
