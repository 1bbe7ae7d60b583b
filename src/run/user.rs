//! A user of a conversation: its name, its inbox, and its connection while it has one.

use std::cell::RefCell;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use futures::future::{Either, select};
use smol::{Executor, Task, Timer};

use crate::client::{Connection, Gate, Progress, Reader, Writer};
use crate::delivery::accounts::{Accounts, Excuse};
use crate::lang::ast::Name;
use crate::lock::Locked;
use crate::protocol::dialect::Dialect;
use crate::protocol::encoding::Charset;
use crate::protocol::framing::Frame;
use crate::run::inbox::{Defect, End, Inbox};

/// How many bytes are read at once.
const READ_BUFFER: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One user. Its lane acts for it, its reader fills its inbox.
#[derive(Debug)]
pub(super) struct User {
    /// As the script calls it.
    pub(super) label: Name,
    /// Its place among the users of the test.
    pub(super) number: usize,
    /// What it receives.
    pub(super) inbox: Arc<Inbox>,
    state: Mutex<UserState>,
    link: smol::lock::Mutex<Option<Link>>,
}

/// What is known about a user between its statements.
#[derive(Debug)]
pub(super) struct UserState {
    /// As the server calls it.
    pub(super) wire_name: String,
    /// What it speaks.
    pub(super) dialect: Dialect,
    /// In which charset.
    pub(super) charset: Charset,
    /// Whether it has a connection.
    pub(super) presence: Presence,
    /// It has written since it was last known to be idle.
    pub(super) wrote: bool,
    /// Its last bytes did not end a line.
    pub(super) mid_line: bool,
    /// It does not read.
    pub(super) stalled: bool,
    /// The script has seen that the server closed.
    pub(super) close_expected: bool,
    /// Its last connection was reset, so that the server may not know yet that it is gone.
    pub(super) was_reset: bool,
}

/// Whether what is sent to a user arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is not connected.
    Away,
    /// It is, and reads.
    Reading,
    /// It is, and does not read.
    Stalled,
}

/// Whether a user has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Not yet.
    Away,
    /// It does, as far as we are concerned.
    Connected,
    /// It has left.
    Left,
}

#[derive(Debug)]
struct Link {
    writer: Writer,
    gate: Arc<Gate>,
    reading: Task<()>,
}

impl User {
    pub(super) fn new(label: Name, number: usize) -> Self {
        let state = UserState {
            wire_name: label.to_string(),
            dialect: Dialect::Text,
            charset: Charset::UTF_8,
            presence: Presence::Away,
            wrote: false,
            mid_line: false,
            stalled: false,
            close_expected: false,
            was_reset: false,
        };
        let (inbox, link) = (Arc::default(), smol::lock::Mutex::new(None));
        Self { label, number, inbox, state: Mutex::new(state), link }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, UserState> {
        self.state.locked()
    }

    /// Whether a `ping` of it would be one, and would be answered.
    pub(super) fn can_ping(&self) -> bool {
        let contents = self.inbox.contents();
        let (logged_in, ended) = (contents.logged_in, contents.end.is_some());
        drop(contents);
        let state = self.state();
        let is_ready = state.presence == Presence::Connected && !state.mid_line && !state.stalled;
        is_ready && logged_in && !ended && state.has_ping()
    }

    /// Whether what is sent to it now must arrive.
    pub(super) fn reach(&self) -> Reach {
        let is_in = {
            let contents = self.inbox.contents();
            contents.logged_in && contents.end.is_none()
        };
        let state = self.state();
        match (is_in && state.presence == Presence::Connected, state.stalled) {
            (false, _) => Reach::Away,
            (true, false) => Reach::Reading,
            (true, true) => Reach::Stalled,
        }
    }

    /// Whether it is connected, and the server has not closed.
    pub(super) fn is_online(&self) -> bool {
        let ended = self.inbox.contents().end.is_some();
        self.state().presence == Presence::Connected && !ended
    }

    /// Begins a new connection: from here on, what comes goes into the inbox.
    pub(super) async fn attach(
        &self,
        connection: Connection,
        executor: &Executor<'static>,
        accounts: &Arc<dyn Accounts>,
    ) {
        self.drop_link().await;
        self.inbox.contents().begin_again();
        {
            let mut state = self.state();
            state.presence = Presence::Connected;
            (state.wrote, state.mid_line, state.stalled, state.close_expected) = (false, false, false, false);
        }
        let Connection { reader, writer } = connection;
        let gate = reader.gate();
        let sink = Sink {
            inbox: Arc::clone(&self.inbox),
            accounts: Arc::clone(accounts),
            number: self.number,
            charset: writer.charset(),
        };
        let reading = executor.spawn(sink.fill_from(reader));
        *self.link.lock().await = Some(Link { writer, gate, reading });
    }

    /// Writes the bytes in one go. Returns when the first of them was written.
    ///
    /// # Errors
    /// If there is no connection, it is broken, or the deadline passes.
    pub(super) async fn write(&self, bytes: &[u8], deadline: Instant) -> Result<Instant, std::io::ErrorKind> {
        let mut link = self.link.lock().await;
        let Some(link) = link.as_mut() else { return Err(std::io::ErrorKind::NotConnected) };
        within(deadline, link.writer.send_bytes(bytes)).await
    }

    /// Writes whole lines, as its dialect frames them. Returns when the first byte was written.
    ///
    /// # Errors
    /// As [`write`](Self::write), and if a line is too long for the dialect.
    pub(super) async fn write_lines(&self, lines: &[u8], deadline: Instant) -> Result<Instant, std::io::ErrorKind> {
        let mut link = self.link.lock().await;
        let Some(link) = link.as_mut() else { return Err(std::io::ErrorKind::NotConnected) };
        within(deadline, link.writer.send_lines(lines)).await
    }

    pub(super) async fn set_chunk(&self, size: Option<NonZeroUsize>) {
        if let Some(link) = self.link.lock().await.as_mut() {
            link.writer.set_chunk(size);
        }
    }

    /// Stops or continues reading.
    pub(super) async fn set_stalled(&self, stalled: bool) {
        self.state().stalled = stalled;
        if let Some(link) = self.link.lock().await.as_ref() {
            if stalled { link.gate.close() } else { link.gate.open() }
        }
    }

    /// What its connection is read through, if it has one.
    pub(super) async fn gate(&self) -> Option<Arc<Gate>> {
        self.link.lock().await.as_ref().map(|link| Arc::clone(&link.gate))
    }

    /// Says that it will send no more. A connection that is broken anyway needs no goodbye.
    pub(super) async fn half_close(&self) {
        if let Some(link) = self.link.lock().await.as_ref() {
            let _ = link.writer.half_close();
        }
    }

    /// Closes the connection, if there is one.
    pub(super) async fn drop_link(&self) {
        if let Some(link) = self.link.lock().await.take() {
            link.reading.cancel().await;
        }
    }

    /// Ends the connection with a reset.
    pub(super) async fn reset_link(&self) {
        if let Some(link) = self.link.lock().await.take() {
            link.reading.cancel().await;
            // Refused only for a socket that is closed already, which is what is wanted.
            let _ = link.writer.reset();
        }
    }
}

impl UserState {
    /// The bytes of a line, or of several, with a newline behind each.
    pub(super) fn encode_line(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        self.dialect.encode_into(text, self.charset, &mut bytes);
        bytes.push(b'\n');
        bytes
    }

    /// Whether its dialect has a `ping`.
    pub(super) fn has_ping(&self) -> bool {
        match self.dialect {
            Dialect::Text => true,
            Dialect::Legacy => false,
        }
    }
}

async fn within(
    deadline: Instant,
    writing: impl Future<Output = std::io::Result<Instant>>,
) -> Result<Instant, std::io::ErrorKind> {
    match select(pin!(writing), Timer::at(deadline)).await {
        Either::Left((written, _)) => written.map_err(|error| error.kind()),
        Either::Right(_) => Err(std::io::ErrorKind::TimedOut),
    }
}

/// Where a reader puts what it reads.
struct Sink {
    inbox: Arc<Inbox>,
    accounts: Arc<dyn Accounts>,
    number: usize,
    charset: Charset,
}

impl Sink {
    async fn fill_from(self, mut reader: Reader) {
        let end = loop {
            match self.read(&mut reader).await {
                Ok(Some(Progress::Received)) if self.inbox.contents().full => return,
                // A peer that never pauses must not keep the other tasks of this thread waiting.
                Ok(Some(Progress::Received)) => smol::future::yield_now().await,
                Ok(Some(Progress::End)) => break End::Closed,
                Ok(None) => {}
                Err(error) => break End::Broken(error.kind()),
            }
        };
        self.inbox.end(end, Instant::now());
        self.accounts.excuse(self.number, Excuse::Closed);
    }

    /// Who waits needs no buffer: it is the thread's, and borrowed for one read.
    async fn read(&self, reader: &mut Reader) -> std::io::Result<Option<Progress>> {
        reader.ready().await?;
        BUFFER.with_borrow_mut(|buf| {
            buf.resize(READ_BUFFER, 0);
            reader.try_read(buf, &mut |frame, at| self.take(frame, at))
        })
    }

    fn take(&self, frame: Frame<'_>, at: Instant) {
        let line = match frame {
            Frame::TooLong => return self.inbox.push("", Some(Defect::TooLong), at),
            Frame::Line(line) => line,
        };
        if self.accounts.count(line, self.number, at) {
            return;
        }
        match self.charset.decode(line) {
            Ok(text) => self.inbox.push(&text, None, at),
            Err(_) => self.inbox.push(&String::from_utf8_lossy(line), Some(Defect::Undecodable), at),
        }
    }
}
