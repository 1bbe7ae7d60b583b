//! A conversation by hand with a server that is not ours: lines of the input go to it, its lines come out, and what its
//! dialect says about login, answers and logout is done in between.
//!
//! It knows nothing of terminals, signals or exit codes: input and output are any streams.

mod typed;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use smol::Timer;
use thiserror::Error;

use self::typed::Typed;
use super::foreign::{self, NamedValues, Reflexes};
use super::matching::{Match, Matcher};
use super::user::{framed, line_end};
use crate::client::{Arrival, Connection, LineReader, MAX_LINE, ReadOutcome, Writer};
use crate::lang::ast::{Dialogue, DialogueAct, Expectation, ForeignDialect, Insert, LineEnd, Mode, PartKind, SendText};
use crate::protocol::charset::Charset;
use crate::text::visible::printable;

/// How many bytes are read at once.
const READ_BUFFER: usize = 16 * 1024;
/// How long a server may take to answer a step of the login.
const LOGIN_WITHIN: Duration = Duration::from_secs(10);
/// How long a server may take to close, or to say more, after being left.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);
/// The most lines that a step of the login looks at.
const MAX_HEARD: usize = 10_000;

/// Why a conversation ended early.
#[derive(Debug, Error)]
pub enum ByHandError {
    /// The connection broke.
    #[error("the connection to the server is lost")]
    Lost(#[source] io::Error),
    /// The server did not say what the login of the dialect waits for.
    #[error("the login of the dialect `{dialect}` waits for `{expected}`, but {found}")]
    NotLoggedIn {
        /// The name of the dialect.
        dialect: String,
        /// What it expects.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// A pattern of the dialect cannot be used.
    #[error("a pattern of the dialect is too large")]
    PatternTooLarge,
    /// The input cannot be read.
    #[error("cannot read standard input")]
    Input(#[source] io::Error),
    /// The output cannot be written to.
    #[error("cannot write standard output")]
    Output(#[source] io::Error),
}

/// Whether the login of this dialect says a name.
#[must_use]
pub fn wants_name(dialect: &ForeignDialect) -> bool {
    let lines = dialect.login.iter().flat_map(|login| &login.steps).flat_map(|step| match &step.act {
        DialogueAct::Send(SendText::Line(line)) => std::slice::from_ref(line),
        DialogueAct::Send(SendText::Block { lines, .. }) => lines.as_slice(),
        DialogueAct::Raw(_) | DialogueAct::Expect(_) => &[],
    });
    lines.flat_map(|line| &line.parts).any(|part| matches!(part.kind, PartKind::Insert(Insert::Me)))
}

/// Logs in as `me`, sends every line of `input`, and writes what comes to `output`. At the end of the input, or at `leave`, it
/// says the logout of the dialect, and shows what still comes for two seconds, or until the server closes.
///
/// Input and output are in the charset `local`. A line that cannot be sent is told to `complain`, and the next one is sent.
///
/// # Errors
/// If the server breaks the connection or refuses the login, the input cannot be read, or the output cannot be written to.
pub async fn converse(
    connection: Connection,
    (dialect, me, local): (&ForeignDialect, &str, Charset),
    mut input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    leave: impl Future<Output = ()>,
    complain: &mut dyn FnMut(&str),
) -> Result<(), ByHandError> {
    let Connection { reader, writer } = connection;
    let line_end = line_end(Some(dialect));
    let reader = if line_end == LineEnd::Telnet { reader.speaking_telnet() } else { reader };
    let reflexes = Reflexes::new(dialect, me).map_err(|_| ByHandError::PatternTooLarge)?;
    let prompts = dialect.prompts.iter().map(|prompt| prompt.value.clone()).collect();
    let ears = Ears { output, reflexes, prompts, heard: VecDeque::new(), is_listening: true };
    let mut hand = Hand { reader, writer, line_end, ears, buf: vec![0; READ_BUFFER] };
    let mut leave = pin!(leave);
    if let Some(login) = &dialect.login {
        let logging_in = pin!(hand.hold(dialect, login, me));
        match select(logging_in, &mut leave).await {
            Either::Left((held, _)) => held?,
            Either::Right(_) => return Ok(()),
        }
    }
    hand.ears.is_listening = false;
    hand.ears.heard.clear();
    let mut typed = Typed::new(local);
    let mut buf = vec![0; READ_BUFFER];
    loop {
        match next_turn(&mut hand.reader, (&mut input, &mut buf), &mut leave).await {
            ConversationTurn::Server(ready) => {
                ready.map_err(ByHandError::Lost)?;
                if hand.hear().await? == ReadOutcome::End {
                    return Ok(());
                }
            }
            ConversationTurn::Typed(Ok(length)) if length > 0 => {
                for line in typed.lines(&buf[..length], complain) {
                    hand.say(&line, complain).await;
                }
            }
            ConversationTurn::Typed(Err(error)) => return Err(ByHandError::Input(error)),
            ConversationTurn::Typed(Ok(_)) => {
                if let Some(line) = typed.last(complain) {
                    hand.say(&line, complain).await;
                }
                break;
            }
            ConversationTurn::Leave => break,
        }
    }
    hand.leave(dialect, me).await
}

/// Waits until one of the three has something.
async fn next_turn(
    reader: &mut LineReader,
    (input, buf): (&mut (impl AsyncRead + Unpin), &mut [u8]),
    leave: &mut Pin<&mut impl Future<Output = ()>>,
) -> ConversationTurn {
    let ready = pin!(reader.ready());
    let both = select(ready, input.read(buf));
    match select(both, leave).await {
        Either::Left((Either::Left((ready, _)), _)) => ConversationTurn::Server(ready),
        Either::Left((Either::Right((read, _)), _)) => ConversationTurn::Typed(read),
        Either::Right(_) => ConversationTurn::Leave,
    }
}

/// What happened first.
enum ConversationTurn {
    Server(io::Result<()>),
    Typed(io::Result<usize>),
    Leave,
}

/// What becomes of what the server says: it is written out, and heard by the dialect.
struct Ears<O> {
    output: O,
    reflexes: Reflexes,
    prompts: Vec<String>,
    /// Lines that the login has not looked at.
    heard: VecDeque<String>,
    is_listening: bool,
}

impl<O> Ears<O> {
    fn hear(&mut self, line: &str, shown: &mut String) {
        shown.push_str(&printable(line));
        shown.push('\n');
        let is_taken = self.reflexes.answers(line) || self.reflexes.is_noise(line);
        if self.is_listening && !is_taken && self.heard.len() < MAX_HEARD {
            self.heard.push_back(line.to_owned());
        }
    }
}

/// A connection, and who is at it.
struct Hand<O> {
    reader: LineReader,
    writer: Writer,
    line_end: LineEnd,
    ears: Ears<O>,
    buf: Vec<u8>,
}

impl<O: AsyncWrite + Unpin> Hand<O> {
    /// Carries the login out.
    async fn hold(&mut self, dialect: &ForeignDialect, login: &Dialogue, me: &str) -> Result<(), ByHandError> {
        let mut values = NamedValues::new();
        for step in &login.steps {
            match &step.act {
                DialogueAct::Send(text) => {
                    let text = framed(&foreign::sent(text, me, &values), self.line_end).into_owned();
                    self.writer.send(&text).await.map_err(ByHandError::Lost)?;
                }
                DialogueAct::Raw(bytes) => {
                    self.writer.send_bytes(bytes).await.map_err(ByHandError::Lost)?;
                }
                DialogueAct::Expect(expectation) => {
                    let pattern = foreign::matcher(&expectation.pattern, me, &values)
                        .map_err(|_| ByHandError::PatternTooLarge)?;
                    let found = self.awaited(&pattern, expectation).await?.map_err(|found| {
                        let (dialect, expected) = (dialect.name.value.to_string(), pattern.shown().to_owned());
                        ByHandError::NotLoggedIn { dialect, expected, found }
                    })?;
                    values.extend(found);
                }
            }
        }
        Ok(())
    }

    /// What the line captures that an expectation waits for; or what came instead.
    async fn awaited(
        &mut self,
        pattern: &Matcher,
        expectation: &Expectation,
    ) -> Result<Result<NamedValues, String>, ByHandError> {
        let deadline = Instant::now() + LOGIN_WITHIN;
        loop {
            while let Some(line) = self.ears.heard.pop_front() {
                match pattern.compare(&line) {
                    Match::Yes(found) => return Ok(Ok(found)),
                    _ if expectation.mode == Mode::Later => {}
                    _ => return Ok(Err(format!("received `{}`", printable(&line)))),
                }
            }
            match select(pin!(self.reader.ready()), Timer::at(deadline)).await {
                Either::Left((ready, _)) => ready.map_err(ByHandError::Lost)?,
                Either::Right(_) => return Ok(Err(format!("nothing like it came in {} s", LOGIN_WITHIN.as_secs()))),
            }
            if self.hear().await? == ReadOutcome::End && self.ears.heard.is_empty() {
                return Ok(Err("the server closed the connection".to_owned()));
            }
        }
    }

    /// Reads once, writes what came to the output, and sends what the dialect answers.
    async fn hear(&mut self) -> Result<ReadOutcome, ByHandError> {
        let (ears, mut shown) = (&mut self.ears, String::new());
        let mut take = |arrival: Arrival<'_>, _| match arrival {
            Arrival::Line(line) => ears.hear(&line.lossy_text(), &mut shown),
            Arrival::TooLong => shown.push_str(&format!("[a line of more than {MAX_LINE} bytes]\n")),
        };
        let outcome = self.reader.try_read(&mut self.buf, &mut take).map_err(ByHandError::Lost)?;
        let has_ended = outcome == Some(ReadOutcome::End);
        while let Some(unfinished) = self.reader.unfinished() {
            let bytes = unfinished.bytes;
            let prompt = self.ears.prompts.iter().find(|prompt| bytes.starts_with(prompt.as_bytes())).cloned();
            let rest = unfinished.lossy_text().into_owned();
            let taken = prompt.as_ref().map_or(bytes.len(), String::len);
            match prompt {
                Some(prompt) => self.ears.hear(&prompt, &mut shown),
                None if has_ended => self.ears.hear(&rest, &mut shown),
                None => break,
            }
            self.reader.skip_unfinished(taken);
        }
        self.ears.output.write_all(shown.as_bytes()).await.map_err(ByHandError::Output)?;
        self.ears.output.flush().await.map_err(ByHandError::Output)?;
        let answers = self.reader.take_answers();
        // If the server takes no more, the next read sees how the connection ended.
        if !answers.is_empty() {
            let _ = self.writer.send_answers(&answers).await;
        }
        while let Some(reply) = self.ears.reflexes.next_reply() {
            let _ = self.writer.send(&framed(&reply, self.line_end)).await;
        }
        Ok(outcome.unwrap_or(ReadOutcome::Received))
    }

    /// Sends a line, unless the charset of the connection lacks a character of it.
    async fn say(&mut self, line: &str, complain: &mut dyn FnMut(&str)) {
        match self.writer.lacks(line) {
            Some((character, charset)) => complain(&format!(
                "cannot send '{character}' (U+{:04X}): {charset} does not have it",
                u32::from(character)
            )),
            None => {
                let _ = self.writer.send(&framed(line, self.line_end)).await;
            }
        }
    }

    /// Says goodbye, and shows what still comes.
    async fn leave(mut self, dialect: &ForeignDialect, me: &str) -> Result<(), ByHandError> {
        for step in dialect.logout.iter().flat_map(|logout| &logout.steps) {
            match &step.act {
                DialogueAct::Send(text) => {
                    let text = framed(&foreign::sent(text, me, &NamedValues::new()), self.line_end).into_owned();
                    let _ = self.writer.send(&text).await;
                }
                DialogueAct::Raw(bytes) => {
                    let _ = self.writer.send_bytes(bytes).await;
                }
                DialogueAct::Expect(_) => {}
            }
        }
        let _ = self.writer.half_close();
        loop {
            match select(pin!(self.reader.ready()), Timer::after(LEAVE_WITHIN)).await {
                Either::Left((Ok(()), _)) => {}
                Either::Left((Err(_), _)) | Either::Right(_) => return Ok(()),
            }
            match self.hear().await {
                Ok(ReadOutcome::Received) => {}
                Ok(ReadOutcome::End) | Err(ByHandError::Lost(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
