//! The other end of the dialect, for a client whose user writes and reads lines of the text dialect: a line becomes a
//! request, and what the server says becomes the lines that its text door would say.
//!
//! What JSON has no request for is answered here: numbers, which every event has, and lines that are no command. Such an
//! answer stands behind those of earlier requests, as it waits for the answer to a `ping` of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::ask::ClientMessage;
use super::message::{Failure, Outcome, RoomEntry, ServerMessage, Str};
use super::past::{event_of, line_of, message_of_pair, phrase, user, users};
use crate::protocol::answer::RequestId;
use crate::protocol::charset::Charset;
use crate::protocol::command::{Command, CommandKind, Operation, Token};
use crate::protocol::dialect::text;
use crate::protocol::event::{AccountEvent, Event, FileEvent, PastEnd, PastEvent, PastLine, RoomSummary};
use crate::protocol::file::{FileName, FileToken};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::password::Password;
use crate::protocol::refusal::{BUSY, NAMES_REFUSED_AT_MOST, Refusal, WRONG_PASSWORD};
use crate::protocol::token::SessionToken;

/// Lines of a history that is not told how many.
const USUAL_HISTORY: usize = 20;

/// One connection in JSON, as lines.
#[derive(Debug, Default)]
pub struct JsonTalk {
    last_id: u64,
    /// What the answers are to that have not come, by the ids of the requests.
    asked: BTreeMap<u64, AwaitedReply>,
    /// A name was sent, and not refused so far: a line is a command.
    named: bool,
    refused: u8,
    /// The account whose password is to be said.
    account: Option<String>,
    /// Whether the lines of rooms have their numbers.
    numbered: bool,
    epoch: String,
    /// The most bytes of a line, once the server has said it.
    max_line: Option<usize>,
}

#[derive(Debug)]
enum AwaitedReply {
    Login {
        /// Whoever comes back with a token has to tell what it has.
        comes_back: bool,
        /// The name that was sent without a password.
        name: Option<String>,
    },
    Command(Command),
    /// Lines are numbered from the answer on, or not any more.
    Numbers(bool),
    /// The answer is this.
    Says(Event),
}

impl JsonTalk {
    /// The request for a line of the user, without its newline; `None` for a blank line.
    pub fn say(&mut self, line: &[u8]) -> Option<String> {
        let text = match Charset::UTF_8.decode(line) {
            Ok(text) => text,
            Err(_) if !self.named => String::from_utf8_lossy(line),
            Err(error) => return Some(self.answer_here(Refusal::NotInCharset(error))),
        };
        if !self.named {
            return self.log_in(text.trim_matches([' ', '\t']));
        }
        if let Some(limit) = self.max_line.filter(|limit| line.len() > *limit) {
            return Some(self.answer_here(Refusal::LineTooLong(limit)));
        }
        match Command::parse(&text) {
            Ok(None) => None,
            Ok(Some(command)) => Some(self.request(command)),
            Err(wrong) => Some(self.answer_here(wrong.into())),
        }
    }

    /// Appends what the server says with a message, as lines. A message of a later version may say nothing.
    pub fn hear(&mut self, message: &[u8], out: &mut String) {
        match serde_json::from_slice::<ServerMessage<'_>>(message) {
            Ok(ServerMessage::Ok(outcome)) => {
                if let Some(waiting) = self.asked.remove(&outcome.id) {
                    self.answered(waiting, *outcome, out);
                }
            }
            Ok(ServerMessage::Error { id, code, detail, failed }) => {
                let waiting = id.and_then(|id| self.asked.remove(&id));
                if let Some(AwaitedReply::Login { name: Some(name), .. }) = &waiting
                    && code == WRONG_PASSWORD
                {
                    // It has one, which was not asked for yet.
                    (self.named, self.account) = (false, Some(name.clone()));
                    return self.show(&Event::PasswordPrompt, out);
                }
                refused(&code, &detail, &failed, out);
                if let Some(AwaitedReply::Login { .. }) = waiting {
                    self.named = false;
                    self.refused += u8::from(code != BUSY);
                    if self.refused < NAMES_REFUSED_AT_MOST {
                        self.show(&Event::NamePrompt, out);
                    }
                }
            }
            Ok(other) => {
                if let Some(event) = event_of(other) {
                    self.show(&event, out);
                }
            }
            // What is no object at all comes from a server that does not speak JSON.
            Err(_) if message.trim_ascii_start().first() != Some(&b'{') => {
                out.push_str(&String::from_utf8_lossy(message));
                out.push('\n');
            }
            Err(_) => {}
        }
    }

    fn log_in(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return None;
        }
        if let Some(name) = self.account.take() {
            self.named = true;
            let (name, password) = (Some(name.as_str().into()), Some(line.into()));
            let id = self.next_id();
            self.asked.insert(id.get(), AwaitedReply::Login { comes_back: false, name: None });
            return Some(
                ClientMessage::Login { name, password, token: None, epoch: None, have: None }.spelled(Some(id)),
            );
        }
        let token = line.split_once([' ', '\t']).filter(|(keyword, _)| keyword.eq_ignore_ascii_case("token"));
        let (name, with_token) = match token {
            Some((_, token)) => (None, Some(token.trim().into())),
            None => (Some(line.into()), None),
        };
        let request = ClientMessage::Login { name, password: None, token: with_token, epoch: None, have: None };
        // Of a line that is no name nobody knows yet what the next one is.
        self.named = token.is_some() || matches!(Command::parse_login(line), Ok(Some(_)));
        let id = self.next_id();
        let (comes_back, name) = (token.is_some(), token.is_none().then(|| line.to_owned()));
        self.asked.insert(id.get(), AwaitedReply::Login { comes_back, name });
        Some(request.spelled(Some(id)))
    }

    fn request(&mut self, command: Command) -> String {
        match command {
            // What these have to say is an event, or an error without an id.
            Command::SendRoom { .. }
            | Command::CreateRoom { room: _, with: None }
            | Command::JoinRoom(_)
            | Command::LeaveRoom(_)
            | Command::Topic { room: _, topic: Some(_) }
            | Command::Kick { .. }
            | Command::Ban { .. }
            | Command::Unban { .. }
            | Command::GiveRoom { .. }
            | Command::SetRoom { .. } => asking(&command).spelled(None),
            Command::SetEncoding(_) => self.answer_here(Refusal::JsonIsUtf8),
            Command::SetNumbers(on) => self.ping(AwaitedReply::Numbers(on)),
            other => {
                let id = self.next_id();
                let request = asking(&other).spelled(Some(id));
                self.asked.insert(id.get(), AwaitedReply::Command(other));
                request
            }
        }
    }

    fn answer_here(&mut self, refusal: Refusal) -> String {
        self.ping(AwaitedReply::Says(Event::Refused(refusal)))
    }

    fn ping(&mut self, waiting: AwaitedReply) -> String {
        let id = self.next_id();
        self.asked.insert(id.get(), waiting);
        ClientMessage::Ping { token: None }.spelled(Some(id))
    }

    fn next_id(&mut self) -> RequestId {
        self.last_id += 1;
        RequestId::new(self.last_id).expect("nobody asks 2^53 times")
    }

    fn answered(&mut self, waiting: AwaitedReply, outcome: Outcome<'_>, out: &mut String) {
        match waiting {
            AwaitedReply::Login { comes_back, name: _ } => {
                self.numbered = comes_back;
                self.epoch = outcome.epoch.unwrap_or_default().into_owned();
                self.max_line = outcome.limits.map(|limits| limits.text);
                self.show(&Event::Welcome, out);
            }
            AwaitedReply::Numbers(on) => {
                self.numbered = on;
                let epoch = if on { format!("on, epoch {}", self.epoch) } else { "off".to_owned() };
                put(out, format_args!("server: numbers are {epoch}"));
            }
            AwaitedReply::Says(event) => self.show(&event, out),
            AwaitedReply::Command(Command::SendMessage { .. }) => {
                outcome.failed.iter().flatten().for_each(|failure| put_failure(failure, out));
            }
            AwaitedReply::Command(Command::CreateRoom { .. } | Command::Invite { .. }) => {
                if let (Some(room), users @ [_, ..]) = (room(outcome.room), &*users(outcome.invited)) {
                    self.show(&Event::Invited { room, users: users.to_vec() }, out);
                }
                outcome.failed.iter().flatten().for_each(|failure| put_failure(failure, out));
            }
            AwaitedReply::Command(Command::ListStats) => {
                for (name, value) in outcome.stats.iter().flatten() {
                    put(out, format_args!("server: stats: {name} {value}"));
                }
            }
            AwaitedReply::Command(command) => {
                if let Some(event) = event_of_answer(&command, outcome) {
                    self.show(&event, out);
                }
            }
        }
    }

    fn show(&self, event: &Event, out: &mut String) {
        text::spell::spell(event, self.numbered, out).expect("writing to a string does not fail");
    }
}

/// The request for a command that JSON has. Text alone knows a history that is not told how many lines.
fn asking(command: &Command) -> ClientMessage<'_> {
    match ClientMessage::of(command).expect("what JSON has no request for is not asked") {
        ClientMessage::History { room, with, before, after, around, limit } => {
            ClientMessage::History { room, with, before, after, around, limit: limit.or(Some(USUAL_HISTORY)) }
        }
        other => other,
    }
}

/// What the text door says to the caller alone; `None` if nothing, or if the server answers something else.
fn event_of_answer(command: &Command, outcome: Outcome<'_>) -> Option<Event> {
    match command {
        Command::ListUsers => Some(Event::Users(users(outcome.users))),
        Command::ListRooms => Some(Event::Rooms(rooms(outcome.rooms.as_deref()))),
        Command::ListMembers(_) => Some(Event::Members { room: room(outcome.room)?, users: users(outcome.members) }),
        Command::History { .. } => history(outcome).map(Event::Past),
        Command::MessageHistory { .. } => {
            let end = PastEnd::Kept(outcome.first.zip(outcome.seq));
            past_messages(outcome, end).map(Event::Past)
        }
        Command::ResumeMessages { .. } => past_messages(outcome, PastEnd::LeftOut(None)).map(Event::Past),
        Command::Search { .. } => Some(Event::Past(found(outcome))),
        Command::Resume { .. } => resumed(outcome).map(Event::Past),
        Command::Topic { .. } => {
            Some(Event::Topic { room: room(outcome.room)?, topic: outcome.topic.as_ref().and_then(phrase) })
        }
        Command::ShowRoom(_) => Some(Event::RoomShown(RoomSummary {
            room: room(outcome.room)?,
            private: outcome.private?,
            owner: outcome.owner.as_ref().and_then(user),
            members: outcome.size?,
            kept: outcome.first.zip(outcome.seq),
        })),
        Command::SetInvitations { ask } => Some(Event::InvitationsSet { ask: *ask }),
        Command::SendFile(request) => {
            let token = FileToken::parse(outcome.token.as_deref()?)?;
            let name = outcome.name.and_then(|name| FileName::new(&name).ok()).unwrap_or_else(|| request.name.clone());
            Some(Event::File(FileEvent::Wanted { token, name, until: outcome.expires?.0 }))
        }
        Command::RemoveFile(id) => Some(Event::File(FileEvent::Removed(*id))),
        Command::Token => SessionToken::parse(outcome.token.as_deref()?).map(Event::Token),
        Command::Register(_) => new_name(outcome).map(AccountEvent::Registered).map(Event::Account),
        Command::SetPassword { .. } => Some(Event::Account(AccountEvent::PasswordChanged)),
        Command::Unregister(_) => new_name(outcome).map(AccountEvent::Unregistered).map(Event::Account),
        Command::Rename(_) => new_name(outcome).map(Event::Renamed),
        Command::Ping(_) => Some(Event::Pong(outcome.token.and_then(|token| Token::new(&token).ok()))),
        Command::Help(topic) => Some(Event::Help(CommandKind::explained(*topic))),
        Command::Quit => Some(Event::Bye),
        Command::Operate(operation) => operated(operation, outcome).map(Event::Operated),
        Command::ListStats
        | Command::SendMessage { .. }
        | Command::CreateRoom { .. }
        | Command::JoinRoom(_)
        | Command::LeaveRoom(_)
        | Command::SendRoom { .. }
        | Command::Invite { .. }
        | Command::Kick { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }
        | Command::GiveRoom { .. }
        | Command::SetRoom { .. }
        | Command::SetEncoding(_)
        | Command::SetNumbers(_) => None,
    }
}

fn new_name(outcome: Outcome<'_>) -> Option<UserName> {
    UserName::new(&outcome.name?).ok()
}

fn history(outcome: Outcome<'_>) -> Option<PastEvent> {
    let kept = outcome.first.zip(outcome.seq);
    let lines = lines(outcome.events).into_iter().map(|(_, line)| line).collect();
    Some(PastEvent::History { room: room(outcome.room)?, lines, kept })
}

fn past_messages(outcome: Outcome<'_>, end: PastEnd) -> Option<PastEvent> {
    Some(PastEvent::Messages { with: outcome.with.as_ref().and_then(user)?, lines: of_pair(outcome.events), end })
}

/// JSON has the newest line first, the text door has it last.
fn found(outcome: Outcome<'_>) -> PastEvent {
    let mut lines = lines(outcome.events);
    lines.reverse();
    PastEvent::Found { lines, more: outcome.more.unwrap_or_default() }
}

fn resumed(outcome: Outcome<'_>) -> Option<PastEvent> {
    let left_out = outcome.events.iter().flatten().find_map(|event| match event {
        ServerMessage::Gap { room: _, with: _, from, to } => Some((*from, *to)),
        _ => None,
    });
    let lines = lines(outcome.events).into_iter().map(|(_, line)| line).collect();
    Some(PastEvent::Resumed { room: room(outcome.room)?, lines, left_out })
}

/// What the text door says to an operator whose wish was carried out.
fn operated(operation: &Operation, outcome: Outcome<'_>) -> Option<Operated> {
    let name = outcome.name.as_ref().and_then(user);
    match operation {
        Operation::CreateAccount(_) | Operation::ResetPassword(_) => {
            let password = Password::new(outcome.password.as_deref()?).ok()?;
            Some(Operated::Password { name: name?, password })
        }
        Operation::DropAccount(_) => name.map(Operated::Dropped),
        Operation::Appoint(_) => name.map(Operated::Appointed),
        Operation::Dismiss(_) => name.map(Operated::Dismissed),
        Operation::KickFromServer(_) => name.map(Operated::Kicked),
        Operation::BanFromServer(_) => name.map(Operated::Banned),
        Operation::UnbanFromServer(_) => name.map(Operated::Unbanned),
        Operation::Announce(_) => Some(Operated::Announced),
        Operation::ListAccounts => {
            Some(Operated::Accounts { accounts: users(outcome.accounts), operators: users(outcome.operators) })
        }
        Operation::ListBans(_) => Some(Operated::Bans { room: room(outcome.room), users: users(outcome.bans) }),
    }
}

fn lines(events: Option<Vec<ServerMessage<'_>>>) -> Vec<(RoomName, PastLine)> {
    events.unwrap_or_default().into_iter().filter_map(line_of).collect()
}

fn of_pair(events: Option<Vec<ServerMessage<'_>>>) -> Vec<PastLine> {
    events.unwrap_or_default().into_iter().filter_map(message_of_pair).collect()
}

fn rooms(entries: Option<&[RoomEntry<'_>]>) -> Vec<RoomName> {
    entries.into_iter().flatten().filter_map(|entry| RoomName::new(&entry.room).ok()).collect()
}

fn room(name: Option<Str<'_>>) -> Option<RoomName> {
    RoomName::new(&name?).ok()
}

fn refused(code: &str, detail: &str, failed: &[Failure<'_>], out: &mut String) {
    if failed.is_empty() {
        put(out, format_args!("error: {code}: {detail}"));
    }
    failed.iter().for_each(|failure| put_failure(failure, out));
}

fn put_failure(failure: &Failure<'_>, out: &mut String) {
    put(out, format_args!("error: {}: {}", failure.code, failure.detail));
}

/// What another server says may hold newlines, which are none of its lines.
fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    let start = out.len();
    out.write_fmt(line).expect("writing to a string does not fail");
    if out[start..].contains('\n') {
        let line = out.split_off(start);
        out.push_str(&line.replace('\n', " "));
    }
    out.push('\n');
}
