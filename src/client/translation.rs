//! A connection whose messages are no lines, for a user who writes and reads lines: what is sent becomes requests, what
//! comes becomes lines, in whatever framing the server is reached by.

use std::borrow::Cow;

use crate::protocol::dialect::json::JsonTalk;
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::websocket::{FrameReader, write_masked_frame};

/// The largest message that is taken of a server, in bytes: an answer holds many lines.
const MAX_MESSAGE: usize = 4 << 20;

/// The first byte of every request. The door for programs waits for it before it says anything.
const FIRST_BYTE: &[u8] = b"{";

/// Both directions of a connection.
#[derive(Debug)]
pub(super) struct Translation {
    talk: Talk,
    messages: Messages,
}

/// What a message says.
#[derive(Debug)]
enum Talk {
    /// Requests, and the events that answer them.
    Json(JsonTalk),
    /// A line, as it is.
    Line,
}

impl Talk {
    /// The message for a line of the user, if there is one.
    fn say<'l>(&mut self, line: &'l [u8]) -> Option<Cow<'l, [u8]>> {
        match self {
            Self::Json(talk) => talk.say(line).map(|request| Cow::Owned(request.into_bytes())),
            Self::Line => Some(Cow::Borrowed(line.strip_suffix(b"\r").unwrap_or(line))),
        }
    }

    /// Appends what a message says, as lines.
    fn hear(&mut self, message: &[u8], lines: &mut Vec<u8>) {
        match self {
            Self::Json(talk) => {
                let mut text = String::new();
                talk.hear(message, &mut text);
                lines.extend(text.into_bytes());
            }
            Self::Line => lines.extend(message.iter().chain(b"\n")),
        }
    }
}

/// How messages are told apart.
#[derive(Debug)]
enum Messages {
    Lines {
        framing: LineFraming,
        /// The first byte of the next request is sent already.
        is_begun: bool,
    },
    Frames {
        reader: Box<FrameReader>,
        /// What the server's frames have to be answered with: it goes with the next request, or before it.
        replies: Vec<u8>,
    },
}

impl Messages {
    fn frames(reader: FrameReader) -> Self {
        Self::Frames { reader: Box::new(reader), replies: Vec::new() }
    }
}

/// What the bytes of a read have brought.
#[derive(Debug, Default)]
pub(super) struct Translated {
    /// Lines, each with its newline.
    pub(super) lines: Vec<u8>,
    /// Messages that were skipped.
    pub(super) too_long: usize,
}

impl Translation {
    /// A connection with messages of a line each, and the bytes that it begins with.
    pub(super) fn of_lines(talk: JsonTalk) -> (Self, &'static [u8]) {
        let messages = Messages::Lines { framing: LineFraming::new(MAX_MESSAGE), is_begun: true };
        (Self { talk: Talk::Json(talk), messages }, FIRST_BYTE)
    }

    /// A WebSocket that is open, whose messages are requests and events.
    pub(super) fn of_frames(talk: JsonTalk) -> Self {
        Self { talk: Talk::Json(talk), messages: Messages::frames(FrameReader::in_client(MAX_MESSAGE)) }
    }

    /// A WebSocket that is open, whose messages are lines, also those of bytes.
    pub(super) fn of_lines_in_frames() -> Self {
        Self { talk: Talk::Line, messages: Messages::frames(FrameReader::in_client(MAX_MESSAGE).taking_bytes()) }
    }

    /// What the server has to be answered at once, whether or not the user says something.
    pub(super) fn take_replies(&mut self) -> Vec<u8> {
        match &mut self.messages {
            Messages::Lines { .. } => Vec::new(),
            Messages::Frames { reader: _, replies } => std::mem::take(replies),
        }
    }

    /// Appends the request for a line of the user to `out`, if it is one.
    pub(super) fn say(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let Some(request) = self.talk.say(line) else { return };
        match &mut self.messages {
            Messages::Lines { framing: _, is_begun } => {
                let begun = if std::mem::take(is_begun) { FIRST_BYTE.len() } else { 0 };
                out.extend_from_slice(&request[begun..]);
                out.push(b'\n');
            }
            Messages::Frames { reader: _, replies } => {
                out.append(replies);
                // It keeps scripts of web pages from writing to proxies what these take for requests; we are no page.
                write_masked_frame(&request, fastrand::u32(..).to_ne_bytes(), out);
            }
        }
    }

    /// The lines that the server says with these bytes.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) -> Translated {
        let mut found = Translated::default();
        match &mut self.messages {
            Messages::Lines { framing, is_begun: _ } => {
                while let Some(frame) = framing.next_frame(&mut bytes) {
                    match frame {
                        Frame::Line(message) => self.talk.hear(message, &mut found.lines),
                        Frame::TooLong => found.too_long += 1,
                    }
                }
            }
            Messages::Frames { reader, replies } => {
                let unframed = reader.take(bytes);
                replies.extend(unframed.replies);
                replies.extend(unframed.farewell.unwrap_or_default());
                for message in unframed.lines.split(|byte| *byte == b'\n').filter(|message| !message.is_empty()) {
                    self.talk.hear(message, &mut found.lines);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::websocket::{Framing, Unframed};

    const HELLO: &str = r#"{"type":"hello","version":1,"server":"chatctl 0","password":"none"}"#;
    const PROMPT: &str = "server: set your name please:\n";
    const LOGIN: &str = r#"{"id":1,"type":"login","name":"alice"}"#;

    #[test]
    fn the_first_request_lacks_the_byte_that_opened_the_door() {
        let (mut translation, mut sent) = Translation::of_lines(JsonTalk::default());
        assert_eq!(translation.hear(format!("{HELLO}\n{{").as_bytes()).lines, PROMPT.as_bytes());
        let mut out = std::mem::take(&mut sent).to_vec();
        translation.say(b"", &mut out);
        translation.say(b"alice", &mut out);
        translation.say(b"quit", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{LOGIN}\n{{\"id\":2,\"type\":\"quit\"}}\n"));
    }

    #[test]
    fn frames_go_out_masked_and_pings_are_answered_with_the_next() {
        let mut translation = Translation::of_frames(JsonTalk::default());
        let mut hello = format!("{HELLO}\n").into_bytes();
        Framing::WebSocket.frame(&mut hello, 0);
        hello.extend(b"\x89\x01x");
        let (first, rest) = hello.split_at(5);
        assert_eq!(translation.hear(first).lines, b"");
        assert_eq!(translation.hear(rest).lines, PROMPT.as_bytes());
        let mut out = Vec::new();
        translation.say(b"alice", &mut out);
        assert_eq!(out[..2], *b"\x8a\x81", "the answer to the ping");
        let Unframed { lines, .. } = FrameReader::default().take(&out);
        assert_eq!(String::from_utf8(lines).unwrap(), format!("{LOGIN}\n"));
    }
}
