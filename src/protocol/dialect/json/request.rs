//! What a client says in JSON: one request a line.
//!
//! A request is read into one flat struct of borrowed fields, whichever its type is: that costs half of what a choice
//! by `type` does. Unknown fields are ignored.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::protocol::answer::RequestId;
use crate::protocol::command::{
    BadCommand, Command, CommandKind, FileRequest, FileTarget, HelpTopic, HistoryRange, Operation, OperationKind,
    Phrase, SearchOptions, SearchedRoom, SendForm, Text, Token, UserList,
};
use crate::protocol::dialect::json::kind::kind_of;
use crate::protocol::dialect::json::{MAX_DEPTH, MAX_HISTORY, MAX_LINES, MAX_NONCE, USUAL_HISTORY};
use crate::protocol::dialect::{Asked, Had, Phase, Request, RequestLimits};
use crate::protocol::file::{FileId, FileName, Pixels};
use crate::protocol::line::{Frame, LineFraming};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::read_mark::{ReadMark, ReadPlace};
use crate::protocol::refusal::{Refusal, TooMany};
use crate::protocol::token::SessionToken;
use crate::protocol::websocket::MAX_MESSAGE;
use crate::text::words::Words;

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

    fn command(self, limits: RequestLimits) -> Result<Command, Refusal> {
        let Some(kind) = kind_of(&self.kind.0) else { return Err(unknown(&self.kind.0)) };
        match kind {
            CommandKind::ListUsers => Ok(Command::ListUsers),
            CommandKind::ListRooms => Ok(Command::ListRooms),
            CommandKind::ListMembers => Ok(Command::ListMembers(self.room(kind)?)),
            CommandKind::ListStats => Ok(Command::ListStats),
            CommandKind::SendMessage => {
                let text = self.text(kind, limits.max_line)?;
                let to = self.recipients(limits)?.ok_or_else(|| shape(kind))?;
                Ok(Command::SendMessage { to, text })
            }
            CommandKind::CreateRoom => {
                let room = self.room(kind)?;
                let with = match &self.with {
                    None => None,
                    Some(With::One(name)) => users([&**name])?,
                    Some(With::Many(names)) if names.len() > limits.max_users => {
                        return Err(Refusal::TooMany(TooMany::Users(limits.max_users)));
                    }
                    Some(With::Many(names)) => users(names.iter().map(String::as_str))?,
                };
                Ok(Command::CreateRoom { room, with })
            }
            CommandKind::JoinRoom => Ok(Command::JoinRoom(self.room(kind)?)),
            CommandKind::LeaveRoom => Ok(Command::LeaveRoom(self.room(kind)?)),
            CommandKind::SendRoom => {
                let (room, text) = (self.room(kind)?, self.text(kind, limits.max_line)?);
                Ok(Command::SendRoom { room, text, form: SendForm::Long })
            }
            CommandKind::Topic => Ok(Command::Topic { room: self.room(kind)?, topic: self.phrase(kind)? }),
            CommandKind::Invite => {
                let room = self.room(kind)?;
                if self.users.as_ref().is_some_and(|users| users.len() > limits.max_users) {
                    return Err(Refusal::TooMany(TooMany::Users(limits.max_users)));
                }
                let users = users(self.users.iter().flatten().map(|name| &*name.0))?.ok_or_else(|| shape(kind))?;
                Ok(Command::Invite { room, users })
            }
            CommandKind::Kick => {
                let (room, user) = self.room_and_user(kind)?;
                Ok(Command::Kick { room, user, reason: self.phrase(kind)? })
            }
            CommandKind::Ban => self.room_and_user(kind).map(|(room, user)| Command::Ban { room, user }),
            CommandKind::Unban => self.room_and_user(kind).map(|(room, user)| Command::Unban { room, user }),
            CommandKind::GiveRoom => self.room_and_user(kind).map(|(room, user)| Command::GiveRoom { room, user }),
            CommandKind::ShowRoom => Ok(Command::ShowRoom(self.room(kind)?)),
            CommandKind::SetRoom => {
                Ok(Command::SetRoom { room: self.room(kind)?, private: self.private.ok_or_else(|| shape(kind))? })
            }
            CommandKind::SetInvitations => Ok(Command::SetInvitations { ask: self.ask.ok_or_else(|| shape(kind))? }),
            CommandKind::SendFile => self.send_file(limits),
            CommandKind::RemoveFile => {
                let id = self.file.as_ref().and_then(|file| FileId::parse(&file.0));
                Ok(Command::RemoveFile(id.ok_or_else(|| shape(kind))?))
            }
            CommandKind::History => self.history(),
            CommandKind::Rename => {
                let name = self.name.ok_or_else(|| shape(kind))?;
                Ok(Command::Rename(UserName::new(&name.0).map_err(BadCommand::from)?))
            }
            CommandKind::Register => Ok(Command::Register(self.password(kind)?)),
            CommandKind::Unregister => Ok(Command::Unregister(self.password(kind)?)),
            CommandKind::SetPassword => {
                let new = password(self.new.as_deref().ok_or_else(|| shape(kind))?)?;
                Ok(Command::SetPassword { old: self.password(kind)?, new })
            }
            CommandKind::SetEncoding => Err(Refusal::JsonIsUtf8),
            CommandKind::Search => self.search(),
            CommandKind::Resume => {
                let after = self.after.ok_or_else(|| shape(kind))?;
                Ok(Command::Resume { room: self.room(kind)?, after })
            }
            CommandKind::Token => Ok(Command::Token),
            // What these are for has the types `history` and `resume`.
            CommandKind::MessageHistory | CommandKind::ResumeMessages | CommandKind::SetNumbers => {
                Err(unknown(&self.kind.0))
            }
            CommandKind::Ping => Ok(Command::Ping(self.token.map(|token| Token::new(&token.0)).transpose()?)),
            CommandKind::Help => {
                let topic =
                    |words: RequestStr<'_>| HelpTopic::new(&words.0).ok_or_else(|| BadCommand::unknown(&words.0));
                Ok(Command::Help(self.topic.map(topic).transpose()?))
            }
            CommandKind::Quit => Ok(Command::Quit),
            CommandKind::Operate(operation) => self.operation(operation).map(Command::Operate),
        }
    }

    fn operation(&self, kind: OperationKind) -> Result<Operation, Refusal> {
        let wrong = || Refusal::from(BadCommand::OperationShape(kind));
        let user =
            || Ok::<_, Refusal>(UserName::new(&self.user.as_ref().ok_or_else(wrong)?.0).map_err(BadCommand::from)?);
        Ok(match kind {
            OperationKind::CreateAccount => Operation::CreateAccount(user()?),
            OperationKind::ResetPassword => Operation::ResetPassword(user()?),
            OperationKind::DropAccount => Operation::DropAccount(user()?),
            OperationKind::Appoint => Operation::Appoint(user()?),
            OperationKind::Dismiss => Operation::Dismiss(user()?),
            OperationKind::KickFromServer => Operation::KickFromServer(user()?),
            OperationKind::BanFromServer => Operation::BanFromServer(user()?),
            OperationKind::UnbanFromServer => Operation::UnbanFromServer(user()?),
            OperationKind::Announce => {
                let text = &self.text.as_ref().ok_or_else(wrong)?.0;
                Operation::Announce(Phrase::new(text, kind.usage())?)
            }
            OperationKind::ListAccounts => Operation::ListAccounts,
            OperationKind::ListBans => {
                let room = self.room.as_ref().map(|room| RoomName::new(&room.0)).transpose();
                Operation::ListBans(room.map_err(BadCommand::from)?)
            }
        })
    }

    /// The users that are addressed, if any are.
    fn recipients(&self, limits: RequestLimits) -> Result<Option<UserList>, Refusal> {
        // Before a name is parsed, of which a message can hold thousands.
        if self.to.as_ref().is_some_and(|to| to.len() > limits.max_users) {
            return Err(Refusal::TooMany(TooMany::Recipients(limits.max_users)));
        }
        users(self.to.iter().flatten().map(|name| &*name.0))
    }

    fn send_file(&self, limits: RequestLimits) -> Result<Command, Refusal> {
        let wrong = || shape(CommandKind::SendFile);
        let to = match (&self.room, self.recipients(limits)?) {
            (Some(_), None) => FileTarget::Room(self.room(CommandKind::SendFile)?),
            (None, Some(users)) => FileTarget::Users(users),
            _ => return Err(wrong()),
        };
        let name = FileName::new(&self.name.as_ref().ok_or_else(wrong)?.0).map_err(BadCommand::from)?;
        let pixels = self.width.zip(self.height).map(|(width, height)| Pixels { width, height });
        Ok(Command::SendFile(FileRequest { to, size: self.size.ok_or_else(wrong)?, name, pixels }))
    }

    fn password(&self, kind: CommandKind) -> Result<Password, Refusal> {
        password(self.password.as_deref().ok_or_else(|| shape(kind))?)
    }

    fn room(&self, kind: CommandKind) -> Result<RoomName, Refusal> {
        let room = self.room.as_ref().ok_or_else(|| shape(kind))?;
        Ok(RoomName::new(&room.0).map_err(BadCommand::from)?)
    }

    fn room_and_user(&self, kind: CommandKind) -> Result<(RoomName, UserName), Refusal> {
        let room = self.room(kind)?;
        let user = self.user.as_ref().ok_or_else(|| shape(kind))?;
        Ok((room, UserName::new(&user.0).map_err(BadCommand::from)?))
    }

    fn phrase(&self, kind: CommandKind) -> Result<Option<Phrase>, Refusal> {
        Ok(self.text.as_ref().map(|text| Phrase::new(&text.0, kind.usage())).transpose()?)
    }

    fn text(&self, kind: CommandKind, max_text: usize) -> Result<Text, Refusal> {
        let text = &*self.text.as_ref().filter(|text| !text.0.is_empty()).ok_or_else(|| shape(kind))?.0;
        if text.len() > max_text {
            return Err(Refusal::LineTooLong(max_text));
        }
        if text.bytes().filter(|byte| *byte == b'\n').count() >= MAX_LINES {
            return Err(Refusal::TooMany(TooMany::Lines(MAX_LINES)));
        }
        if self.nonce.as_ref().is_some_and(|nonce| nonce.0.chars().count() > MAX_NONCE) {
            return Err(Refusal::BadJson(format!("a nonce has at most {MAX_NONCE} characters")));
        }
        Ok(Text::new(text)?)
    }

    /// A cursor is the number of the oldest line that has been found in the room, or the id of its message in all rooms.
    fn search(&self) -> Result<Command, Refusal> {
        let wrong = || shape(CommandKind::Search);
        let typed = self.text.as_ref().ok_or_else(wrong)?;
        if typed.0.len() > Words::LONGEST {
            return Err(BadCommand::PhraseTooLong(Words::LONGEST).into());
        }
        let words = Words::new(&typed.0).ok_or_else(wrong)?;
        let before = self.cursor.as_ref().map(|cursor| cursor.0.parse::<u64>().map_err(|_| wrong())).transpose()?;
        let from = self.from.as_ref().map(|from| UserName::new(&from.0).map_err(BadCommand::from)).transpose()?;
        let most = self.limit.and_then(NonZeroUsize::new);
        let (within, before) = match &self.room {
            Some(_) => (Some(SearchedRoom { room: self.room(CommandKind::Search)?, before }), None),
            None => (None, before),
        };
        Ok(Command::Search { within, words, options: SearchOptions { from, before, most } })
    }

    fn history(&self) -> Result<Command, Refusal> {
        let most = self.limit.unwrap_or(USUAL_HISTORY).min(MAX_HISTORY);
        let range = match (self.before, self.after, self.around) {
            (None, None, None) => HistoryRange::Latest,
            (Some(number), None, None) => HistoryRange::Before(number),
            (None, Some(number), None) => HistoryRange::After(number),
            // As many before it as behind it.
            (None, None, Some(number)) => HistoryRange::Before(number.saturating_add(most as u64 / 2 + 1)),
            _ => return Err(shape(CommandKind::History)),
        };
        let most = NonZeroUsize::new(most);
        match &self.with {
            Some(With::One(name)) if self.room.is_none() => {
                Ok(Command::MessageHistory { with: UserName::new(name).map_err(BadCommand::from)?, range, most })
            }
            Some(_) | None => Ok(Command::History { room: self.room(CommandKind::History)?, range, most }),
        }
    }
}

fn password(typed: &str) -> Result<Password, Refusal> {
    Ok(Password::new(typed).map_err(BadCommand::from)?)
}

fn shape(kind: CommandKind) -> Refusal {
    BadCommand::Shape(vec![kind.usage()]).into()
}

/// A type that no command has is taken for a line of the text dialect: what is wrong with that is what is wrong here.
fn unknown(kind: &str) -> Refusal {
    if kind.contains('_') && !kind.contains(' ') {
        return BadCommand::unknown(&kind.replace('_', " ")).into();
    }
    Command::parse(kind).err().unwrap_or_else(|| BadCommand::unknown(kind)).into()
}

fn users<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Option<UserList>, Refusal> {
    let users = names.into_iter().map(UserName::new).collect::<Result<Vec<_>, _>>().map_err(BadCommand::from)?;
    Ok(UserList::new(users))
}
