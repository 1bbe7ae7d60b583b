//! A user of a conversation: its name, its inbox, and its connection while it has one.

pub(super) mod inbox;
mod reader;

use std::borrow::Cow;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use futures::future::{Either, select};
use smol::{Executor, Task, Timer};
use zeroize::Zeroizing;

use self::inbox::{Inbox, InboxRoom};
use self::reader::InboxReader;
use crate::client::{Connection, Gate, Writer};
use crate::delivery::accounts::Accounts;
use crate::lang::ast::{ForeignDialect, LineEnd, Name};
use crate::lock::Locked;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Spelling;
use crate::run::foreign::Reflexes;

/// One user. Its lane acts for it, its reader fills its inbox.
#[derive(Debug)]
pub(super) struct User {
    /// Its name in the script.
    pub(super) label: Name,
    /// Its index among the users of the test.
    pub(super) number: usize,
    /// What it has received.
    pub(super) inbox: Arc<Inbox>,
    state: Mutex<UserState>,
    /// Shared with its reader, which sends the answers of a dialect.
    link: SharedConnection,
}

/// A connection, while there is one.
type SharedConnection = Arc<smol::lock::Mutex<Option<OpenConnection>>>;

/// What is known about a user between its statements.
#[derive(Debug)]
pub(super) struct UserState {
    /// Its name on the wire.
    pub(super) wire_name: String,
    /// How it speaks when a connection begins; the connection then follows what is said.
    pub(super) spelling: Spelling,
    /// The dialect, if it is that of another server.
    pub(super) foreign: Option<Arc<ForeignDialect>>,
    /// The server that it connects to, by name or address, if it is not that of everybody.
    pub(super) at: Option<String>,
    /// Whether its connection is over TLS, whatever the others have.
    pub(super) over_tls: bool,
    /// What to say if the name asks for a password.
    pub(super) password: Option<Zeroizing<String>>,
    /// Whether it has a connection.
    pub(super) presence: ConnectionState,
    /// Whether it has written since it was last known to be idle.
    pub(super) wrote: bool,
    /// Whether its last bytes left a line unfinished.
    pub(super) mid_line: bool,
    /// Whether it has stopped reading.
    pub(super) stalled: bool,
    /// Whether an `is closed` has expected the end of its connection.
    pub(super) close_expected: bool,
    /// Whether its last connection was reset, so that the server may still hold its name.
    pub(super) was_reset: bool,
}

/// Whether what is sent to a user must arrive.
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
pub(super) enum ConnectionState {
    /// The user has not connected yet.
    Away,
    /// It does, as far as we are concerned.
    Connected,
    /// The user has left.
    Left,
}

#[derive(Debug)]
struct OpenConnection {
    writer: Writer,
    gate: Arc<Gate>,
    reading: Task<()>,
}

impl User {
    /// Its inbox shares this room. If the script looks at bytes, lines keep theirs.
    pub(super) fn new(label: Name, number: usize, room: &InboxRoom, keeps_bytes: bool) -> Self {
        let state = UserState {
            wire_name: label.to_string(),
            spelling: Spelling::default(),
            foreign: None,
            at: None,
            over_tls: false,
            password: None,
            presence: ConnectionState::Away,
            wrote: false,
            mid_line: false,
            stalled: false,
            close_expected: false,
            was_reset: false,
        };
        let (inbox, link) = (Arc::new(Inbox::sharing(room.clone(), keeps_bytes)), SharedConnection::default());
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
        let is_ready = state.presence == ConnectionState::Connected && !state.mid_line && !state.stalled;
        is_ready && logged_in && !ended && state.has_ping()
    }

    /// Whether what is sent to it now must arrive. A user that `is_named` as a recipient takes part once it has a
    /// connection; any other as well, unless the server has asked it for a name and not taken one.
    pub(super) fn reach(&self, is_named: bool) -> Reach {
        let is_in = {
            let contents = self.inbox.contents();
            (is_named || contents.logged_in || !contents.prompted) && contents.end.is_none()
        };
        let state = self.state();
        match (is_in && state.presence == ConnectionState::Connected, state.stalled) {
            (false, _) => Reach::Away,
            (true, false) => Reach::Reading,
            (true, true) => Reach::Stalled,
        }
    }

    /// Whether it is connected, and the server has not closed.
    pub(super) fn is_online(&self) -> bool {
        let ended = self.inbox.contents().end.is_some();
        self.state().presence == ConnectionState::Connected && !ended
    }

    /// Begins a new connection: from here on, what comes goes into the inbox.
    pub(super) async fn attach(
        &self,
        connection: Connection,
        reflexes: Option<Reflexes>,
        executor: &Executor<'static>,
        accounts: &Arc<dyn Accounts>,
    ) {
        self.drop_link().await;
        let foreign = self.state().foreign.clone();
        {
            let mut contents = self.inbox.contents();
            contents.begin_again();
            contents.react(reflexes);
            contents.logged_in = foreign.as_ref().is_some_and(|dialect| dialect.login.is_none());
        }
        {
            let mut state = self.state();
            state.presence = ConnectionState::Connected;
            (state.wrote, state.mid_line, state.stalled, state.close_expected) = (false, false, false, false);
        }
        let Connection { reader, writer } = connection;
        let line_end = line_end(foreign.as_deref());
        let reader = if line_end == LineEnd::Telnet { reader.speaking_telnet() } else { reader };
        let gate = reader.gate();
        let prompts = foreign.as_ref().map_or(Vec::new(), |dialect| prompts(dialect));
        // Held until the reader's answers have a way to the server.
        let mut link = self.link.lock().await;
        let reader_task = InboxReader {
            inbox: Arc::clone(&self.inbox),
            accounts: Arc::clone(accounts),
            number: self.number,
            link: Arc::clone(&self.link),
            line_end,
            prompts,
        };
        let reading = executor.spawn(reader_task.run(reader));
        *link = Some(OpenConnection { writer, gate, reading });
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

    /// Writes a text of one or several lines, as its dialect frames and encodes them. Returns when the first byte was
    /// written.
    ///
    /// # Errors
    /// As [`write`](Self::write), and if a line is too long for the dialect.
    pub(super) async fn say(&self, text: &str, deadline: Instant) -> Result<Instant, std::io::ErrorKind> {
        let mut link = self.link.lock().await;
        let Some(link) = link.as_mut() else { return Err(std::io::ErrorKind::NotConnected) };
        let text = framed(text, line_end(self.state().foreign.as_deref()));
        within(deadline, link.writer.send(&text)).await
    }

    /// The first character of the text that its connection's charset lacks, and the charset.
    pub(super) async fn lacks(&self, text: &str) -> Option<(char, Charset)> {
        self.link.lock().await.as_ref()?.writer.lacks(text)
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

    /// Closes the sending half. An error is ignored: a broken connection needs no goodbye.
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
    /// Whether its dialect has a `ping`, or a fence of its own.
    pub(super) fn has_ping(&self) -> bool {
        match &self.foreign {
            Some(dialect) => dialect.fence.is_some(),
            None => self.spelling.dialect.answers_ping(),
        }
    }
}

/// How lines end in a dialect.
pub(super) fn line_end(dialect: Option<&ForeignDialect>) -> LineEnd {
    dialect.and_then(|dialect| dialect.line_end).map_or(LineEnd::Lf, |end| end.value)
}

fn prompts(dialect: &ForeignDialect) -> Vec<String> {
    dialect.prompts.iter().map(|prompt| prompt.value.clone()).collect()
}

/// Lines for a writer that adds a line feed to each.
pub(super) fn framed(text: &str, end: LineEnd) -> Cow<'_, str> {
    match end {
        LineEnd::Lf => Cow::Borrowed(text),
        LineEnd::CrLf | LineEnd::Telnet => Cow::Owned(text.replace('\n', "\r\n") + "\r"),
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
