//! From the pairs of `grammar/command.pest` to a [`Command`]: one function per kind of value.

use std::num::NonZeroUsize;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use super::{
    BadCommand, Command, CommandKind, FileRequest, FileTarget, HelpTopic, HistoryRange, Operation, OperationKind,
    Phrase, SearchOptions, SearchedRoom, SendForm, Text, Token, UserList,
};
use crate::protocol::charset::Charset;
use crate::protocol::file::{FileId, FileName};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::text::words::Words;

mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/command.pest"]
    pub(super) struct CommandGrammar;
}

use generated::{CommandGrammar, Rule};

/// The command on a line without control characters, if it is `send room ROOM TEXT` to the letter.
///
/// This is the most frequent line, as programs write it, and reading it here takes a fifth of the time that the grammar
/// takes. The grammar alone says what a command is: this finds nothing that it would not find (a test holds that).
pub(super) fn canonical(line: &str) -> Option<Command> {
    let (room, text) = line.strip_prefix("send room ")?.split_once(' ')?;
    Some(Command::SendRoom { room: RoomName::new(room).ok()?, text: Text::new(text).ok()?, form: SendForm::Long })
}

/// The command on a line without control characters.
pub(super) fn parse(line: &str) -> Result<Option<Command>, BadCommand> {
    let mut lines = CommandGrammar::parse(Rule::line, line).expect("every line is at least unknown");
    let line_pair = lines.next().expect("a parse has one line");
    let said = line_pair.into_inner().next().expect("a line holds what was said, or its end");
    if said.as_rule() == Rule::EOI { Ok(None) } else { command(said).map(Some) }
}

fn command(said: Pair<'_, Rule>) -> Result<Command, BadCommand> {
    let rule = said.as_rule();
    let typed = said.as_str();
    let mut parts = said.into_inner();
    if let Some(operation) = operation(rule, &mut parts) {
        return operation.map(Command::Operate);
    }
    Ok(match rule {
        Rule::list_users => Command::ListUsers,
        Rule::list_rooms => Command::ListRooms,
        Rule::list_stats => Command::ListStats,
        Rule::list_members => Command::ListMembers(room(&mut parts)?),
        Rule::send_message => Command::SendMessage { to: users(&mut parts)?, text: text(&mut parts) },
        Rule::create_room => Command::CreateRoom { room: room(&mut parts)?, with: optional_users(&mut parts)? },
        Rule::join_room => Command::JoinRoom(room(&mut parts)?),
        Rule::leave_room => Command::LeaveRoom(room(&mut parts)?),
        Rule::send_room => send_room(&mut parts, SendForm::Long)?,
        Rule::send_room_short => send_room(&mut parts, SendForm::Short)?,
        Rule::topic_of => Command::Topic { room: room(&mut parts)?, topic: phrase(parts, CommandKind::Topic)? },
        Rule::invite => Command::Invite { room: room(&mut parts)?, users: users(&mut parts)? },
        Rule::kick => kick(parts)?,
        Rule::ban => Command::Ban { room: room(&mut parts)?, user: user(&mut parts)? },
        Rule::unban => Command::Unban { room: room(&mut parts)?, user: user(&mut parts)? },
        Rule::give_room => Command::GiveRoom { room: room(&mut parts)?, user: user(&mut parts)? },
        Rule::show_room => Command::ShowRoom(room(&mut parts)?),
        Rule::send_file => send_file(parts)?,
        Rule::remove_file => remove_file(&mut parts)?,
        Rule::history => history(parts)?,
        Rule::message_history => message_history(parts)?,
        Rule::search => search(parts)?,
        Rule::resume => Command::Resume { room: room(&mut parts)?, after: number(part(&mut parts)) },
        Rule::resume_messages => {
            Command::ResumeMessages { with: UserName::new(part(&mut parts))?, after: number(part(&mut parts)) }
        }
        Rule::rename => Command::Rename(user(&mut parts)?),
        Rule::set_room => Command::SetRoom { room: room(&mut parts)?, private: says(parts, Rule::private) },
        Rule::set_invitations => Command::SetInvitations { ask: says(parts, Rule::ask) },
        Rule::set_encoding => Command::SetEncoding(charset(&mut parts)?),
        Rule::set_numbers => Command::SetNumbers(says(parts, Rule::on)),
        Rule::set_password => {
            let old = password(part(&mut parts))?;
            Command::SetPassword { old, new: password(part(&mut parts))? }
        }
        Rule::register => Command::Register(password(part(&mut parts))?),
        Rule::unregister => Command::Unregister(password(part(&mut parts))?),
        Rule::give_token => Command::Token,
        Rule::ping => Command::Ping(token(parts)),
        Rule::help => Command::Help(topic(parts)?),
        Rule::quit => Command::Quit,
        Rule::malformed_operation => return Err(operation_shape(part(&mut parts))),
        Rule::malformed => return Err(BadCommand::Shape(usages(part(&mut parts)))),
        _ => return Err(BadCommand::unknown(typed)),
    })
}

fn part<'a>(parts: &mut Pairs<'a, Rule>) -> &'a str {
    parts.next().expect("the grammar's rule has this part").as_str()
}

fn room(parts: &mut Pairs<'_, Rule>) -> Result<RoomName, BadCommand> {
    Ok(RoomName::new(part(parts))?)
}

fn user(parts: &mut Pairs<'_, Rule>) -> Result<UserName, BadCommand> {
    Ok(UserName::new(part(parts))?)
}

fn users(parts: &mut Pairs<'_, Rule>) -> Result<UserList, BadCommand> {
    let names = part(parts).split(',').map(UserName::new).collect::<Result<Vec<_>, _>>()?;
    Ok(UserList::new(names).expect("splitting a text gives at least one part"))
}

fn optional_users(parts: &mut Pairs<'_, Rule>) -> Result<Option<UserList>, BadCommand> {
    match parts.peek() {
        Some(pair) if pair.as_rule() == Rule::users => users(parts).map(Some),
        _ => Ok(None),
    }
}

fn text(parts: &mut Pairs<'_, Rule>) -> Text {
    Text::new(part(parts)).expect("the line has no control character and the grammar wants a text")
}

/// The text that may stand at the end.
fn phrase(parts: Pairs<'_, Rule>, kind: CommandKind) -> Result<Option<Phrase>, BadCommand> {
    let text = parts.into_iter().find(|pair| pair.as_rule() == Rule::text);
    text.map(|pair| Phrase::new(pair.as_str(), kind.usage())).transpose()
}

/// Whether the word of this rule was chosen.
fn says(mut parts: Pairs<'_, Rule>, chosen: Rule) -> bool {
    parts.any(|pair| pair.as_rule() == chosen)
}

fn send_room(parts: &mut Pairs<'_, Rule>, form: SendForm) -> Result<Command, BadCommand> {
    Ok(Command::SendRoom { room: room(parts)?, text: text(parts), form })
}

fn kick(mut parts: Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let (room, user) = (room(&mut parts)?, user(&mut parts)?);
    Ok(Command::Kick { room, user, reason: phrase(parts, CommandKind::Kick)? })
}

fn send_file(mut parts: Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let to = match parts.peek().map(|pair| pair.as_rule()) {
        Some(Rule::users) => FileTarget::Users(users(&mut parts)?),
        _ => FileTarget::Room(room(&mut parts)?),
    };
    let size = number(part(&mut parts));
    Ok(Command::SendFile(FileRequest { to, size, name: FileName::new(part(&mut parts))?, pixels: None }))
}

fn remove_file(parts: &mut Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let id = FileId::parse(part(parts));
    Ok(Command::RemoveFile(id.ok_or_else(|| BadCommand::Shape(vec![CommandKind::RemoveFile.usage()]))?))
}

fn history(mut parts: Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let room = room(&mut parts)?;
    let (range, most) = page(parts);
    Ok(Command::History { room, range, most })
}

fn message_history(mut parts: Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let with = UserName::new(part(&mut parts))?;
    let (range, most) = page(parts);
    Ok(Command::MessageHistory { with, range, most })
}

fn page(parts: Pairs<'_, Rule>) -> (HistoryRange, Option<NonZeroUsize>) {
    let (mut range, mut most) = (HistoryRange::Latest, None);
    for pair in parts {
        match pair.as_rule() {
            Rule::before => range = HistoryRange::Before(number(part(&mut pair.into_inner()))),
            Rule::after => range = HistoryRange::After(number(part(&mut pair.into_inner()))),
            Rule::count => most = Some(pair.as_str().parse().unwrap_or(NonZeroUsize::MAX)),
            _ => {}
        }
    }
    (range, most)
}

fn search(parts: Pairs<'_, Rule>) -> Result<Command, BadCommand> {
    let (mut within, mut words) = (None, None);
    for pair in parts {
        match pair.as_rule() {
            Rule::within => within = Some(searched_room(pair.into_inner())?),
            Rule::text if pair.as_str().len() > Words::LONGEST => {
                return Err(BadCommand::PhraseTooLong(Words::LONGEST));
            }
            Rule::text => words = Words::new(pair.as_str()),
            _ => {}
        }
    }
    let words = words.ok_or_else(|| BadCommand::Shape(vec![CommandKind::Search.usage()]))?;
    Ok(Command::Search { within, words, options: SearchOptions::default() })
}

fn searched_room(mut parts: Pairs<'_, Rule>) -> Result<SearchedRoom, BadCommand> {
    let room = room(&mut parts)?;
    let before = parts.find(|pair| pair.as_rule() == Rule::before);
    Ok(SearchedRoom { room, before: before.map(|pair| number(part(&mut pair.into_inner()))) })
}

/// A number that is too large to be one of ours is past all of them.
fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

fn password(typed: &str) -> Result<Password, BadCommand> {
    Ok(Password::new(typed.trim_matches([' ', '\t']))?)
}

fn charset(parts: &mut Pairs<'_, Rule>) -> Result<Charset, BadCommand> {
    Ok(Charset::for_label(part(parts))?)
}

fn token(parts: Pairs<'_, Rule>) -> Option<Token> {
    parts.into_iter().find(|pair| pair.as_rule() == Rule::token).map(|pair| Token(pair.as_str().into()))
}

fn topic(parts: Pairs<'_, Rule>) -> Result<Option<HelpTopic>, BadCommand> {
    let Some(words) = parts.into_iter().find(|pair| pair.as_rule() == Rule::text) else { return Ok(None) };
    let words = words.as_str().trim_end_matches([' ', '\t']);
    HelpTopic::new(words).map(Some).ok_or_else(|| BadCommand::unknown(words))
}

/// What an operator of the server wants, if the rule is one of operators.
fn operation(rule: Rule, parts: &mut Pairs<'_, Rule>) -> Option<Result<Operation, BadCommand>> {
    let operation = match rule {
        Rule::create_account => user(parts).map(Operation::CreateAccount),
        Rule::reset_password => user(parts).map(Operation::ResetPassword),
        Rule::drop_account => user(parts).map(Operation::DropAccount),
        Rule::appoint => user(parts).map(Operation::Appoint),
        Rule::dismiss => user(parts).map(Operation::Dismiss),
        Rule::kick_from_server => user(parts).map(Operation::KickFromServer),
        Rule::ban_from_server => user(parts).map(Operation::BanFromServer),
        Rule::unban_from_server => user(parts).map(Operation::UnbanFromServer),
        Rule::announce => Phrase::new(part(parts), OperationKind::Announce.usage()).map(Operation::Announce),
        Rule::list_accounts => Ok(Operation::ListAccounts),
        Rule::list_bans => {
            let of_room = parts.peek().is_some_and(|pair| pair.as_rule() == Rule::word);
            of_room.then(|| room(parts)).transpose().map(Operation::ListBans)
        }
        _ => return None,
    };
    Some(operation)
}

/// The shape of what only operators may say with these keywords.
fn operation_shape(keywords: &str) -> BadCommand {
    let words = keywords.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let kind = OperationKind::of_keywords(&words).expect("the grammar's keywords are those of an operation");
    BadCommand::OperationShape(kind)
}

/// The shape of the command with these keywords, or all shapes of those that begin with them.
fn usages(keywords: &str) -> Vec<&'static str> {
    let topic = HelpTopic::new(keywords).expect("the grammar's keywords begin commands");
    match topic.command() {
        Some(kind) => vec![kind.usage()],
        None => topic.kinds().flat_map(CommandKind::shapes).collect(),
    }
}
