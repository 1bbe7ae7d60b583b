//! A login for one purpose: to announce a file, and to be there until its bytes are.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;

use futures::future::select;
use smol::Timer;

use super::error::TransferError;
use super::pipe::in_time;
use crate::client::address::ServerDoor;
use crate::client::connect::{ConnectOptions, Connection, connect};
use crate::client::login::{Login, LoginStep};
use crate::client::reader::{Arrival, LineReader, ReadOutcome};
use crate::client::writer::Writer;
use crate::protocol::command::{Command, FileRequest, FileTarget};
use crate::protocol::dialect::{Dialect, ServerLine};
use crate::protocol::file::{FileName, FileToken};
use crate::protocol::name::RoomName;
use crate::protocol::refusal::{NO_SUCH_ROOM, NOT_A_MEMBER};

/// Bytes that are read at once.
const READ_BUFFER: usize = 16 * 1024;

/// How long the server may take to close after being left.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// Somebody who is logged in to send a file.
#[derive(Debug)]
pub struct Announcer {
    reader: LineReader,
    writer: Writer,
    /// What has come and is not read yet.
    lines: VecDeque<String>,
    buf: Vec<u8>,
}

impl Announcer {
    /// Connects and logs in.
    ///
    /// # Errors
    /// If there is no connection, or the name is refused.
    pub async fn enter(door: &ServerDoor, options: &ConnectOptions, mut login: Login) -> Result<Self, TransferError> {
        let Connection { reader, writer } = connect(door, options).await?;
        let mut here = Self { reader, writer, lines: VecDeque::new(), buf: vec![0; READ_BUFFER] };
        loop {
            let line = here.line().await?;
            match login.take(&Dialect::default().read(&line)) {
                LoginStep::Send(answer) => here.say(&answer).await?,
                LoginStep::Welcome => return Ok(here),
                LoginStep::Refused => return Err(TransferError::NameRefused(line)),
            }
        }
    }

    /// Says what is to be sent; a member of the room is made of whoever is none. A room that nobody is in now is there again
    /// for whoever enters it.
    ///
    /// # Errors
    /// If the connection breaks, or the server does not want the file.
    pub async fn announce(&mut self, to: &FileTarget, size: u64, name: &FileName) -> Result<FileToken, TransferError> {
        match self.ask(to, size, name).await {
            Err(TransferError::Refused { code, detail }) => match to {
                FileTarget::Room(room) if [NOT_A_MEMBER, NO_SUCH_ROOM].contains(&&*code) => {
                    self.join(room).await?;
                    self.ask(to, size, name).await
                }
                FileTarget::Room(_) | FileTarget::Users(_) => Err(TransferError::Refused { code, detail }),
            },
            answered => answered,
        }
    }

    /// Enters a room, in which whoever comes back after a break may be already. Whether that was possible shows when the
    /// file is sent.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn join(&mut self, room: &RoomName) -> Result<(), TransferError> {
        self.say(&Command::JoinRoom(room.clone()).to_string()).await?;
        // The bytes take another way, on which they may be faster.
        self.say(&Command::Ping(None).to_string()).await?;
        loop {
            let line = self.line().await?;
            if matches!(Dialect::default().read(&line), ServerLine::Pong(_)) {
                return Ok(());
            }
        }
    }

    /// Reads what the others say, until the connection is no more.
    pub async fn stay(&mut self) -> TransferError {
        loop {
            match self.line().await {
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    }

    /// Says that it leaves, and gives the server a moment to close.
    pub async fn leave(mut self) {
        if self.say(&Command::Quit.to_string()).await.is_ok() {
            select(pin!(self.stay()), Timer::after(LEAVE_WITHIN)).await;
        }
    }

    async fn ask(&mut self, to: &FileTarget, size: u64, name: &FileName) -> Result<FileToken, TransferError> {
        let request = FileRequest { to: to.clone(), size, name: name.clone(), pixels: None };
        self.say(&Command::SendFile(request).to_string()).await?;
        loop {
            let line = self.line().await?;
            match Dialect::default().read(&line) {
                ServerLine::FileWanted { token, name: _ } => {
                    return FileToken::parse(token).ok_or_else(|| TransferError::Unexpected(line.clone()));
                }
                ServerLine::Refused { code, detail } => {
                    return Err(TransferError::Refused { code: code.to_owned(), detail: detail.to_owned() });
                }
                // What others say.
                _ => {}
            }
        }
    }

    async fn say(&mut self, line: &str) -> Result<(), TransferError> {
        let said = in_time(self.writer.send(line)).await;
        said.map(|_| ()).map_err(TransferError::Lost)
    }

    async fn line(&mut self) -> Result<String, TransferError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(line);
            }
            let lines = &mut self.lines;
            let mut take = |arrival: Arrival<'_>, _| {
                if let Arrival::Line(line) = arrival {
                    lines.push_back(line.lossy_text().into_owned());
                }
            };
            let read = self.reader.read(&mut self.buf, &mut take).await.map_err(TransferError::Lost)?;
            if read == ReadOutcome::End && self.lines.is_empty() {
                return Err(TransferError::Lost(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }
}
