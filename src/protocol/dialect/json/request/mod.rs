//! What a client says in JSON: one request a line.
//!
//! A request is read into one flat struct of borrowed fields, whichever its type is: that costs half of what a choice
//! by `type` does. Unknown fields are ignored.

mod command;
mod frequent;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::protocol::answer::RequestId;
use crate::protocol::command::BadCommand;
use crate::protocol::dialect::json::MAX_DEPTH;
use crate::protocol::dialect::{Asked, Had, Phase, Request, RequestLimits};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::read_mark::{ReadMark, ReadPlace};
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;
use crate::protocol::websocket::MAX_MESSAGE;

/// Bytes in, requests out.
#[derive(Debug)]
pub(in crate::protocol::dialect) struct JsonRequestReader {
    framing: LineFraming,
    limits: RequestLimits,
}

impl JsonRequestReader {
    /// A text may have as many bytes as a line elsewhere, a message 64 KiB.
    pub(in crate::protocol::dialect) fn new(limits: RequestLimits) -> Self {
        Self { framing: LineFraming::new(MAX_MESSAGE), limits }
    }

    pub(in crate::protocol::dialect) fn next(&mut self, input: &mut &[u8], phase: Phase) -> Option<Asked> {
        Some(match self.framing.next_frame(input)? {
            Frame::Line(line) => asked(line, phase, self.limits),
            Frame::TooLong => answered(None, Err(Refusal::LineTooLong(MAX_MESSAGE))),
        })
    }
}

/// A text of the message, borrowed unless it has escapes.
#[derive(Debug, Deserialize)]
struct RequestStr<'a>(#[serde(borrow)] Cow<'a, str>);

/// A text that is wiped when it is dropped.
type Secret = Zeroizing<String>;

/// The other person of a pair, or those who are to be in a room.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum With {
    One(String),
    Many(Vec<String>),
}

/// All fields of all requests.
#[derive(Debug, Deserialize)]
struct Fields<'a> {
    #[serde(rename = "type", borrow)]
    kind: RequestStr<'a>,
    id: Option<u64>,
    #[serde(borrow)]
    name: Option<RequestStr<'a>>,
    password: Option<Secret>,
    new: Option<Secret>,
    #[serde(borrow)]
    token: Option<RequestStr<'a>>,
    #[serde(borrow)]
    room: Option<RequestStr<'a>>,
    #[serde(borrow)]
    to: Option<Vec<RequestStr<'a>>>,
    with: Option<With>,
    #[serde(borrow)]
    text: Option<RequestStr<'a>>,
    #[serde(borrow)]
    nonce: Option<RequestStr<'a>>,
    #[serde(borrow)]
    topic: Option<RequestStr<'a>>,
    #[serde(borrow)]
    user: Option<RequestStr<'a>>,
    #[serde(borrow)]
    users: Option<Vec<RequestStr<'a>>>,
    private: Option<bool>,
    ask: Option<bool>,
    seq: Option<u64>,
    before: Option<u64>,
    after: Option<u64>,
    around: Option<u64>,
    limit: Option<usize>,
    size: Option<u64>,
    width: Option<u16>,
    height: Option<u16>,
    #[serde(borrow)]
    file: Option<RequestStr<'a>>,
    #[serde(borrow)]
    cursor: Option<RequestStr<'a>>,
    #[serde(borrow)]
    from: Option<RequestStr<'a>>,
    #[serde(borrow)]
    epoch: Option<RequestStr<'a>>,
    have: Option<Have>,
}

/// The number of the last event that a client has of each room, and of what it wrote with each other user.
#[derive(Debug, Deserialize)]
struct Have {
    #[serde(default)]
    rooms: BTreeMap<String, u64>,
    #[serde(default)]
    people: BTreeMap<String, u64>,
}

impl Have {
    /// A name that no room can have is none of a room that the client is in.
    fn had(&self, fields: &Fields<'_>) -> Had {
        let rooms = self.rooms.iter().filter_map(|(room, number)| Some((RoomName::new(room).ok()?, *number)));
        let people = self.people.iter().filter_map(|(user, number)| Some((UserName::new(user).ok()?, *number)));
        let epoch = fields.epoch.as_ref().map(|epoch| epoch.0.as_ref().into());
        Had { epoch, rooms: rooms.collect(), people: people.collect() }
    }
}

/// What is read of a message whose other fields are wrong.
#[derive(Deserialize)]
struct IdAlone {
    id: u64,
}

fn asked(line: &[u8], phase: Phase, limits: RequestLimits) -> Asked {
    let frequent = if phase == Phase::Chat { frequent::frequent(line, limits) } else { None };
    frequent.unwrap_or_else(|| long_way(line, phase, limits))
}

fn long_way(line: &[u8], phase: Phase, limits: RequestLimits) -> Asked {
    if line.iter().all(u8::is_ascii_whitespace) {
        return answered(None, Ok(Request::Nothing));
    }
    // An array would be taken for the fields in their order.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return answered(None, Err(Refusal::BadJson("a message is an object".to_owned())));
    }
    if is_too_deep(line) {
        let why = format!("arrays and objects are nested more than {MAX_DEPTH} deep");
        return answered(None, Err(Refusal::BadJson(why)));
    }
    match serde_json::from_slice::<Fields<'_>>(line) {
        Ok(fields) => match fields.id.map(RequestId::new) {
            Some(None) => {
                let why = format!("an id is an integer from 1 to {}", RequestId::MAX);
                answered(None, Err(Refusal::BadJson(why)))
            }
            id => {
                let nonce = fields.nonce.as_ref().map(|nonce| nonce.0.as_ref().into());
                let had = fields.have.as_ref().filter(|_| phase != Phase::Chat).map(|have| Box::new(have.had(&fields)));
                Asked { id: id.flatten(), nonce, had, what: fields.request(phase, limits) }
            }
        },
        Err(error) => {
            let id = serde_json::from_slice::<IdAlone>(line).ok().and_then(|found| RequestId::new(found.id));
            answered(id, Err(Refusal::BadJson(without_value(&error.to_string()))))
        }
    }
}

/// What is wrong, without the value that is: it may be a password. `invalid type: string "x", expected u64 at line 1`.
fn without_value(why: &str) -> String {
    let begins = why.find(['"', '`']).filter(|_| why.starts_with("invalid "));
    match (begins, why.rfind(", expected ")) {
        (Some(begins), Some(ends)) if begins < ends => format!("{}{}", why[..begins].trim_end(), &why[ends..]),
        _ => why.to_owned(),
    }
}

/// A message that may be sent again and again.
fn answered(id: Option<RequestId>, what: Result<Request, Refusal>) -> Asked {
    Asked { id, nonce: None, had: None, what }
}

/// Whether arrays and objects are nested too deep. Brackets inside of texts do not count.
fn is_too_deep(line: &[u8]) -> bool {
    // Nearly all messages have a few brackets in all.
    if memchr::memchr2_iter(b'{', b'[', line).nth(MAX_DEPTH).is_none() {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    line.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

impl Fields<'_> {
    fn request(self, phase: Phase, limits: RequestLimits) -> Result<Request, Refusal> {
        match phase {
            Phase::Login | Phase::Password => self.login(),
            Phase::Chat if &*self.kind.0 == "read" => self.read_mark().map(Request::Read),
            Phase::Chat => self.command(limits).map(Request::Command),
        }
    }

    /// With a token, the name does not count.
    fn login(&self) -> Result<Request, Refusal> {
        match (&*self.kind.0, &self.token, &self.name) {
            ("login", Some(token), _) => SessionToken::parse(&token.0).map(Request::Token).ok_or(Refusal::WrongToken),
            ("login", None, Some(name)) => {
                let name = UserName::new(name.0.trim_matches([' ', '\t'])).map_err(BadCommand::from)?;
                Ok(match &self.password {
                    Some(typed) => Request::Account(name, password(typed)?),
                    None => Request::Name(name),
                })
            }
            _ => Err(BadCommand::Shape(vec!["login NAME"]).into()),
        }
    }

    /// How far the caller has read.
    fn read_mark(&self) -> Result<ReadMark, Refusal> {
        let shape = || Refusal::BadJson("a read has a room, or a user as with, and a seq".to_owned());
        let of = match (&self.room, &self.with) {
            (Some(room), None) => ReadPlace::Room(RoomName::new(&room.0).map_err(BadCommand::from)?),
            (None, Some(With::One(user))) => ReadPlace::With(UserName::new(user).map_err(BadCommand::from)?),
            _ => return Err(shape()),
        };
        Ok(ReadMark { of, number: self.seq.ok_or_else(shape)? })
    }
}

fn password(typed: &str) -> Result<Password, Refusal> {
    Ok(Password::new(typed).map_err(BadCommand::from)?)
}
