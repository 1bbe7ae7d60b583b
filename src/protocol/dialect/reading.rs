//! The server's ear: bytes of a client in, requests and refusals out.

use std::fmt;
use std::time::Duration;

use super::{Dialect, irc, json, legacy, text};
use crate::protocol::answer::RequestId;
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::file::{FileId, FileToken};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The server waits for a name.
    Login,
    /// The server waits for the password of an account.
    Password,
    /// The client has a name.
    Chat,
}

/// What is refused before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Whether those come here who run the server, and may ask for what is no chat.
    pub is_control: bool,
    /// Bytes of a line without its newline.
    pub max_line: usize,
    /// Users that one line may list.
    pub max_users: usize,
}

/// One thing that a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// To be known under this name.
    Name(UserName),
    /// To be known under the name that was given, whose password this is.
    Password(Password),
    /// To be known under the name of an account.
    Account(UserName, Password),
    /// To take over the session of this token.
    Token(SessionToken),
    /// To bring, to fetch or to cancel a file, on a connection of its own.
    Transfer(TransferRequest),
    /// A command to be carried out.
    Command(Command),
    /// To be known to have read so far.
    Read(ReadMark),
    /// Several things, in a dialect in which one line can want that.
    Instruction(Box<irc::Instruction>),
    /// Nothing: a blank line. It counts as a line all the same.
    Nothing,
}

/// What a connection to the control socket says first that is no chat: a line with a blank was never a name.
pub const ADMIN_LINE: &str = "admin 1";

/// What the first line of a connection can ask for that is no chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferRequest {
    /// The bytes of an announced file from here on; they follow the line. `None` is no token at all.
    Put(Option<FileToken>, u64),
    /// The bytes of a file from here on. `None` is no id at all.
    Get(Option<FileId>, u64),
    /// That an announced file is not sent. `None` is no token at all.
    Cancel(Option<FileToken>),
    /// A request of somebody who runs the server, which is the second line.
    Admin,
}

impl fmt::Display for TransferRequest {
    /// As a client says it; what is no token or id is a `-`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(Some(token), from) => write!(f, "put {token} {from}"),
            Self::Put(None, from) => write!(f, "put - {from}"),
            Self::Get(Some(id), from) => write!(f, "get {id} {from}"),
            Self::Get(None, from) => write!(f, "get - {from}"),
            Self::Cancel(Some(token)) => write!(f, "cancel {token}"),
            Self::Cancel(None) => f.write_str("cancel -"),
            Self::Admin => f.write_str(ADMIN_LINE),
        }
    }
}

/// One message of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What its answer is to carry, if the client wants one.
    pub id: Option<RequestId>,
    /// Makes it happen once: a client that does not know whether it was heard asks again with the same.
    pub nonce: Option<Box<str>>,
    /// What somebody who comes back has already.
    pub had: Option<Box<Had>>,
    /// What it wants, or why that cannot be.
    pub what: Result<Request, Refusal>,
}

/// What a client has heard before a login: what is missing of it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Had {
    /// The epoch of the numbers, if the client knows it.
    pub epoch: Option<Box<str>>,
    /// The number of the last line that it has of each room.
    pub rooms: Vec<(RoomName, u64)>,
    /// The number of the last line that it has of what its user wrote with each other.
    pub people: Vec<(UserName, u64)>,
}

/// Reads what one client sends, across any boundary between reads.
#[derive(Debug)]
pub struct Reading(DialectReader);

#[derive(Debug)]
enum DialectReader {
    Text(text::request::RequestReader),
    Legacy(legacy::request::LegacyRequestReader),
    Json(json::request::JsonRequestReader),
    /// Twice as large as the others, which need not have room for it.
    Irc(Box<irc::request::IrcRequestReader>),
}

impl Reading {
    /// What to feed when the time of [`silence`](Self::silence) has passed and nothing came.
    pub const SILENCE: &'static [u8] = b"\n";

    /// The state before the first byte.
    #[must_use]
    pub fn new(dialect: Dialect, limits: RequestLimits) -> Self {
        Self(match dialect {
            Dialect::Text | Dialect::Foreign => DialectReader::Text(text::request::RequestReader::new(limits)),
            Dialect::Legacy => DialectReader::Legacy(legacy::request::LegacyRequestReader::new(limits)),
            Dialect::Json => DialectReader::Json(json::request::JsonRequestReader::new(limits)),
            Dialect::Irc => DialectReader::Irc(Box::new(irc::request::IrcRequestReader::new(limits))),
        })
    }

    /// The next request in `input`, which is advanced past what was used; `None` when `input` is used up.
    ///
    /// Phase and charset are those at the time of the call: a request may change them for the one after it.
    pub fn next(&mut self, input: &mut &[u8], phase: Phase, charset: Charset) -> Option<Asked> {
        let unanswered = |what| Asked { id: None, nonce: None, had: None, what };
        match &mut self.0 {
            DialectReader::Text(reader) => reader.next(input, phase, charset).map(unanswered),
            DialectReader::Legacy(reader) => reader.next(input, phase, charset).map(unanswered),
            DialectReader::Json(reader) => reader.next(input, phase),
            DialectReader::Irc(reader) => reader.next(input, phase),
        }
    }

    /// How long to wait for more before what has begun counts as a whole message; `None` if nothing has begun, or if
    /// only its end can tell.
    #[must_use]
    pub fn silence(&self, charset: Charset) -> Option<Duration> {
        match &self.0 {
            DialectReader::Text(_) | DialectReader::Json(_) | DialectReader::Irc(_) => None,
            DialectReader::Legacy(reader) => reader.silence(charset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RequestLimits = RequestLimits { is_control: false, max_line: 20, max_users: 2 };

    fn requests(dialect: Dialect, phase: Phase, mut input: &[u8]) -> Vec<Result<Request, String>> {
        let mut reading = Reading::new(dialect, LIMITS);
        std::iter::from_fn(|| reading.next(&mut input, phase, Charset::GBK))
            .map(|asked| asked.what.map_err(|refusal| refusal.to_string()))
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
    fn a_list_of_too_many_users_is_refused_before_its_names_are_looked_at() {
        let found = requests(Dialect::Text, Phase::Chat, b"send message ?,?,?\nCreate\tROOM r a,b,\xff\n");
        assert_eq!(found[0], Err("too-many: more than 2 recipients".to_owned()));
        let found = requests(Dialect::Text, Phase::Chat, b"Create\tROOM r -,-,-\ncreate room a,b,c\n");
        assert_eq!(found[0], Err("too-many: more than 2 users".to_owned()));
        assert!(found[1].as_ref().is_err_and(|wrong| wrong.starts_with("bad-command")), "{found:?}");
    }

    #[test]
    fn a_stranger_is_told_where_it_is_and_nothing_else_of_it_is_read() {
        let request = b"GET / HTTP/1.1\r\nalice\n";
        let refusal = "wrong-door: HTTP is not spoken here; connect with 'chatctl interactive' or 'nc'".to_owned();
        assert_eq!(requests(Dialect::Text, Phase::Login, request), [Err(refusal)]);
        let mut reading = Reading::new(Dialect::Text, LIMITS);
        let found = request.chunks(1).filter_map(|mut byte| reading.next(&mut byte, Phase::Login, Charset::UTF_8));
        assert_eq!(found.count(), 1, "also byte by byte");
    }

    #[test]
    fn a_token_stands_in_place_of_a_name() {
        let token = SessionToken::new(5);
        let line = format!(" TOKEN {token} \ntoken x\ntoken\n");
        let mut reading = Reading::new(Dialect::Text, RequestLimits { is_control: false, max_line: 40, max_users: 2 });
        let mut input = line.as_bytes();
        let mut next = || reading.next(&mut input, Phase::Login, Charset::UTF_8).unwrap().what;
        assert_eq!(next(), Ok(Request::Token(token)));
        assert_eq!(next(), Err(Refusal::WrongToken));
        assert_eq!(next(), Ok(Request::Name(UserName::new("token").unwrap())), "which is a name like any other");
    }

    #[test]
    fn an_old_client_keeps_its_charset() {
        let refusal = "bad-encoding: the legacy dialect does not change its encoding".to_owned();
        assert_eq!(requests(Dialect::Legacy, Phase::Chat, b"set encoding big5\n"), [Err(refusal)]);
    }

    #[test]
    fn only_an_old_client_ends_a_message_by_silence() {
        for (dialect, ends) in [(Dialect::Text, false), (Dialect::Legacy, true)] {
            let mut reading = Reading::new(dialect, LIMITS);
            assert_eq!(reading.silence(Charset::GBK), None);
            assert_eq!(reading.next(&mut b"quit".as_slice(), Phase::Chat, Charset::GBK), None);
            assert_eq!(reading.silence(Charset::GBK).is_some(), ends);
        }
        let mut reading = Reading::new(Dialect::Legacy, LIMITS);
        assert_eq!(reading.next(&mut b"quit".as_slice(), Phase::Chat, Charset::GBK), None);
        let request = reading.next(&mut &*Reading::SILENCE, Phase::Chat, Charset::GBK);
        assert_eq!(request.map(|asked| asked.what), Some(Ok(Request::Command(Command::Quit))));
    }
}
