//! The fields of a request as the command that they are.

use std::num::NonZeroUsize;

use super::{Fields, RequestStr, With, password};
use crate::protocol::command::{
    BadCommand, Command, CommandKind, FileRequest, FileTarget, HelpTopic, HistoryRange, Operation, OperationKind,
    Phrase, SearchOptions, SearchedRoom, SendForm, Text, Token, UserList,
};
use crate::protocol::dialect::RequestLimits;
use crate::protocol::dialect::json::kind::kind_of;
use crate::protocol::dialect::json::{MAX_HISTORY, MAX_LINES, MAX_NONCE, USUAL_HISTORY};
use crate::protocol::file::{FileId, FileName, Pixels};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::refusal::{Refusal, TooMany};
use crate::text::words::Words;

impl Fields<'_> {
    pub(super) fn command(self, limits: RequestLimits) -> Result<Command, Refusal> {
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
            CommandKind::CreateRoom => self.create_room(limits),
            CommandKind::JoinRoom => Ok(Command::JoinRoom(self.room(kind)?)),
            CommandKind::LeaveRoom => Ok(Command::LeaveRoom(self.room(kind)?)),
            CommandKind::SendRoom => {
                let (room, text) = (self.room(kind)?, self.text(kind, limits.max_line)?);
                Ok(Command::SendRoom { room, text, form: SendForm::Long })
            }
            CommandKind::Topic => Ok(Command::Topic { room: self.room(kind)?, topic: self.phrase(kind)? }),
            CommandKind::Invite => self.invite(limits),
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
            CommandKind::RemoveFile => self.file_id().map(Command::RemoveFile),
            CommandKind::History => self.history(),
            CommandKind::Rename => self.new_name().map(Command::Rename),
            CommandKind::Register => Ok(Command::Register(self.password(kind)?)),
            CommandKind::Unregister => Ok(Command::Unregister(self.password(kind)?)),
            CommandKind::SetPassword => self.set_password(),
            CommandKind::SetEncoding => Err(Refusal::JsonIsUtf8),
            CommandKind::Search => self.search(),
            CommandKind::Resume => {
                Ok(Command::Resume { room: self.room(kind)?, after: self.after.ok_or_else(|| shape(kind))? })
            }
            CommandKind::Token => Ok(Command::Token),
            // What these are for has the types `history` and `resume`.
            CommandKind::MessageHistory | CommandKind::ResumeMessages | CommandKind::SetNumbers => {
                Err(unknown(&self.kind.0))
            }
            CommandKind::Ping => Ok(Command::Ping(self.token.map(|token| Token::new(&token.0)).transpose()?)),
            CommandKind::Help => self.help(),
            CommandKind::Quit => Ok(Command::Quit),
            CommandKind::Operate(operation) => self.operation(operation).map(Command::Operate),
        }
    }

    fn create_room(&self, limits: RequestLimits) -> Result<Command, Refusal> {
        let room = self.room(CommandKind::CreateRoom)?;
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

    fn invite(&self, limits: RequestLimits) -> Result<Command, Refusal> {
        let kind = CommandKind::Invite;
        let room = self.room(kind)?;
        if self.users.as_ref().is_some_and(|users| users.len() > limits.max_users) {
            return Err(Refusal::TooMany(TooMany::Users(limits.max_users)));
        }
        let users = users(self.users.iter().flatten().map(|name| &*name.0))?.ok_or_else(|| shape(kind))?;
        Ok(Command::Invite { room, users })
    }

    fn file_id(&self) -> Result<FileId, Refusal> {
        let id = self.file.as_ref().and_then(|file| FileId::parse(&file.0));
        id.ok_or_else(|| shape(CommandKind::RemoveFile))
    }

    fn new_name(&self) -> Result<UserName, Refusal> {
        let name = self.name.as_ref().ok_or_else(|| shape(CommandKind::Rename))?;
        Ok(UserName::new(&name.0).map_err(BadCommand::from)?)
    }

    fn set_password(&self) -> Result<Command, Refusal> {
        let kind = CommandKind::SetPassword;
        let new = password(self.new.as_deref().ok_or_else(|| shape(kind))?)?;
        Ok(Command::SetPassword { old: self.password(kind)?, new })
    }

    fn help(&self) -> Result<Command, Refusal> {
        let topic = |words: &RequestStr<'_>| HelpTopic::new(&words.0).ok_or_else(|| BadCommand::unknown(&words.0));
        Ok(Command::Help(self.topic.as_ref().map(topic).transpose()?))
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
