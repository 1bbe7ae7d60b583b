//! Floor 3: the chat itself: who is here, which rooms there are, who hears what.
//!
//! Pure state. What is to be said comes back from each call as [`Outputs`], in order; time is an argument. The hub knows
//! no sockets, tasks, bytes or dialects, and it never waits.

mod outputs;
mod room;
mod session;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use outputs::{Audience, Output, Outputs};
pub use session::{Origin, SessionId};

use crate::protocol::charset::Charset;
use crate::protocol::command::{BadCommand, Command, CommandKind, HelpTopic, SendForm, Text, UserList};
use crate::protocol::event::{Departure, Event, Mark, RoomEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::Refusal;
use room::Room;
use session::{Session, Sessions};

/// The third refused name ends the connection.
const NAMES_REFUSED_AT_MOST: u8 = 3;

/// The moment of a call.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Since the server started; never goes back.
    pub monotonic: Duration,
    /// For people.
    pub wall: SystemTime,
}

/// What users may do at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Users that one message may be addressed to.
    pub max_recipients: usize,
    /// Rooms that one user may be in.
    pub max_rooms: usize,
    /// How long a connection may be without a name.
    pub login_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_recipients: 64, max_rooms: 100, login_timeout: Duration::from_secs(30) }
    }
}

/// The chat.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    sessions: Sessions,
    users: BTreeMap<UserName, SessionId>,
    rooms: BTreeMap<RoomName, Room>,
    /// Who is asked for a name until when, oldest first. All have the same time, so the order is that of arrival; who
    /// has logged in or gone is skipped when its turn comes, or swept out when most are such.
    awaiting_name: VecDeque<(Duration, SessionId)>,
    last_message: u64,
}

impl Hub {
    /// An empty chat.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            sessions: Sessions::default(),
            users: BTreeMap::new(),
            rooms: BTreeMap::new(),
            awaiting_name: VecDeque::new(),
            last_message: 0,
        }
    }

    /// Somebody has connected and is asked for a name.
    pub fn connect(&mut self, origin: Origin, now: Now) -> (SessionId, Outputs) {
        let id = self.sessions.insert(origin);
        if self.awaiting_name.len() >= 2 * self.sessions.slots() {
            self.sweep_awaiting_name();
        }
        self.awaiting_name.push_back((now.monotonic.saturating_add(self.limits.login_timeout), id));
        (id, Outputs::one(id, Event::NamePrompt))
    }

    /// Whether the session has a name, so that its next line is a command.
    #[must_use]
    pub fn is_logged_in(&self, id: SessionId) -> bool {
        matches!(self.sessions.get(id), Some(Session::Chatting(_)))
    }

    /// The first line of a session: a name, or why it was none.
    pub fn log_in(&mut self, id: SessionId, name: Result<UserName, Refusal>) -> Outputs {
        let name = match name.and_then(|name| self.unless_taken(name, id)) {
            Ok(name) => name,
            Err(refusal) => return self.refuse_name(id, refusal),
        };
        if !self.sessions.log_in(id, name.clone()) {
            return Outputs::default();
        }
        self.users.insert(name, id);
        Outputs::one(id, Event::Welcome)
    }

    /// A command of somebody who is logged in. Nobody else's commands do anything.
    pub fn carry_out(&mut self, id: SessionId, command: Command, now: Now) -> Outputs {
        if !self.is_logged_in(id) {
            return Outputs::default();
        }
        let done = match command {
            Command::ListUsers => Ok(Outputs::one(id, Event::Users(self.users.keys().cloned().collect()))),
            Command::ListRooms => Ok(Outputs::one(id, Event::Rooms(self.rooms.keys().cloned().collect()))),
            Command::ListStats => self.list_stats(id),
            Command::ListMembers(room) => self.list_members(id, room),
            Command::SendMessage { to, text } => self.send_message(id, &to, &text, now),
            Command::CreateRoom { room, with } => self.create_room(id, &room, with.as_ref(), now),
            Command::JoinRoom(room) => self.join_room(id, room, now),
            Command::LeaveRoom(room) => self.leave_room(id, room, now),
            Command::SendRoom { room, text, form } => self.send_room(id, room, text, form, now),
            Command::Rename(name) => self.rename(id, name, now),
            Command::SetEncoding(charset) => Ok(set_encoding(id, charset)),
            Command::Ping(token) => Ok(Outputs::one(id, Event::Pong(token))),
            Command::Help(topic) => Ok(Outputs::one(id, Event::Help(help(topic)))),
            Command::Quit => Ok(self.quit(id, now)),
        };
        done.unwrap_or_else(|refusal| Outputs::one(id, Event::Refused(refusal)))
    }

    /// A line of somebody who is logged in that is no command.
    pub fn refuse(&self, id: SessionId, refusal: Refusal) -> Outputs {
        if self.is_logged_in(id) { Outputs::one(id, Event::Refused(refusal)) } else { Outputs::default() }
    }

    /// The session ends: it leaves every room, in sorted order, and its name is free. Does nothing for one that is gone.
    pub fn depart(&mut self, id: SessionId, departure: Departure, now: Now) -> Outputs {
        let mut outputs = Outputs::default();
        let Some(Session::Chatting(user)) = self.sessions.remove(id) else {
            return outputs;
        };
        self.users.remove(&user.name);
        for name in &user.rooms {
            let event = RoomEvent::Left(user.name.clone(), departure);
            self.remove_member(name, id);
            self.tell_room(&mut outputs, name, event, now);
        }
        outputs
    }

    /// A session that left too much unread is told so and closed, and departs.
    pub fn depart_as_slow(&mut self, id: SessionId, now: Now) -> Outputs {
        let mut outputs = self.depart(id, Departure::SlowConsumer, now);
        outputs.close(id);
        outputs
    }

    /// Ends the sessions that have been asked for a name for too long. Call it now and then.
    pub fn expire(&mut self, now: Now) -> Outputs {
        let mut outputs = Outputs::default();
        while let Some((_, id)) = self.awaiting_name.pop_front_if(|(deadline, _)| *deadline <= now.monotonic) {
            if self.sessions.is_awaiting_name(id) {
                self.sessions.remove(id);
                outputs.tell(id, Event::Refused(Refusal::NoNameWithin(self.limits.login_timeout)));
                outputs.close(id);
            }
        }
        outputs
    }

    /// The server stops: everyone is told and closed. There are no room notices.
    pub fn shut_down(&mut self) -> Outputs {
        let mut outputs = Outputs::default();
        let everyone: Arc<Vec<SessionId>> = Arc::new(self.sessions.ids().collect());
        outputs.tell(&everyone, Event::ShuttingDown);
        for id in everyone.iter() {
            self.sessions.remove(*id);
            outputs.close(*id);
        }
        self.users.clear();
        self.rooms.clear();
        outputs
    }

    /// Connections that come and go in great numbers leave nothing behind until their time is up.
    fn sweep_awaiting_name(&mut self) {
        self.awaiting_name.retain(|(_, id)| self.sessions.is_awaiting_name(*id));
    }

    fn refuse_name(&mut self, id: SessionId, refusal: Refusal) -> Outputs {
        let mut outputs = Outputs::default();
        let Some(Session::AwaitingName { refused }) = self.sessions.get_mut(id) else {
            return outputs;
        };
        *refused += 1;
        let last = *refused == NAMES_REFUSED_AT_MOST;
        outputs.tell(id, Event::Refused(refusal));
        if last {
            self.sessions.remove(id);
            outputs.tell(id, Event::Refused(Refusal::ThreeNamesRefused));
            outputs.close(id);
        } else {
            outputs.tell(id, Event::NamePrompt);
        }
        outputs
    }

    /// A name may be taken again by who has it, in another spelling.
    fn unless_taken(&self, name: UserName, by: SessionId) -> Result<UserName, Refusal> {
        match self.users.get_key_value(&name) {
            Some((holder, id)) if *id != by => Err(Refusal::NameTaken(holder.clone())),
            _ => Ok(name),
        }
    }

    fn list_members(&self, id: SessionId, room: RoomName) -> Result<Outputs, Refusal> {
        let room = self.room(room)?;
        let mut users: Vec<UserName> = room.members().iter().map(|member| self.name_of(*member)).collect();
        users.sort();
        Ok(Outputs::one(id, Event::Members { room: room.name().clone(), users }))
    }

    /// Whoever can connect from the machine itself can look into the process anyway; to others the command does not exist.
    fn list_stats(&self, id: SessionId) -> Result<Outputs, Refusal> {
        match self.sessions.origin(id) {
            Origin::Local => Ok(Outputs::stats(id)),
            Origin::Remote => {
                let line = CommandKind::ListStats.keywords().to_owned();
                Err(BadCommand::Unknown { line, suggestion: None }.into())
            }
        }
    }

    fn send_message(&mut self, id: SessionId, to: &UserList, text: &Text, now: Now) -> Result<Outputs, Refusal> {
        if to.as_slice().len() > self.limits.max_recipients {
            return Err(Refusal::TooManyRecipients(self.limits.max_recipients));
        }
        let mark = self.mark(now);
        let mut outputs = Outputs::default();
        for user in to.as_slice() {
            match self.users.get(user) {
                Some(recipient) => {
                    outputs.tell(*recipient, Event::Message { from: self.name_of(id), text: text.clone(), mark });
                }
                None => outputs.tell(id, Event::Refused(Refusal::NoSuchUser(user.clone()))),
            }
        }
        Ok(outputs)
    }

    fn create_room(
        &mut self,
        id: SessionId,
        room: &RoomName,
        with: Option<&UserList>,
        now: Now,
    ) -> Result<Outputs, Refusal> {
        self.check_room_for_one_more(id)?;
        if let Some(existing) = self.rooms.get(room) {
            return Err(Refusal::RoomExists(existing.name().clone()));
        }
        let mut others = Vec::new();
        let mut refusals = Outputs::default();
        for user in with.map_or(&[][..], UserList::as_slice) {
            match self.invited(user) {
                Ok(member) if member == id => {}
                Ok(member) => others.push(member),
                Err(refusal) => refusals.tell(id, Event::Refused(refusal)),
            }
        }
        if !refusals.is_empty() {
            return Ok(refusals);
        }
        let with = others.iter().map(|member| self.name_of(*member)).collect();
        self.rooms.insert(room.clone(), Room::new(room.clone()));
        self.add_member(room, id);
        others.into_iter().for_each(|member| self.add_member(room, member));
        let mut outputs = Outputs::default();
        self.tell_room(&mut outputs, room, RoomEvent::Created { by: self.name_of(id), with }, now);
        Ok(outputs)
    }

    /// The session of a user who can be put into one more room.
    fn invited(&self, user: &UserName) -> Result<SessionId, Refusal> {
        let id = *self.users.get(user).ok_or_else(|| Refusal::NoSuchUser(user.clone()))?;
        match self.check_room_for_one_more(id) {
            Ok(()) => Ok(id),
            Err(_) => Err(Refusal::UserInTooManyRooms(self.name_of(id), self.limits.max_rooms)),
        }
    }

    fn join_room(&mut self, id: SessionId, room: RoomName, now: Now) -> Result<Outputs, Refusal> {
        self.check_room_for_one_more(id)?;
        let room = self.room(room)?.name().clone();
        if self.is_member(id, &room) {
            return Err(Refusal::AlreadyAMember(room));
        }
        self.add_member(&room, id);
        let mut outputs = Outputs::default();
        self.tell_room(&mut outputs, &room, RoomEvent::Joined(self.name_of(id)), now);
        Ok(outputs)
    }

    fn leave_room(&mut self, id: SessionId, room: RoomName, now: Now) -> Result<Outputs, Refusal> {
        let room = self.room_of(id, room)?;
        let mut outputs = Outputs::default();
        self.tell_room(&mut outputs, &room, RoomEvent::Left(self.name_of(id), Departure::LeftRoom), now);
        self.sessions.user_mut(id).rooms.remove(&room);
        self.remove_member(&room, id);
        Ok(outputs)
    }

    fn send_room(
        &mut self,
        id: SessionId,
        room: RoomName,
        text: Text,
        form: SendForm,
        now: Now,
    ) -> Result<Outputs, Refusal> {
        let room = self.room_of(id, room).map_err(|refusal| match refusal {
            Refusal::NoSuchRoom { room, .. } if form == SendForm::Short => {
                let suggestion = CommandKind::meant_by_room(room.key());
                Refusal::NoSuchRoom { room, suggestion }
            }
            other => other,
        })?;
        let mut outputs = Outputs::default();
        self.tell_room(&mut outputs, &room, RoomEvent::Said { from: self.name_of(id), text }, now);
        Ok(outputs)
    }

    fn rename(&mut self, id: SessionId, name: UserName, now: Now) -> Result<Outputs, Refusal> {
        let to = self.unless_taken(name, id)?;
        let from = std::mem::replace(&mut self.sessions.user_mut(id).name, to.clone());
        // Removed first: the two may be one name in two spellings.
        self.users.remove(&from);
        self.users.insert(to.clone(), id);
        let mut outputs = Outputs::one(id, Event::Renamed(to.clone()));
        for room in self.sessions.user_mut(id).rooms.clone() {
            self.tell_room(&mut outputs, &room, RoomEvent::Renamed { from: from.clone(), to: to.clone() }, now);
        }
        Ok(outputs)
    }

    fn quit(&mut self, id: SessionId, now: Now) -> Outputs {
        let mut outputs = Outputs::one(id, Event::Bye);
        outputs.append(self.depart(id, Departure::Quit, now));
        outputs.close(id);
        outputs
    }

    fn room(&self, name: RoomName) -> Result<&Room, Refusal> {
        self.rooms.get(&name).ok_or(Refusal::NoSuchRoom { room: name, suggestion: None })
    }

    /// The room of this name, as it is spelled, if the session is in it.
    fn room_of(&self, id: SessionId, name: RoomName) -> Result<RoomName, Refusal> {
        let room = self.room(name)?.name().clone();
        if self.is_member(id, &room) { Ok(room) } else { Err(Refusal::NotAMember(room)) }
    }

    fn is_member(&self, id: SessionId, room: &RoomName) -> bool {
        self.sessions.user(id).rooms.contains(room)
    }

    fn check_room_for_one_more(&self, id: SessionId) -> Result<(), Refusal> {
        if self.sessions.user(id).rooms.len() < self.limits.max_rooms {
            Ok(())
        } else {
            Err(Refusal::TooManyRooms(self.limits.max_rooms))
        }
    }

    fn add_member(&mut self, room: &RoomName, id: SessionId) {
        if let Some(entered) = self.rooms.get_mut(room) {
            entered.add(id);
            self.sessions.user_mut(id).rooms.insert(room.clone());
        }
    }

    /// A room without members is gone.
    fn remove_member(&mut self, room: &RoomName, id: SessionId) {
        if let Some(left) = self.rooms.get_mut(room) {
            left.remove(id);
            if left.members().is_empty() {
                self.rooms.remove(room);
            }
        }
    }

    /// Says it to every member and counts it; a room that is gone has nobody to hear it.
    fn tell_room(&mut self, outputs: &mut Outputs, room: &RoomName, what: RoomEvent, now: Now) {
        let mark = self.mark(now);
        if let Some(room) = self.rooms.get_mut(room) {
            let sequence = room.next_sequence();
            outputs.tell(room.members(), Event::InRoom { room: room.name().clone(), sequence, what, mark });
        }
    }

    fn mark(&mut self, now: Now) -> Mark {
        self.last_message += 1;
        Mark { id: self.last_message, at: now.wall }
    }

    fn name_of(&self, id: SessionId) -> UserName {
        self.sessions.user(id).name.clone()
    }
}

fn set_encoding(id: SessionId, charset: Charset) -> Outputs {
    let mut outputs = Outputs::default();
    outputs.set_charset(id, charset);
    outputs.tell(id, Event::EncodingSet(charset));
    outputs
}

fn help(topic: Option<HelpTopic>) -> Vec<CommandKind> {
    topic.map_or_else(|| CommandKind::ALL.to_vec(), |topic| topic.kinds().collect())
}

#[cfg(test)]
mod tests;
