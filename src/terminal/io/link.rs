//! One user's connection: a task that connects, reads and writes until it is dropped or the server closes.

use std::cell::Cell;
use std::error::Error;
use std::future::pending;
use std::io;
use std::pin::pin;
use std::rc::Rc;

use async_channel::{Receiver, Sender, TrySendError};
use futures::future::{Either, select};
use smol::{LocalExecutor, Task};

use crate::client::{self, Arrival, Connection, LineReader, MAX_LINE, ReadOutcome, Writer};
use crate::terminal::user::LocalUserId;
use crate::text::system::without_numbers;

/// Lines that wait to be sent. When it is full, a further line is not sent, and the user is told.
const MAX_WAITING: usize = 1000;

/// Bytes of the lines that wait to be sent. When it is full, a further line is not sent, and the user is told.
const MAX_WAITING_BYTES: usize = 1 << 20;

/// Bytes that are read at once.
const READ_BUFFER: usize = 16 * 1024;

/// A report of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FromLink {
    Connected,
    /// The lines of one read.
    Lines(Vec<String>),
    /// The connection has ended. The text says why; without one, the server closed it.
    Closed(Option<String>),
}

/// The reports of all connections, each with the number of its connection. When it is full, connections are not read
/// until there is room.
pub(super) type Mailbox = Sender<(LocalUserId, u64, FromLink)>;

/// The server to connect to, and the options of the connection.
#[derive(Debug)]
pub(super) struct Goal {
    pub(super) server: String,
    pub(super) client: client::ConnectOptions,
}

/// A user's connection. Dropping it closes it at once.
#[derive(Debug)]
pub(super) struct Link {
    /// Tells this connection from an earlier one, whose last lines may still be on their way.
    pub(super) number: u64,
    lines: Sender<String>,
    /// The bytes of the lines that wait.
    waiting_bytes: Rc<Cell<usize>>,
    _task: Task<()>,
}

impl Link {
    /// Begins to connect, unless there is a connection already. The number tells it from the user's other connections.
    pub(super) fn start(
        (user, number): (LocalUserId, u64),
        goal: Goal,
        first: Option<Connection>,
        mailbox: &Mailbox,
        executor: &LocalExecutor<'static>,
    ) -> Self {
        let (lines, waiting) = async_channel::bounded(MAX_WAITING);
        let mailbox = mailbox.clone();
        let waiting_bytes = Rc::new(Cell::new(0));
        let waiting = SendQueue { lines: waiting, bytes: waiting_bytes.clone() };
        let task = executor.spawn(async move {
            let why = talk((user, number), &goal, first, waiting, &mailbox).await.err();
            // With nobody there to be told, the program is ending.
            let _ = mailbox.send((user, number, FromLink::Closed(why))).await;
        });
        Self { number, lines, waiting_bytes, _task: task }
    }

    /// Sends a line soon. Gives it back if too many lines wait, or if the connection has ended.
    pub(super) fn send(&self, line: String) -> Result<(), String> {
        let bytes = self.waiting_bytes.get() + line.len();
        if bytes > MAX_WAITING_BYTES {
            return Err(line);
        }
        self.lines.try_send(line).map_err(|error| match error {
            TrySendError::Full(line) | TrySendError::Closed(line) => line,
        })?;
        self.waiting_bytes.set(bytes);
        Ok(())
    }
}

/// The lines that wait to be sent.
struct SendQueue {
    lines: Receiver<String>,
    bytes: Rc<Cell<usize>>,
}

impl SendQueue {
    fn note_taken(&self, line: &str) {
        self.bytes.set(self.bytes.get() - line.len());
    }
}

/// Connects, reads and writes until the server closes. The error says why the connection ended otherwise.
async fn talk(
    (user, number): (LocalUserId, u64),
    goal: &Goal,
    first: Option<Connection>,
    waiting: SendQueue,
    mailbox: &Mailbox,
) -> Result<(), String> {
    let connection = match first {
        Some(first) => first,
        None => goal.connect().await.map_err(|error| chain(&error))?,
    };
    let Connection { reader, writer } = connection;
    let _ = mailbox.send((user, number, FromLink::Connected)).await;
    let reading = read(user, number, reader, mailbox);
    match select(pin!(reading), pin!(write(user, number, writer, waiting, mailbox))).await {
        Either::Left((read, _)) => read.map_err(|error| chain(&error)),
        Either::Right(((), reading)) => reading.await.map_err(|error| chain(&error)),
    }
}

impl Goal {
    async fn connect(&self) -> Result<Connection, client::ConnectError> {
        client::connect(&client::resolve(&self.server).await?, &self.client).await
    }
}

pub(super) fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => without_numbers(&error.to_string()),
    }
}

async fn read(user: LocalUserId, number: u64, mut reader: LineReader, mailbox: &Mailbox) -> io::Result<()> {
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
        if !lines.is_empty() {
            let _ = mailbox.send((user, number, FromLink::Lines(lines))).await;
        }
        if progress == ReadOutcome::End {
            return Ok(());
        }
    }
}

/// Writes the lines that wait. If the connection breaks, its reader reports it.
async fn write(user: LocalUserId, number: u64, mut writer: Writer, waiting: SendQueue, mailbox: &Mailbox) {
    while let Ok(mut lines) = waiting.lines.recv().await {
        waiting.note_taken(&lines);
        while let Ok(line) = waiting.lines.try_recv() {
            waiting.note_taken(&line);
            lines.push('\n');
            lines.push_str(&line);
        }
        let (sendable, refused) = part(&writer, &lines);
        if !refused.is_empty() {
            let _ = mailbox.send((user, number, FromLink::Lines(refused))).await;
        }
        if !sendable.is_empty() && writer.send(&sendable.join("\n")).await.is_err() {
            pending::<()>().await;
        }
    }
}

/// The lines that can be sent, and an answer to each that cannot, because the charset lacks a character of it.
fn part<'l>(writer: &Writer, lines: &'l str) -> (Vec<&'l str>, Vec<String>) {
    let (mut sendable, mut refused) = (Vec::new(), Vec::new());
    for line in lines.split('\n') {
        match writer.lacks(line) {
            None => sendable.push(line),
            Some((character, charset)) => refused
                .push(format!("not sent: {charset} does not have '{character}' (U+{:04X})", u32::from(character))),
        }
    }
    (sendable, refused)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn lines_that_nobody_takes_in_are_bounded_by_their_bytes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap().to_string();
        let lying = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let line = "x".repeat(60_000) + "\n";
            while stream.write_all(line.as_bytes()).is_ok() {}
        });
        let (mailbox, mail) = async_channel::bounded(4);
        let executor = LocalExecutor::new();
        let goal = Goal { server, client: client::ConnectOptions::default() };
        let link = Link::start((LocalUserId(0), 1), goal, None, &mailbox, &executor);
        while !mail.is_full() {
            executor.try_tick();
            thread::yield_now();
        }
        let mut bytes = 0;
        while let Ok((_, _, report)) = mail.try_recv() {
            if let FromLink::Lines(lines) = report {
                bytes += lines.iter().map(String::len).sum::<usize>();
            }
        }
        assert!(bytes <= 4 * (READ_BUFFER + MAX_LINE), "{bytes} bytes wait");
        drop(link);
        drop(executor);
        lying.join().unwrap();
    }

    #[test]
    fn lines_to_send_are_bounded_by_their_bytes() {
        let (mailbox, _mail) = async_channel::bounded(4);
        let executor = LocalExecutor::new();
        let goal = Goal { server: "127.0.0.1:1".to_owned(), client: client::ConnectOptions::default() };
        let link = Link::start((LocalUserId(0), 1), goal, None, &mailbox, &executor);
        let line = "x".repeat(60_000);
        let sent = (0..100).filter(|_| link.send(line.clone()).is_ok()).count();
        assert_eq!(sent, MAX_WAITING_BYTES / 60_000);
    }
}
