//! Messages in the frames of WebSocket (RFC 6455), both ways, fed from memory: no socket, no task, no clock.
//!
//! A server's frame is the same for all who hear it, so it is made once for each event. What a peer sends goes through
//! [`FrameReader`], which knows the rules of the protocol by the `tungstenite` crate.

use std::io::{self, Read, Write};

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// The largest message and the largest frame of a peer, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// How messages are told apart in the stream of bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each ends with a newline.
    #[default]
    Lines,
    /// Each is a text frame of a server.
    WebSocket,
    /// Each is a binary frame of a server.
    BinaryWebSocket,
}

/// Why a connection ends, as the other side is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client said that it goes.
    Quit,
    /// The server stops.
    Shutdown,
    /// The peer broke the rules of the framing.
    Protocol,
    /// The peer sent a message that is no text.
    NotText,
    /// The peer sent a text that is not UTF-8.
    NotUtf8,
    /// The peer was refused for good, or left too much unread.
    Policy,
    /// The peer sent a message that is too large.
    TooLarge,
    /// Another connection has taken the session over.
    Replaced,
}

impl CloseReason {
    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Quit => 1000,
            Self::Shutdown => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::Policy => 1008,
            Self::TooLarge => 1009,
            Self::Replaced => 4001,
        }
    }
}

impl Framing {
    /// Frames the messages of `out` from `start` on, each of which has its newline.
    pub fn frame(self, out: &mut Vec<u8>, start: usize) {
        match self {
            Self::Lines => {}
            Self::WebSocket => frame_lines(Data::Text, out, start),
            Self::BinaryWebSocket => frame_lines(Data::Binary, out, start),
        }
    }

    /// The messages that these bytes of a server are, each with its newline.
    #[must_use]
    pub fn unframed(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Lines => bytes.to_vec(),
            Self::WebSocket | Self::BinaryWebSocket => {
                let (mut lines, mut rest) = (Vec::new(), bytes);
                while !rest.is_empty() {
                    let (frame, behind) = rest.split_at(frame_length(rest).min(rest.len()));
                    lines.extend_from_slice(frame.get(head_length(frame)..).unwrap_or_default());
                    lines.push(b'\n');
                    rest = behind;
                }
                lines
            }
        }
    }

    /// The last thing that a server says in this framing; nothing if the end of the stream says it all.
    #[must_use]
    pub fn farewell(self, reason: CloseReason) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Lines => {}
            Self::WebSocket | Self::BinaryWebSocket => {
                write_frame(OpCode::Control(Control::Close), &reason.code().to_be_bytes(), &mut out);
            }
        }
        out
    }

    /// Where the message ends that has begun before `written` and not ended there; `written` if there is none. `bytes`
    /// begins with a message of a server.
    #[must_use]
    pub fn end_of_message(self, bytes: &[u8], written: usize) -> usize {
        match self {
            Self::Lines => {
                let in_progress = written > 0 && bytes[written - 1] != b'\n';
                let end = || memchr::memchr(b'\n', &bytes[written..]).map_or(bytes.len(), |end| written + end + 1);
                if in_progress { end() } else { written }
            }
            Self::WebSocket | Self::BinaryWebSocket => {
                let mut end = 0;
                while end < written {
                    end += frame_length(&bytes[end..]);
                }
                end.min(bytes.len())
            }
        }
    }
}

/// Appends a message of a client as a frame, whose payload such a mask has to change.
pub fn write_masked_frame(message: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    let header = FrameHeader { opcode: OpCode::Data(Data::Text), mask: Some(mask), ..FrameHeader::default() };
    header.format(message.len() as u64, out).expect("writing to memory does not fail");
    out.extend(message.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Makes frames of the lines from `start` on.
fn frame_lines(kind: Data, out: &mut Vec<u8>, start: usize) {
    let lines = out.split_off(start);
    lines.split_inclusive(|byte| *byte == b'\n').for_each(|line| {
        let message = line.strip_suffix(b"\n").unwrap_or(line);
        write_frame(OpCode::Data(kind), message.strip_suffix(b"\r").unwrap_or(message), out);
    });
}

/// The length of what stands before the payload of the frame of a server.
fn head_length(frame: &[u8]) -> usize {
    match frame.get(1) {
        Some(127) => 10,
        Some(126) => 4,
        Some(_) | None => 2,
    }
}

/// Appends a frame of a server.
fn write_frame(opcode: OpCode, payload: &[u8], out: &mut Vec<u8>) {
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    header.format(payload.len() as u64, out).expect("writing to memory does not fail");
    out.extend_from_slice(payload);
}

/// The length of the frame of a server that these bytes begin with.
fn frame_length(bytes: &[u8]) -> usize {
    let length = |from: usize, count: usize| {
        let digits = bytes.get(from..from + count).unwrap_or_default();
        digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit))
    };
    match bytes.get(1) {
        Some(127) => 10 + length(2, 8),
        Some(126) => 4 + length(2, 2),
        Some(short) => 2 + usize::from(*short),
        None => 2,
    }
}

/// Takes the bytes of a peer's frames, across any boundary between reads.
#[derive(Debug)]
pub struct FrameReader {
    role: Role,
    max_message: usize,
    /// What is known of a message that has begun. A server has none as long as nothing has come but whole messages in one
    /// frame each: most clients send nothing else, and an idle one costs less without it.
    context: Option<Box<WebSocketContext>>,
    /// A message may be bytes; otherwise it is text.
    takes_bytes: bool,
    ended: bool,
}

/// What a read brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unframed {
    /// The messages, each with a newline behind it; the newlines in it are carriage returns, which JSON takes for blanks
    /// as well.
    pub lines: Vec<u8>,
    /// Frames to answer with at once.
    pub replies: Vec<u8>,
    /// The last frame to answer with, if the peer may send nothing more: it has closed, or broken a rule.
    pub farewell: Option<Vec<u8>>,
}

impl Default for FrameReader {
    /// Reads what a client sends.
    fn default() -> Self {
        Self::new(Role::Server, MAX_MESSAGE)
    }
}

impl FrameReader {
    /// Reads what a server sends, in messages of at most so many bytes.
    #[must_use]
    pub fn in_client(max_message: usize) -> Self {
        Self::new(Role::Client, max_message)
    }

    /// The same, where messages may be bytes as well.
    #[must_use]
    pub fn taking_bytes(self) -> Self {
        Self { takes_bytes: true, ..self }
    }

    fn new(role: Role, max_message: usize) -> Self {
        Self { role, max_message, context: None, takes_bytes: false, ended: false }
    }

    fn context(role: Role, max_message: usize) -> WebSocketContext {
        let config = WebSocketConfig::default().read_buffer_size(0).write_buffer_size(0);
        let config = config.max_message_size(Some(max_message)).max_frame_size(Some(max_message));
        WebSocketContext::new(role, Some(config))
    }

    /// Takes the bytes of one read. After a farewell, whatever comes is ignored.
    pub fn take(&mut self, input: &[u8]) -> Unframed {
        let mut found = Unframed::default();
        let input = self.take_plain(input, &mut found.lines);
        if input.is_empty() {
            return found;
        }
        let mut wire = Wire { input, output: Vec::new() };
        while !self.ended {
            let (role, max_message) = (self.role, self.max_message);
            let context = self.context.get_or_insert_with(|| Box::new(Self::context(role, max_message)));
            match context.read(&mut wire) {
                Ok(Message::Text(text)) => push_line(text.as_str().as_bytes(), &mut found.lines),
                Ok(Message::Binary(bytes)) if self.takes_bytes => push_line(&bytes, &mut found.lines),
                Ok(Message::Binary(_)) => self.end(&mut found, CloseReason::NotText),
                // The frame that answers it is still to come, and the context says so by an error.
                Ok(Message::Close(_)) => found.replies.append(&mut wire.output),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                    self.ended = true;
                    found.farewell = Some(std::mem::take(&mut wire.output));
                }
                Err(error) => self.end(&mut found, broken_rule(&error)),
            }
        }
        found.replies.append(&mut wire.output);
        found
    }

    /// Takes the whole messages in one frame each that the input begins with: nearly all that clients send, for a
    /// fraction of what the context takes for them. Returns what is the context's from then on.
    fn take_plain<'a>(&mut self, input: &'a [u8], lines: &mut Vec<u8>) -> &'a [u8] {
        let mut rest = input;
        while self.role == Role::Server && self.context.is_none() && !self.ended {
            match plain_frame(rest, self.takes_bytes).filter(|(frame, _)| push_unmasked(frame, lines)) {
                Some((_, behind)) => rest = behind,
                None => break,
            }
        }
        rest
    }

    fn end(&mut self, found: &mut Unframed, reason: CloseReason) {
        self.ended = true;
        found.farewell = Some(Framing::WebSocket.farewell(reason));
    }
}

/// A whole message of a client in one frame.
struct PlainFrame<'a> {
    is_text: bool,
    mask: [u8; 4],
    payload: &'a [u8],
}

/// The message that these bytes begin with, if it is whole and all in one frame, and what is behind it.
fn plain_frame(bytes: &[u8], takes_bytes: bool) -> Option<(PlainFrame<'_>, &[u8])> {
    let (is_text, length, rest) = match bytes {
        [kind @ (0x81 | 0x82), 0xfe, high, low, rest @ ..] => (*kind == 0x81, u16::from_be_bytes([*high, *low]), rest),
        [kind @ (0x81 | 0x82), length @ 0x80..=0xfd, rest @ ..] => (*kind == 0x81, u16::from(length & 0x7f), rest),
        _ => return None,
    };
    let (mask, rest) = rest.split_first_chunk()?;
    let (payload, behind) = rest.split_at_checked(length.into())?;
    (is_text || takes_bytes).then_some((PlainFrame { is_text, mask: *mask, payload }, behind))
}

/// Appends a message as a line; nothing, and false, if it is a text that is not UTF-8.
fn push_unmasked(frame: &PlainFrame<'_>, lines: &mut Vec<u8>) -> bool {
    let start = lines.len();
    lines.extend_from_slice(frame.payload);
    let message = &mut lines[start..];
    unmask(frame.mask, message);
    if frame.is_text && std::str::from_utf8(message).is_err() {
        lines.truncate(start);
        return false;
    }
    if message.last() == Some(&b'\n') {
        lines.pop();
    }
    let mut at = start;
    while let Some(found) = memchr::memchr(b'\n', &lines[at..]) {
        lines[at + found] = b'\r';
        at += found + 1;
    }
    lines.push(b'\n');
    true
}

/// Eight bytes at a time.
fn unmask(mask: [u8; 4], message: &mut [u8]) {
    let mut twice = [0; 8];
    twice.as_chunks_mut().0.fill(mask);
    let (eights, rest) = message.as_chunks_mut();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ u64::from_ne_bytes(twice)).to_ne_bytes();
    }
    rest.iter_mut().zip(twice).for_each(|(byte, mask)| *byte ^= mask);
}

/// Some clients end a message as they would a line.
fn push_line(text: &[u8], lines: &mut Vec<u8>) {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    lines.extend(text.iter().copied().map(|byte| if byte == b'\n' { b'\r' } else { byte }));
    lines.push(b'\n');
}

fn broken_rule(error: &Error) -> CloseReason {
    match error {
        Error::Capacity(_) => CloseReason::TooLarge,
        Error::Utf8(_) => CloseReason::NotUtf8,
        _ => CloseReason::Protocol,
    }
}

/// The bytes of one read, and what is to be written.
struct Wire<'a> {
    input: &'a [u8],
    output: Vec<u8>,
}

impl Read for Wire<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { self.input.read(buf) }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
