//! Inputs as lines of text that read back as the same inputs, but for what a log must not hold, or need not: passwords, and
//! requests that change nothing, of which a place is left.

use serde::{Deserialize, Serialize};

use crate::hub::input::{Greeting, Input, LoginLine};
use crate::hub::record::PlaceId;
use crate::hub::session::{SessionId, SessionOrigin};
use crate::hub::verdict::{HostWish, Verdict};
use crate::protocol::act::{Act, Watch};
use crate::protocol::command::{Command, Operation, SendForm, Text, UserList};
use crate::protocol::dialect::Dialect;
use crate::protocol::event::Departure;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::other_protocol::OtherProtocol;
use crate::protocol::password::Password;
use crate::protocol::profile::Profile;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::refusal::{DisconnectReason, NAMES_REFUSED_AT_MOST, Refusal};
use crate::protocol::token::SessionToken;

/// One input of a batch, and what makes it happen once, where the client has a word for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedInput {
    /// What happens.
    pub input: Input,
    /// The word that the same request has if it comes again.
    pub nonce: Option<Box<str>>,
}

/// Any input that is not a plain command, as it is written.
#[derive(Serialize, Deserialize)]
enum Written {
    Connect(SessionOrigin, String),
    LogIn(SessionId, WrittenLogin, Greeting),
    LogInDescribed(SessionId, UserName, Box<Profile>, u8, Greeting),
    Authenticate(SessionId, UserName),
    Command(SessionId, WrittenCommand, Option<SessionToken>, Option<Box<str>>),
    Act(SessionId, Act),
    MarkRead(SessionId, ReadMark),
    NoteRead(SessionId, Vec<(PlaceId, u64)>),
    Verdict(SessionId, Verdict, Greeting),
    Host(HostWish),
    Depart(SessionId, Departure),
    DepartAsSlow(SessionId),
}

#[derive(Serialize, Deserialize)]
enum WrittenLogin {
    Name(UserName),
    Password,
    Account(UserName),
    Token(SessionToken),
    Refused,
    WrongDoor,
}

#[derive(Serialize, Deserialize)]
enum WrittenCommand {
    Line(String),
    SendRoom(RoomName, Text),
    SendMessage(Vec<UserName>, Text),
    Register,
    SetPassword,
    Unregister,
}

/// What stands where a password was.
fn some_password() -> Password {
    Password::of_bits(0)
}

impl LoggedInput {
    /// Appends the line, without a newline.
    pub fn write(&self, out: &mut String) {
        match &self.input {
            Input::Nothing(id) => out.push_str(&format!("L {id}")),
            Input::Command(id, command, _) if !changes_anything(command) => out.push_str(&format!("L {id}")),
            Input::Act(id, act) if !act_changes_anything(act) => out.push_str(&format!("L {id}")),
            Input::Command(id, command, None) if self.nonce.is_none() && is_plain(command) => {
                out.push_str(&format!("C {id} {}", in_long_form(command)));
            }
            input => {
                out.push_str("J ");
                let written = Written::of(input, self.nonce.as_deref());
                out.push_str(&serde_json::to_string(&written).expect("maps have texts for keys"));
            }
        }
    }

    /// The input of a line; `None` if it is none.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (letter, rest) = line.split_once(' ')?;
        let plain = |input| Some(Self { input, nonce: None });
        match letter {
            "L" => plain(Input::Nothing(SessionId::parse(rest)?)),
            "C" => {
                let (id, command) = rest.split_once(' ')?;
                plain(Input::Command(SessionId::parse(id)?, Command::parse(command).ok()??, None))
            }
            "J" => serde_json::from_str::<Written>(rest).ok()?.read(),
            _ => None,
        }
    }
}

impl Written {
    fn of(input: &Input, nonce: Option<&str>) -> Self {
        match input.clone() {
            Input::Connect(origin, door) => Self::Connect(origin, door.to_owned()),
            Input::LogIn(id, said, greeting) => Self::LogIn(id, WrittenLogin::of(said), greeting),
            Input::LogInDescribed(id, name, profile, tries, greeting) => {
                Self::LogInDescribed(id, name, profile, tries, greeting)
            }
            Input::Authenticate(id, name, _) => Self::Authenticate(id, name),
            Input::Command(id, command, token) => {
                Self::Command(id, WrittenCommand::of(command), token, nonce.map(Into::into))
            }
            Input::Act(id, act) => Self::Act(id, act),
            Input::MarkRead(id, mark) => Self::MarkRead(id, mark),
            Input::NoteRead(id, read) => Self::NoteRead(id, read),
            Input::Verdict(id, verdict, greeting) => Self::Verdict(id, verdict, greeting),
            Input::Host(wish) => Self::Host(wish),
            Input::Depart(id, departure) => Self::Depart(id, departure),
            Input::DepartAsSlow(id) => Self::DepartAsSlow(id),
            Input::Nothing(_) => unreachable!("a place has a line of its own"),
        }
    }

    fn read(self) -> Option<LoggedInput> {
        let mut once = None;
        let input = match self {
            Self::Connect(origin, door) => Input::Connect(origin, Dialect::door_named(&door)?),
            Self::LogIn(id, said, greeting) => Input::LogIn(id, said.read(), greeting),
            Self::LogInDescribed(id, name, profile, tries, greeting) => {
                Input::LogInDescribed(id, name, profile, tries, greeting)
            }
            Self::Authenticate(id, name) => Input::Authenticate(id, name, some_password()),
            Self::Command(id, command, token, nonce) => {
                once = nonce;
                Input::Command(id, command.read()?, token)
            }
            Self::Act(id, act) => Input::Act(id, act),
            Self::MarkRead(id, mark) => Input::MarkRead(id, mark),
            Self::NoteRead(id, read) => Input::NoteRead(id, read),
            Self::Verdict(id, verdict, greeting) => Input::Verdict(id, verdict, greeting),
            Self::Host(wish) => Input::Host(wish),
            Self::Depart(id, departure) => Input::Depart(id, departure),
            Self::DepartAsSlow(id) => Input::DepartAsSlow(id),
        };
        Some(LoggedInput { input, nonce: once })
    }
}

impl WrittenLogin {
    fn of(said: LoginLine) -> Self {
        match said {
            LoginLine::Name(name) => Self::Name(name),
            LoginLine::Password(_) => Self::Password,
            LoginLine::Account(name, _) => Self::Account(name),
            LoginLine::Token(token) => Self::Token(token),
            LoginLine::Refused(Refusal::Disconnected(DisconnectReason::WrongDoor(_))) => Self::WrongDoor,
            LoginLine::Refused(_) => Self::Refused,
        }
    }

    fn read(self) -> LoginLine {
        match self {
            Self::Name(name) => LoginLine::Name(name),
            Self::Password => LoginLine::Password(some_password()),
            Self::Account(name) => LoginLine::Account(name, some_password()),
            Self::Token(token) => LoginLine::Token(token),
            // Which one it is concerns nobody but the client.
            Self::WrongDoor => {
                LoginLine::Refused(Refusal::Disconnected(DisconnectReason::WrongDoor(OtherProtocol::Http)))
            }
            Self::Refused => {
                LoginLine::Refused(Refusal::Disconnected(DisconnectReason::NamesRefused(NAMES_REFUSED_AT_MOST)))
            }
        }
    }
}

impl WrittenCommand {
    fn of(command: Command) -> Self {
        match command {
            Command::SendRoom { room, text, form: _ } => Self::SendRoom(room, text),
            Command::SendMessage { to, text } => Self::SendMessage(to.as_slice().to_vec(), text),
            Command::Register(_) => Self::Register,
            Command::SetPassword { .. } => Self::SetPassword,
            Command::Unregister(_) => Self::Unregister,
            other => Self::Line(other.to_string()),
        }
    }

    fn read(self) -> Option<Command> {
        Some(match self {
            Self::Line(line) => Command::parse(&line).ok()??,
            Self::SendRoom(room, text) => Command::SendRoom { room, text, form: SendForm::Long },
            Self::SendMessage(to, text) => Command::SendMessage { to: UserList::new(to)?, text },
            Self::Register => Command::Register(some_password()),
            Self::SetPassword => Command::SetPassword { old: some_password(), new: some_password() },
            Self::Unregister => Command::Unregister(some_password()),
        })
    }
}

/// Whether the line of a command says all of it.
fn is_plain(command: &Command) -> bool {
    match command {
        Command::SendRoom { text, .. } | Command::SendMessage { text, .. } => {
            // Blanks at the edges are no part of a line's text.
            let typed = text.as_str();
            text.original().is_none() && !typed.contains('\n') && typed.trim_matches([' ', '\t']) == typed
        }
        Command::Register(_) | Command::SetPassword { .. } | Command::Unregister(_) => false,
        _ => true,
    }
}

/// The long form says the same to the hub, and is read faster.
fn in_long_form(command: &Command) -> String {
    match command {
        Command::SendRoom { room, text, form: _ } => format!("send room {room} {}", text.as_str()),
        other => other.to_string(),
    }
}

/// Whether a hub may be another after the command. Files are not for a chat of several servers.
fn changes_anything(command: &Command) -> bool {
    match command {
        Command::ListUsers
        | Command::ListRooms
        | Command::ListMembers(_)
        | Command::ListStats
        | Command::Topic { topic: None, .. }
        | Command::ShowRoom(_)
        | Command::SendFile(_)
        | Command::RemoveFile(_)
        | Command::History { .. }
        | Command::Search { .. }
        | Command::MessageHistory { .. }
        | Command::SetEncoding(_)
        | Command::Ping(_)
        | Command::Help(_)
        | Command::Operate(Operation::ListAccounts | Operation::ListBans(_)) => false,
        Command::SendMessage { .. }
        | Command::CreateRoom { .. }
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SendRoom { .. }
        | Command::Topic { topic: Some(_), .. }
        | Command::Invite { .. }
        | Command::Kick { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }
        | Command::GiveRoom { .. }
        | Command::Resume { .. }
        | Command::ResumeMessages { .. }
        | Command::Rename(_)
        | Command::SetRoom { .. }
        | Command::SetInvitations { .. }
        | Command::SetNumbers(_)
        | Command::Register(_)
        | Command::SetPassword { .. }
        | Command::Unregister(_)
        | Command::Token
        | Command::Operate(_)
        | Command::Quit => true,
    }
}

fn act_changes_anything(act: &Act) -> bool {
    match act {
        Act::Recall(_) | Act::ListInvitations | Act::Watch(Watch::List | Watch::Look) => false,
        Act::Enter { .. }
        | Act::SetModes { .. }
        | Act::Describe { .. }
        | Act::Remove { .. }
        | Act::Invite { .. }
        | Act::Watch(Watch::Add(_) | Watch::Remove(_) | Watch::Clear)
        | Act::Leave { .. }
        | Act::LeaveAll
        | Act::Say { .. }
        | Act::Signal { .. }
        | Act::Away(_)
        | Act::RealName(_)
        | Act::Appear { .. }
        | Act::MarkRead { .. }
        | Act::Register { .. }
        | Act::Rename(_)
        | Act::Quit(_) => true,
    }
}
