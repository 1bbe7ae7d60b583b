//! The server's ear: bytes of a client in, requests and refusals out.

use std::time::Duration;

use super::{Dialect, legacy, text};
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The server waits for a name.
    Login,
    /// The client has a name.
    Chat,
}

/// One thing that a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// To be known under this name.
    Name(UserName),
    /// A command to be carried out.
    Command(Command),
    /// Nothing: a blank line. It counts as a line all the same.
    Nothing,
}

/// Reads what one client sends, across any boundary between reads.
#[derive(Debug)]
pub struct Reading(DialectReader);

#[derive(Debug)]
enum DialectReader {
    Text(text::request::RequestReader),
    Legacy(legacy::request::LegacyRequestReader),
}

impl Reading {
    /// What to feed when the time of [`silence`](Self::silence) has passed and nothing came.
    pub const SILENCE: &'static [u8] = b"\n";

    /// The state before the first byte. A message may have `max_line` bytes.
    #[must_use]
    pub fn new(dialect: Dialect, max_line: usize) -> Self {
        Self(match dialect {
            Dialect::Text => DialectReader::Text(text::request::RequestReader::new(max_line)),
            Dialect::Legacy => DialectReader::Legacy(legacy::request::LegacyRequestReader::new(max_line)),
        })
    }

    /// The next request in `input`, which is advanced past what was used; `None` when `input` is used up.
    ///
    /// Phase and charset are those at the time of the call: a request may change them for the one after it.
    ///
    /// # Errors
    /// The refusal to answer with, if the next message is no request.
    pub fn next(&mut self, input: &mut &[u8], phase: Phase, charset: Charset) -> Option<Result<Request, Refusal>> {
        match &mut self.0 {
            DialectReader::Text(reader) => reader.next(input, phase, charset),
            DialectReader::Legacy(reader) => reader.next(input, phase, charset),
        }
    }

    /// How long to wait for more before what has begun counts as a whole message; `None` if nothing has begun, or if
    /// only its end can tell.
    #[must_use]
    pub fn silence(&self, charset: Charset) -> Option<Duration> {
        match &self.0 {
            DialectReader::Text(_) => None,
            DialectReader::Legacy(reader) => reader.silence(charset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(dialect: Dialect, phase: Phase, mut input: &[u8]) -> Vec<Result<Request, String>> {
        let mut reading = Reading::new(dialect, 20);
        std::iter::from_fn(|| reading.next(&mut input, phase, Charset::GBK))
            .map(|request| request.map_err(|refusal| refusal.to_string()))
            .collect()
    }

    #[test]
    fn a_line_is_a_name_before_the_login_and_a_command_after_it() {
        let name = UserName::new("ping").map_err(|error| error.to_string());
        assert_eq!(name, Err("'ping' is reserved".to_owned()));
        let alice = Request::Name(UserName::new("alice").unwrap());
        assert_eq!(requests(Dialect::Text, Phase::Login, b" alice \n\nquit"), [Ok(alice), Ok(Request::Nothing)]);
        assert_eq!(requests(Dialect::Text, Phase::Chat, b"quit\r\n"), [Ok(Request::Command(Command::Quit))]);
    }

    #[test]
    fn what_is_no_request_is_refused_and_the_next_line_is_read() {
        let found = requests(Dialect::Text, Phase::Chat, b"\xff\nsend room lobby 12345\nquit\n");
        assert_eq!(
            found,
            [
                Err("bad-encoding: the line is not valid gbk".to_owned()),
                Err("line-too-long: more than 20 bytes".to_owned()),
                Ok(Request::Command(Command::Quit)),
            ]
        );
    }

    #[test]
    fn an_old_client_keeps_its_charset() {
        let refusal = "bad-encoding: the legacy dialect does not change its encoding".to_owned();
        assert_eq!(requests(Dialect::Legacy, Phase::Chat, b"set encoding big5\n"), [Err(refusal)]);
    }

    #[test]
    fn only_an_old_client_ends_a_message_by_silence() {
        for (dialect, ends) in [(Dialect::Text, false), (Dialect::Legacy, true)] {
            let mut reading = Reading::new(dialect, 20);
            assert_eq!(reading.silence(Charset::GBK), None);
            assert_eq!(reading.next(&mut b"quit".as_slice(), Phase::Chat, Charset::GBK), None);
            assert_eq!(reading.silence(Charset::GBK).is_some(), ends);
        }
        let mut reading = Reading::new(Dialect::Legacy, 20);
        assert_eq!(reading.next(&mut b"quit".as_slice(), Phase::Chat, Charset::GBK), None);
        let request = reading.next(&mut &*Reading::SILENCE, Phase::Chat, Charset::GBK);
        assert_eq!(request, Some(Ok(Request::Command(Command::Quit))));
    }
}
