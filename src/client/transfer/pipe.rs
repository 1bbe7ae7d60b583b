//! A connection that carries one file: a line each way, or a request of HTTP, and bytes as they are.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use smol::Timer;

use super::error::TransferError;
use super::file::ServerFile;
use super::http::{self, Head};
use crate::client::address::{ServerDoor, Transport};
use crate::client::connect::{ConnectOptions, connect};
use crate::client::wire::{read, write_all};
use crate::net::Stream;
use crate::protocol::dialect::{Dialect, ServerLine, TransferRequest};
use crate::protocol::file::FileId;

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
    manner: FetchForm,
}

/// How a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FetchForm {
    /// With a line of the text dialect.
    Line,
    /// With a request of HTTP, for the file of this id if it is fetched.
    Http(Option<FileId>),
}

impl FetchForm {
    /// How the door is asked at which one chats in this dialect.
    fn at(door: &ServerDoor, dialect: Dialect, request: TransferRequest) -> Self {
        if door.transport == Transport::Tcp && dialect != Dialect::FOR_PROGRAMS {
            return Self::Line;
        }
        match request {
            TransferRequest::Get(id, _) => Self::Http(id),
            TransferRequest::Put(..) | TransferRequest::Cancel(_) | TransferRequest::Admin => Self::Http(None),
        }
    }
}

impl Pipe {
    /// Connects, and says what for. Over HTTP, `length` bytes are to follow.
    pub(super) async fn open(
        door: &ServerDoor,
        options: &ConnectOptions,
        (request, length): (TransferRequest, u64),
    ) -> Result<Self, TransferError> {
        let manner = FetchForm::at(door, options.dialect, request);
        let asked = match manner {
            FetchForm::Line => format!("{request}\n"),
            FetchForm::Http(_) => http::request(door, request, length),
        };
        // What wraps the bytes of a conversation does not wrap those of a file.
        let door = ServerDoor { transport: Transport::Tcp, ..door.clone() };
        let options = ConnectOptions { dialect: Dialect::default(), ..options.clone() };
        let stream = connect(&door, &options).await?.into_stream();
        let pipe = Self { stream, received: Vec::new(), manner };
        pipe.sender().write(asked.as_bytes()).await?;
        Ok(pipe)
    }

    /// The half that writes, to be used while this one reads.
    pub(super) fn sender(&self) -> PipeSender {
        PipeSender(Arc::clone(&self.stream))
    }

    /// Waits for what the server tells of the file, however long that takes.
    pub(super) async fn answer(&mut self) -> Result<ServerFile, TransferError> {
        if let FetchForm::Http(id) = self.manner {
            let head = self.head().await?;
            if let Some(told) = id.and_then(|id| head.told(id)) {
                return told;
            }
        }
        loop {
            let line = self.line().await?;
            match Dialect::default().read(&line) {
                ServerLine::NamePrompt => {}
                read => return ServerFile::told(&line, &read),
            }
        }
    }

    /// Waits until the server says that what was asked for is done, of which nothing else is to be told.
    pub(super) async fn done(&mut self) -> Result<(), TransferError> {
        if self.manner != FetchForm::Line && self.head().await?.is_ok() {
            return Ok(());
        }
        loop {
            let line = self.line().await?;
            match Dialect::default().read(&line) {
                ServerLine::NamePrompt => {}
                ServerLine::Answer(_) => return Ok(()),
                read => return ServerFile::told(&line, &read).map(|_| ()),
            }
        }
    }

    async fn head(&mut self) -> Result<Head, TransferError> {
        loop {
            if let Some(end) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.received.drain(..end + 4).collect();
                return Ok(Head::new(&head));
            }
            self.receive(http::MAX_HEAD).await?;
        }
    }

    async fn line(&mut self) -> Result<String, TransferError> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            self.receive(MAX_ANSWER).await?;
        }
    }

    /// Waits for more of something that has at most so many bytes.
    async fn receive(&mut self, most: usize) -> Result<(), TransferError> {
        if self.received.len() > most {
            return Err(TransferError::Unexpected(String::from_utf8_lossy(&self.received[..80]).into_owned()));
        }
        let mut buf = [0; 1024];
        match read(&self.stream, &mut buf).await.map_err(TransferError::Lost)? {
            0 => Err(TransferError::Lost(io::ErrorKind::UnexpectedEof.into())),
            length => {
                self.received.extend_from_slice(&buf[..length]);
                Ok(())
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
