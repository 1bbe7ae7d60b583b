//! What a client says in the text dialect: one request a line.

use std::borrow::Cow;

use crate::protocol::charset::{Charset, NotInCharset};
use crate::protocol::command::Command;
use crate::protocol::dialect::{Phase, Request};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::refusal::Refusal;
use crate::protocol::telnet;

/// Bytes in, requests out.
#[derive(Debug)]
pub(in crate::protocol::dialect) struct RequestReader {
    framing: LineFraming,
    max_line: usize,
}

impl RequestReader {
    pub(in crate::protocol::dialect) fn new(max_line: usize) -> Self {
        Self { framing: LineFraming::new(max_line), max_line }
    }

    pub(in crate::protocol::dialect) fn next(
        &mut self,
        input: &mut &[u8],
        phase: Phase,
        charset: Charset,
    ) -> Option<Result<Request, Refusal>> {
        let line = match self.framing.next_frame(input)? {
            Frame::Line(bytes) => text(bytes, charset).map_err(Refusal::NotInCharset),
            Frame::TooLong => Err(Refusal::LineTooLong(self.max_line)),
        };
        Some(line.and_then(|line| request(&line, phase)))
    }

    /// The bytes of a message that has begun and not ended; `None` if none has.
    pub(in crate::protocol::dialect) fn begun(&self) -> Option<&[u8]> {
        self.framing.is_inside_line().then(|| self.framing.unfinished())
    }
}

/// The text of a line. What a Telnet client negotiates is no part of it: no text in UTF-8 has such bytes.
fn text(bytes: &[u8], charset: Charset) -> Result<Cow<'_, str>, NotInCharset> {
    charset.decode(bytes).or_else(|error| {
        let typed = telnet::without_commands(bytes).filter(|_| charset.is_utf8());
        typed.and_then(|typed| String::from_utf8(typed).ok()).map(Cow::Owned).ok_or(error)
    })
}

fn request(line: &str, phase: Phase) -> Result<Request, Refusal> {
    let request = match phase {
        Phase::Login => Command::parse_login(line)?.map(Request::Name),
        Phase::Chat => Command::parse(line)?.map(Request::Command),
    };
    Ok(request.unwrap_or(Request::Nothing))
}

/// The charset that this line asks for. Every line that is sent goes through here, so others are let go at a glance.
pub(in crate::protocol::dialect) fn requested_charset(line: &str) -> Option<Charset> {
    let keyword = line.trim_start_matches([' ', '\t']).as_bytes().get(..4)?;
    if !keyword[..3].eq_ignore_ascii_case(b"set") {
        return None;
    }
    match Command::parse(line) {
        Ok(Some(Command::SetEncoding(charset))) => Some(charset),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_set_encoding_asks_for_a_charset() {
        for line in ["set encoding gbk", " \tSET  Encoding GB2312 "] {
            assert_eq!(requested_charset(line), Some(Charset::GBK), "{line:?}");
        }
        for line in ["set", "", "set encoding", "set encoding klingon", "send bob set encoding gbk", "setencoding gbk"]
        {
            assert_eq!(requested_charset(line), None, "{line:?}");
        }
    }
}
