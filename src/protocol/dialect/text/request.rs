//! What a client says in the text dialect: one request a line.

use std::borrow::Cow;

use crate::protocol::charset::{Charset, NotInCharset};
use crate::protocol::command::{Command, CommandKind};
use crate::protocol::dialect::{ADMIN_LINE, Phase, Request, RequestLimits, TransferRequest};
use crate::protocol::file::{FileId, FileToken};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::other_protocol::OtherProtocol;
use crate::protocol::refusal::{DisconnectReason, Refusal, TooMany};
use crate::protocol::telnet;
use crate::protocol::token::SessionToken;

/// Bytes in, requests out.
#[derive(Debug)]
pub(in crate::protocol::dialect) struct RequestReader {
    framing: LineFraming,
    limits: RequestLimits,
    expected: ExpectedLine,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExpectedLine {
    /// A name, or what another program says first: that tells at once what it is.
    FirstLine,
    Line,
    /// A stranger was told where it is.
    Nothing,
}

impl RequestReader {
    pub(in crate::protocol::dialect) fn new(limits: RequestLimits) -> Self {
        Self { framing: LineFraming::new(limits.max_line), limits, expected: ExpectedLine::FirstLine }
    }

    pub(in crate::protocol::dialect) fn next(
        &mut self,
        input: &mut &[u8],
        phase: Phase,
        charset: Charset,
    ) -> Option<Result<Request, Refusal>> {
        if self.expected != ExpectedLine::Line
            && let Some(found) = self.of_stranger(input)
        {
            return found.map(|protocol| Err(Refusal::Disconnected(DisconnectReason::WrongDoor(protocol))));
        }
        let line = match self.framing.next_frame(input)? {
            Frame::Line(bytes) => text(bytes, charset).map_err(|error| match phase {
                Phase::Login => Refusal::NameNotInCharset(error),
                Phase::Password | Phase::Chat => Refusal::NotInCharset(error),
            }),
            Frame::TooLong => Err(Refusal::LineTooLong(self.limits.max_line)),
        };
        self.expected = ExpectedLine::Line;
        Some(line.and_then(|line| request(&line, phase, self.limits)))
    }

    /// What the bytes are if they are those of another program, which is said once; `None` if they may be chat.
    fn of_stranger(&mut self, input: &mut &[u8]) -> Option<Option<OtherProtocol>> {
        let found = match self.expected {
            ExpectedLine::FirstLine => Some(OtherProtocol::of(self.framing.unfinished(), input, self.limits.max_line)?),
            ExpectedLine::Line => return None,
            ExpectedLine::Nothing => None,
        };
        self.expected = ExpectedLine::Nothing;
        *input = &[];
        Some(found)
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

fn request(line: &str, phase: Phase, limits: RequestLimits) -> Result<Request, Refusal> {
    let request = match phase {
        Phase::Chat => {
            check_number_of_users(line, limits.max_users)?;
            Command::parse(line)?.map(Request::Command)
        }
        Phase::Password => Command::parse_password(line)?.map(Request::Password),
        Phase::Login if limits.is_control && line == ADMIN_LINE => Some(Request::Transfer(TransferRequest::Admin)),
        Phase::Login => match token(line) {
            Some(token) => Some(Request::Token(token?)),
            None => match transfer(line) {
                Some(transfer) => Some(Request::Transfer(transfer)),
                None => Command::parse_login(line)?.map(Request::Name),
            },
        },
    };
    Ok(request.unwrap_or(Request::Nothing))
}

/// Before a name is parsed, of which a line can hold thousands.
fn check_number_of_users(line: &str, most: usize) -> Result<(), Refusal> {
    match Command::listed_users(line) {
        Some((CommandKind::SendMessage | CommandKind::SendFile, users)) if users > most => {
            Err(Refusal::TooMany(TooMany::Recipients(most)))
        }
        Some((_, users)) if users > most => Err(Refusal::TooMany(TooMany::Users(most))),
        Some(_) | None => Ok(()),
    }
}

/// The token on a line that begins with that keyword and has more than that.
fn token(line: &str) -> Option<Result<SessionToken, Refusal>> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().filter(|keyword| keyword.eq_ignore_ascii_case("token"))?;
    let token = SessionToken::parse(words.next()?).filter(|_| words.next().is_none());
    Some(token.ok_or(Refusal::WrongToken))
}

/// `put TOKEN [FROM]`, `get ID [FROM]` or `cancel TOKEN`: a line with a blank was never a name.
fn transfer(line: &str) -> Option<TransferRequest> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let (verb, what) = (words.next()?, words.next()?);
    let from = words.next();
    if verb.eq_ignore_ascii_case("cancel") && from.is_none() {
        return Some(TransferRequest::Cancel(FileToken::parse(what)));
    }
    let from = from.map_or(Some(0), |from| from.parse().ok())?;
    if words.next().is_some() {
        None
    } else if verb.eq_ignore_ascii_case("put") {
        Some(TransferRequest::Put(FileToken::parse(what), from))
    } else if verb.eq_ignore_ascii_case("get") {
        Some(TransferRequest::Get(FileId::parse(what), from))
    } else {
        None
    }
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
