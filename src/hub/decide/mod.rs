//! What a command means: who may, and what would change. Everything here reads and nothing changes.

mod accounts;
mod acquaintances;
mod acts;
mod becoming;
mod files;
mod history;
mod letters;
mod messages;
mod missed;
mod modes;
mod people;
mod presence;
mod read_marks;
mod recall;
mod room_roles;
mod rooms;
mod server_operators;
mod watching;

pub(super) use missed::tell_missed;
pub(super) use recall::tell_past_of_rooms;

use super::change::Decision;
use super::outputs::Output;
use super::people::UserEntry;
use super::session::{SessionId, SessionOrigin};
use super::user_id::UserId;
use super::view::View;
use super::{Hub, Limits, Now};
use crate::protocol::command::{Command, CommandKind, HelpTopic};
use crate::protocol::event::Event;
use crate::protocol::name::RoomName;
use crate::protocol::refusal::Refusal;

/// Somebody who is logged in and wants something.
#[derive(Clone, Copy)]
struct Requester<'a> {
    view: &'a View,
    limits: &'a Limits,
    session: SessionId,
    id: UserId,
    user: &'a UserEntry,
    now: Now,
}

impl Hub {
    /// What comes of a command, without doing it. Commands of somebody who is not logged in come to nothing.
    pub fn decide(&self, id: SessionId, command: Command, now: Now) -> Decision {
        let Some((user_id, user)) = self.view.user_of(id) else { return Decision::new(&self.view, now.wall) };
        let (view, limits) = (&self.view, &self.limits);
        let caller = Requester { view, limits, session: id, id: user_id, user, now };
        caller.decide(command).unwrap_or_else(|refusal| caller.answer(Event::Refused(refusal)))
    }

    /// Takes somebody who has just logged in into the lobby, which is opened if nobody ever was there.
    pub fn decide_lobby(&self, id: SessionId, lobby: &RoomName, now: Now) -> Decision {
        let Some((user_id, user)) = self.view.user_of(id) else { return Decision::new(&self.view, now.wall) };
        let (view, limits) = (&self.view, &self.limits);
        Requester { view, limits, session: id, id: user_id, user, now }.enter_lobby(lobby)
    }

    pub(super) fn decide_refusal(&self, id: SessionId, refusal: Refusal) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        if self.is_logged_in(id) {
            let is_operator = self.view.is_operator(id);
            decision.refuse(id, if is_operator { refusal } else { server_operators::as_others_hear(refusal) });
        }
        decision
    }
}

impl Requester<'_> {
    fn decide(self, command: Command) -> Result<Decision, Refusal> {
        match command {
            Command::ListUsers => Ok(self.answer(Event::Users(self.view.people.names()))),
            Command::ListRooms => Ok(self.list_rooms()),
            Command::ListStats => self.list_stats(),
            Command::ListMembers(room) => self.list_members(room),
            Command::SendMessage { to, text } => self.send_message(&to, &text),
            Command::CreateRoom { room, with } => self.create_room(&room, with.as_ref()),
            Command::JoinRoom(room) => self.join_room(room),
            Command::LeaveRoom(room) => self.leave_room(room, None),
            Command::SendRoom { room, text, form } => self.send_room(room, text, form),
            Command::Topic { room, topic: None } => self.topic(room),
            Command::Topic { room, topic: Some(topic) } => self.set_topic(room, topic),
            Command::Invite { room, users } => self.invite(room, &users),
            Command::Kick { room, user, reason } => self.kick(room, &user, reason),
            Command::Ban { room, user } => self.ban(room, user),
            Command::Unban { room, user } => self.unban(room, &user),
            Command::GiveRoom { room, user } => self.give_room(room, &user),
            Command::ShowRoom(room) => self.show_room(room),
            Command::SetRoom { room, private } => self.set_room(room, private),
            Command::SetInvitations { ask } => Ok(self.set_invitations(ask)),
            Command::SendFile(request) => self.send_file(request),
            Command::RemoveFile(id) => {
                let mut decision = self.decision();
                decision.say(Output::RemoveFile(self.session, id));
                Ok(decision)
            }
            Command::History { room, range, most } => self.history(room, range, most),
            Command::Search { within, words, options } => self.search(within, words, options),
            Command::Resume { room, after } => self.resume(room, after),
            Command::MessageHistory { with, range, most } => self.message_history(with, range, most),
            Command::ResumeMessages { with, after } => self.resume_messages(with, after),
            Command::Rename(name) => self.rename(&name),
            Command::SetEncoding(charset) => {
                let mut decision = self.decision();
                decision.say(Output::SetCharset(self.session, charset));
                decision.tell(self.session, Event::EncodingSet(charset));
                Ok(decision)
            }
            Command::SetNumbers(on) => {
                let mut decision = self.decision();
                decision.set_numbers(self.session, on);
                decision.tell(self.session, Event::NumbersSet(on.then_some(self.view.epoch)));
                Ok(decision)
            }
            Command::Register(password) => self.register(password),
            Command::SetPassword { old, new } => self.set_password(old, new),
            Command::Unregister(password) => self.unregister(password),
            Command::Token => {
                let mut decision = self.decision();
                decision.say(Output::MakeToken(self.session));
                Ok(decision)
            }
            Command::Ping(token) => Ok(self.answer(Event::Pong(token))),
            Command::Help(topic) => self.help(topic),
            Command::Quit => Ok(self.quit()),
            Command::Operate(operation) => self.operate(operation),
        }
    }

    fn decision(self) -> Decision {
        Decision::new(self.view, self.now.wall)
    }

    fn answer(self, event: Event) -> Decision {
        let mut decision = self.decision();
        decision.tell(self.session, event);
        decision
    }

    /// What the caller can say, which is more for operators of the server.
    fn help(self, topic: Option<HelpTopic>) -> Result<Decision, Refusal> {
        let mut kinds = CommandKind::explained(topic);
        if self.is_operator() {
            kinds.extend(CommandKind::explained_to_operators(topic));
        }
        match topic.filter(|_| kinds.is_empty()) {
            Some(topic) => Err(server_operators::unknown(topic.as_str())),
            None => Ok(self.answer(Event::Help(kinds))),
        }
    }

    /// Whoever can connect from the machine itself can look into the process anyway; to others the command does not exist.
    fn list_stats(self) -> Result<Decision, Refusal> {
        let is_local = self.view.sessions.origin(self.session) == Some(SessionOrigin::Local);
        if !is_local && !self.is_operator() {
            return Err(server_operators::unknown(CommandKind::ListStats.keywords()));
        }
        let mut decision = self.decision();
        decision.say(Output::TellStats(self.session));
        Ok(decision)
    }
}
