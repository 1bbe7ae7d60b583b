//! One user's connection: a task that connects, reads and writes until it is dropped or the server closes.

use std::error::Error;
use std::future::pending;
use std::io;
use std::pin::pin;

use async_channel::{Receiver, Sender, TrySendError};
use futures::future::{Either, select};
use smol::{LocalExecutor, Task};

use crate::client::{self, Arrival, Connection, MAX_LINE, Progress, Reader, Writer};
use crate::terminal::user::UserId;

/// Lines that wait to be sent. When it is full, a further line is not sent, and the user is told.
const MAX_WAITING: usize = 1000;

/// Bytes that are read at once.
const READ_BUFFER: usize = 16 * 1024;

/// A report of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FromLink {
    Connected,
    Line(String),
    /// The connection has ended. The text says why; without one, the server closed it.
    Closed(Option<String>),
}

/// The reports of all connections, each with the number of its connection. When it is full, connections are not read
/// until there is room.
pub(super) type Mailbox = Sender<(UserId, u64, FromLink)>;

/// The server to connect to, and the options of the connection.
#[derive(Debug)]
pub(super) struct Goal {
    pub(super) server: String,
    pub(super) client: client::Options,
}

/// A user's connection. Dropping it closes it at once.
#[derive(Debug)]
pub(super) struct Link {
    /// Tells this connection from an earlier one, whose last lines may still be on their way.
    pub(super) number: u64,
    lines: Sender<String>,
    _task: Task<()>,
}

impl Link {
    /// Begins to connect.
    pub(super) fn start(
        user: UserId,
        number: u64,
        goal: Goal,
        mailbox: &Mailbox,
        executor: &LocalExecutor<'static>,
    ) -> Self {
        let (lines, waiting) = async_channel::bounded(MAX_WAITING);
        let mailbox = mailbox.clone();
        let task = executor.spawn(async move {
            let why = talk(user, number, &goal, waiting, &mailbox).await.err();
            // With nobody there to be told, the program is ending.
            let _ = mailbox.send((user, number, FromLink::Closed(why))).await;
        });
        Self { number, lines, _task: task }
    }

    /// Sends a line soon. Gives it back if too many lines wait, or if the connection has ended.
    pub(super) fn send(&self, line: String) -> Result<(), String> {
        self.lines.try_send(line).map_err(|error| match error {
            TrySendError::Full(line) | TrySendError::Closed(line) => line,
        })
    }
}

/// Connects, reads and writes until the server closes. The error says why the connection ended otherwise.
async fn talk(
    user: UserId,
    number: u64,
    goal: &Goal,
    waiting: Receiver<String>,
    mailbox: &Mailbox,
) -> Result<(), String> {
    let Connection { reader, writer } = goal.connect().await.map_err(|error| chain(&error))?;
    let _ = mailbox.send((user, number, FromLink::Connected)).await;
    let reading = read(user, number, reader, mailbox);
    match select(pin!(reading), pin!(write(writer, waiting))).await {
        Either::Left((read, _)) => read.map_err(|error| error.to_string()),
        Either::Right(((), reading)) => reading.await.map_err(|error| error.to_string()),
    }
}

impl Goal {
    async fn connect(&self) -> Result<Connection, client::ConnectError> {
        client::connect(&client::resolve(&self.server).await?, &self.client).await
    }
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

async fn read(user: UserId, number: u64, mut reader: Reader, mailbox: &Mailbox) -> io::Result<()> {
    let mut buf = vec![0; READ_BUFFER];
    loop {
        let mut lines = Vec::new();
        let mut take = |arrival: Arrival<'_>, _| {
            lines.push(match arrival {
                Arrival::Line(line) => line.lossy_text().into_owned(),
                Arrival::TooLong => format!("(a line of more than {MAX_LINE} bytes)"),
            });
        };
        let progress = reader.read(&mut buf, &mut take).await?;
        for line in lines {
            let _ = mailbox.send((user, number, FromLink::Line(line))).await;
        }
        if progress == Progress::End {
            return Ok(());
        }
    }
}

/// Writes the lines that wait. If the connection breaks, its reader reports it.
async fn write(mut writer: Writer, waiting: Receiver<String>) {
    while let Ok(mut lines) = waiting.recv().await {
        while let Ok(line) = waiting.try_recv() {
            lines.push('\n');
            lines.push_str(&line);
        }
        if writer.send(&lines).await.is_err() {
            pending::<()>().await;
        }
    }
}
