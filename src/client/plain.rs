//! A conversation as a pipe: lines that come in at one end go to the server, and its lines come out at the other.
//!
//! It owns the order of things (log in, talk, half-close, read to the end) and the making visible of what could
//! control a terminal. It knows nothing of terminals, signals or exit codes: input and output are any streams, and the
//! caller decides when to leave.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use std::{fmt, io};

use futures::future::{Either, select};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use smol::Timer;
use thiserror::Error;

use super::{Arrival, Connection, LineReader, Login, LoginStep, MAX_LINE, ReadOutcome, Writer};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, LONGEST_OLD_MESSAGE, ServerLine};
use crate::protocol::line::{Frame, LineFraming};
use crate::text::visible::printable;

/// How many bytes are read at once, from the server and from the input.
const READ_BUFFER: usize = 16 * 1024;

/// The longest line that can be typed, in bytes: the longest that a server can be told to take.
const MAX_TYPED_LINE: usize = 1 << 20;

/// How long the server may take to close after being left.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationEnd {
    /// The server has closed, and everything that it sent was written out.
    Closed,
    /// The name was refused with this line, and nothing was sent after it.
    NameRefused(String),
    /// Nobody reads the output any more.
    OutputClosed,
    /// The caller left, and the server did not close in time.
    NotClosed,
}

/// What is done for whoever types.
pub struct Typist<'a> {
    /// Tells of a line that is not sent.
    pub complain: &'a mut dyn FnMut(&PlainError),
    /// Called before each line of the server is shown: whether what is typed next is a password, which no screen shows.
    pub hide: &'a mut dyn FnMut(bool),
}

impl fmt::Debug for Typist<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typist").finish_non_exhaustive()
    }
}

/// Why a conversation broke off.
#[derive(Debug, Error)]
pub enum PlainError {
    /// The connection broke.
    #[error("the connection to the server is lost")]
    Lost(#[source] io::Error),
    /// The input cannot be read.
    #[error("cannot read standard input")]
    Input(#[source] io::Error),
    /// The input has a line that no server takes.
    #[error("cannot send a line of more than {MAX_TYPED_LINE} bytes")]
    TypedTooMuch,
    /// The input has a line that an old server would take as two.
    #[error("cannot send a line of more than {LONGEST_OLD_MESSAGE} bytes to an old server")]
    TooLongForDialect,
    /// A line was not sent, of which the caller was told; all others were.
    #[error("a line was not sent")]
    LineRefused,
    /// The charset of the connection lacks a character of a line, which is not sent.
    #[error("cannot send '{character}' (U+{:04X}): {charset} does not have it", u32::from(*character))]
    NotInCharset {
        /// The character.
        character: char,
        /// The charset.
        charset: Charset,
    },
    /// The server does not say what a server of ours says.
    #[error("no prompt within {} s: is this a chatctl server? --dialect legacy speaks to the old one", PROMPT_WITHIN.as_secs())]
    NoPrompt,
    /// The server closed and had said nothing.
    #[error("the server closed without asking for a name: is this a chatctl server?")]
    ClosedUnasked,
    /// The output cannot be written to.
    #[error("cannot write standard output")]
    Output(#[source] io::Error),
}

/// Talks until the server closes: logs in as `login` says if there is one, then sends every line of `input`. The end of the
/// input, or `leave`, says that nothing more will be sent; what still comes is written out.
///
/// Input and output are in the charset `local`; what that lacks is shown as `\\u{1f98a}`.
///
/// Without a name, the first line of the input is one. A last line without newline is sent as a line. A received line
/// of more than [`MAX_LINE`] bytes is skipped, and the output says so.
///
/// A line with a character that the charset of the connection lacks is not sent: the typist is told at once, and the lines
/// after it are sent.
///
/// # Errors
/// If the connection breaks, the input cannot be read, has a line of more than 1 MiB or had one that was not sent, or the
/// output cannot be written to (that nobody reads it is no error). After bad input, what still comes is written out first.
pub async fn converse(
    connection: Connection,
    (login, local): (Option<Login>, Charset),
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    leave: impl Future<Output = ()>,
    typist: Typist<'_>,
) -> Result<ConversationEnd, PlainError> {
    let Connection { reader, mut writer } = connection;
    let (complain, dialect) = (typist.complain, writer.dialect());
    let half_close = writer.half_closer();
    let leaving = async {
        leave.await;
        // The other side may have closed already.
        let _ = half_close.half_close();
        Timer::after(LEAVE_WITHIN).await;
    };
    let talking = async {
        let mut printer = Printer { reader, output, local, dialect, hide: typist.hide, buf: vec![0; READ_BUFFER] };
        let has_name = login.is_some();
        if let Some(login) = login
            && let Some(ended) = log_in(&mut printer, &mut writer, login).await?
        {
            return Ok(ended);
        }
        // Where the user types the name, a server that never asks for it is told as well.
        let waits_for_prompt = !has_name && writer.dialect() == Dialect::default();
        let printing = async {
            if waits_for_prompt {
                let mut has_heard = false;
                let mut hear = |_: &str| has_heard = true;
                let progress = match select(pin!(printer.print_some(&mut hear)), Timer::after(PROMPT_WITHIN)).await {
                    Either::Left((progress, _)) => progress?,
                    Either::Right(_) => return Err(PlainError::NoPrompt),
                };
                if progress == ReadOutcome::End {
                    return if has_heard { Ok(ConversationEnd::Closed) } else { Err(PlainError::ClosedUnasked) };
                }
            }
            printer.print_all().await
        };
        let sending = send_all(input, local, &mut writer, complain);
        match select(pin!(printing), pin!(sending)).await {
            Either::Left((printed, _)) => printed,
            Either::Right((sent, printing)) => {
                let printed = printing.await;
                sent.and(printed)
            }
        }
    };
    match select(pin!(talking), pin!(leaving)).await {
        Either::Left((talked, _)) => talked.or_else(nobody_reads),
        Either::Right(_) => Ok(ConversationEnd::NotClosed),
    }
}

fn nobody_reads(error: PlainError) -> Result<ConversationEnd, PlainError> {
    match error {
        PlainError::Output(ref source) if source.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ConversationEnd::OutputClosed)
        }
        PlainError::Output(_)
        | PlainError::Lost(_)
        | PlainError::Input(_)
        | PlainError::TypedTooMuch
        | PlainError::NoPrompt
        | PlainError::ClosedUnasked
        | PlainError::TooLongForDialect
        | PlainError::LineRefused
        | PlainError::NotInCharset { .. } => Err(error),
    }
}

/// Answers the prompt. `None`: the name is accepted.
async fn log_in<O: AsyncWrite + Unpin>(
    printer: &mut Printer<'_, O>,
    writer: &mut Writer,
    mut login: Login,
) -> Result<Option<ConversationEnd>, PlainError> {
    let dialect = writer.dialect();
    let mut state = None;
    let mut has_heard = false;
    while state.is_none() {
        let mut answer = None;
        let mut step = |line: &str| {
            has_heard = true;
            // Once it is decided, what follows is conversation.
            if state.is_none() {
                match login.take(&dialect.read(line)) {
                    LoginStep::Send(name) => answer = Some(name),
                    LoginStep::Welcome => state = Some(None),
                    LoginStep::Refused => state = Some(Some(ConversationEnd::NameRefused(line.to_owned()))),
                }
            }
        };
        let progress = match select(pin!(printer.print_some(&mut step)), Timer::after(PROMPT_WITHIN)).await {
            Either::Left((progress, _)) => progress?,
            Either::Right(_) => return Err(PlainError::NoPrompt),
        };
        if progress == ReadOutcome::End && !has_heard {
            return Err(PlainError::ClosedUnasked);
        }
        if progress == ReadOutcome::End {
            return Ok(Some(state.flatten().unwrap_or(ConversationEnd::Closed)));
        }
        if let Some(name) = answer {
            // If the server has closed, the reader sees what it said and that it did.
            let _ = writer.send(&name).await;
        }
    }
    Ok(state.flatten())
}

/// How long a server may take to ask for a name, and to take it.
const PROMPT_WITHIN: Duration = Duration::from_secs(10);

/// What some programs write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Sends every line of the input, then says that nothing more will come. A connection that cannot be written to ends
/// this quietly: whoever reads it learns why.
async fn send_all(
    mut input: impl AsyncRead + Unpin,
    local: Charset,
    writer: &mut Writer,
    complain: &mut dyn FnMut(&PlainError),
) -> Result<(), PlainError> {
    let mut framing = LineFraming::new(MAX_TYPED_LINE);
    let mut buf = vec![0; READ_BUFFER];
    let mut bytes = Vec::new();
    let mut is_first = true;
    let mut has_refused = false;
    let mut complain = |error: PlainError| {
        has_refused = true;
        complain(&error);
    };
    let sent = loop {
        let length = match input.read(&mut buf).await {
            Ok(0) => break Ok(()),
            Ok(length) => length,
            Err(error) => break Err(PlainError::Input(error)),
        };
        let mut rest = &buf[..length];
        if is_first {
            // PowerShell and Notepad put a byte order mark before what is piped.
            rest = rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest);
            is_first = false;
        }
        bytes.clear();
        let whole = encode_all((&mut framing, &mut rest), (writer, local), &mut bytes, &mut complain);
        match writer.send_encoded(&bytes).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => break Err(PlainError::TooLongForDialect),
            Err(_) => return Ok(()),
        }
        if whole.is_err() {
            break whole;
        }
    };
    let mut last = Vec::new();
    let mut sent = sent;
    if sent.is_ok()
        && !framing.unfinished().is_empty()
        && let Err(error) = encode_line(framing.unfinished(), (writer, local), &mut last)
    {
        complain(error);
    }
    let _ = writer.send_encoded(&last).await;
    let _ = writer.half_close();
    if sent.is_ok() && has_refused {
        sent = Err(PlainError::LineRefused);
    }
    sent
}

/// Encodes the lines that are complete. One with a character that the charset lacks is left out and complained of.
fn encode_all(
    (framing, input): (&mut LineFraming, &mut &[u8]),
    to: (&Writer, Charset),
    out: &mut Vec<u8>,
    complain: &mut dyn FnMut(PlainError),
) -> Result<(), PlainError> {
    while let Some(frame) = framing.next_frame(input) {
        match frame {
            Frame::Line(line) => {
                if let Err(error) = encode_line(line, to, out) {
                    complain(error);
                }
            }
            Frame::TooLong => return Err(PlainError::TypedTooMuch),
        }
    }
    Ok(())
}

/// Encodes a line, unless the charset of the connection lacks a character of it.
fn encode_line(line: &[u8], (writer, local): (&Writer, Charset), out: &mut Vec<u8>) -> Result<(), PlainError> {
    // What is not in the local charset goes out as it is, and the server says what is wrong with it.
    let typed = if local.is_utf8() { None } else { local.decode(line).ok() };
    let line = typed.as_ref().map_or(line, |text| text.as_bytes());
    let lacking = std::str::from_utf8(line).ok().and_then(|text| writer.lacks(text));
    if let Some((character, charset)) = lacking {
        return Err(PlainError::NotInCharset { character, charset });
    }
    writer.encode(line, out);
    Ok(())
}

/// Writes out what comes, as it comes.
struct Printer<'a, O> {
    reader: LineReader,
    output: O,
    local: Charset,
    dialect: Dialect,
    hide: &'a mut dyn FnMut(bool),
    buf: Vec<u8>,
}

impl<O: AsyncWrite + Unpin> Printer<'_, O> {
    async fn print_all(&mut self) -> Result<ConversationEnd, PlainError> {
        while self.print_some(&mut |_| {}).await? == ReadOutcome::Received {}
        Ok(ConversationEnd::Closed)
    }

    /// What one read brings. Each line is shown to `look` as well.
    async fn print_some(&mut self, look: &mut impl FnMut(&str)) -> Result<ReadOutcome, PlainError> {
        let mut shown = String::new();
        let (dialect, hide) = (self.dialect, &mut self.hide);
        let mut show = |arrival: Arrival<'_>, _| match arrival {
            Arrival::Line(line) => {
                let text = line.lossy_text();
                look(&text);
                // Before the user sees the prompt, and until the next line comes.
                hide(dialect.read(&text) == ServerLine::PasswordPrompt);
                shown.push_str(&printable(&text));
                shown.push('\n');
            }
            Arrival::TooLong => shown.push_str(&format!("[a line of more than {MAX_LINE} bytes]\n")),
        };
        let progress = self.reader.read(&mut self.buf, &mut show).await.map_err(PlainError::Lost)?;
        if progress == ReadOutcome::End
            && let Some(line) = self.reader.unfinished()
        {
            show(Arrival::Line(line), std::time::Instant::now());
        }
        self.output.write_all(&in_charset(&shown, self.local)).await.map_err(PlainError::Output)?;
        self.output.flush().await.map_err(PlainError::Output)?;
        Ok(progress)
    }
}

/// The text in this charset; what the charset lacks is spelled out.
fn in_charset(text: &str, charset: Charset) -> Vec<u8> {
    if charset.is_utf8() {
        return text.as_bytes().to_vec();
    }
    let spelled = |letter: char| match charset.lacking(letter.encode_utf8(&mut [0; 4])) {
        None => letter.to_string(),
        Some(_) => letter.escape_unicode().to_string(),
    };
    charset.encode(&text.chars().map(spelled).collect::<String>())
}
