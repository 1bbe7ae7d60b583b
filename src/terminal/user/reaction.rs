//! The reaction to a line of the server: who is where, which window shows the line, and what is sent in answer.

use super::{LinkState, LocalUser};
use crate::protocol::command::{BAD_NAME, UNKNOWN_COMMAND};
use crate::protocol::dialect::{Dialect, RoomLine, ServerLine};
use crate::protocol::refusal::{
    BAD_NUMBER, NAME_TAKEN, NO_SUCH_ROOM, NO_SUCH_USER, ROOM_EXISTS, WRONG_PASSWORD, WRONG_TOKEN,
};
use crate::terminal::now::TerminalTime;
use crate::terminal::pings::PingPurpose;
use crate::terminal::text::{key, mentions, shown};
use crate::terminal::window::{LineKind, Place};

/// What to do instead, where somebody talked to the server.
const ONLY_COMMANDS: &str = "nobody reads this window; /join ROOM or /query USER opens one to talk in";

/// What follows from a line.
#[derive(Debug, Default)]
pub(in crate::terminal) struct Reaction {
    /// The line answers a question that nobody typed.
    pub(in crate::terminal) is_hidden: bool,
    /// The line is the pong to a ping that nobody typed: its purpose.
    pub(in crate::terminal) pong: Option<PingPurpose>,
    /// Lines to send that nobody typed.
    pub(in crate::terminal) send: Vec<String>,
    /// The line is addressed to the user, who does not see it now.
    pub(in crate::terminal) rings: bool,
    /// What the line means for the connection.
    pub(in crate::terminal) turn: Option<StateChange>,
}

impl Reaction {
    /// What follows from a further line as well.
    pub(super) fn add(&mut self, other: Self) {
        self.send.extend(other.send);
        self.rings |= other.rings;
        self.turn = self.turn.or(other.turn);
    }
}

/// A line that changes the state of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::terminal) enum StateChange {
    /// The name is accepted.
    Welcomed,
    /// The name is refused.
    NameRefused,
    /// The server has said good-bye.
    Bye,
}

impl LocalUser {
    /// Reacts to a line. `is_watched`: this user's windows are on the screen.
    pub(in crate::terminal) fn on_line(&mut self, line: &str, is_watched: bool, now: TerminalTime) -> Reaction {
        let said = Dialect::default().read(line);
        match self.connection {
            LinkState::LoggingIn => self.on_login_line(line, &said, now),
            LinkState::Online => self.on_chat_line(line, &said, is_watched, now),
            LinkState::Nameless
            | LinkState::Connecting
            | LinkState::Lost { .. }
            | LinkState::Leaving
            | LinkState::Gone => Reaction::default(),
        }
    }

    fn on_login_line(&mut self, line: &str, said: &ServerLine<'_>, now: TerminalTime) -> Reaction {
        let kind = if matches!(said, ServerLine::Refused { .. }) { LineKind::Refusal } else { LineKind::Answer };
        let mut reaction = Reaction { is_hidden: true, ..Reaction::default() };
        self.is_prompted |= !matches!(said, ServerLine::Unknown);
        if matches!(said, ServerLine::Refused { code: WRONG_TOKEN, .. }) {
            // The server has forgotten the lost connection; it asks for the name next.
            self.token = None;
            return reaction;
        }
        self.windows[0].push(now.clock, kind, shown(line));
        match said {
            ServerLine::NamePrompt => {
                self.password_wanted = false;
                reaction.send.push(self.name_or_token());
            }
            ServerLine::PasswordPrompt => match &self.password {
                Some(password) => reaction.send.push(password.reveal().to_owned()),
                None => self.password_wanted = true,
            },
            ServerLine::Refused { code: WRONG_PASSWORD, .. } => self.password = None,
            ServerLine::Refused { code: NAME_TAKEN | BAD_NAME, .. } => reaction.turn = Some(StateChange::NameRefused),
            ServerLine::Welcome => {
                reaction.turn = Some(StateChange::Welcomed);
                reaction.send = self.welcomed(now);
            }
            _ => {}
        }
        reaction
    }

    /// Enters the rooms again, and asks who is here and which rooms there are.
    fn welcomed(&mut self, now: TerminalTime) -> Vec<String> {
        self.go_online(now);
        if self.begins_to_return() {
            return self.ask(Self::questions_at_login());
        }
        let rooms: Vec<String> = self.rooms().map(|(room, _)| room.to_owned()).collect();
        self.rejoining = rooms.iter().map(|room| key(room)).collect();
        let mut lines: Vec<String> = rooms.iter().map(|room| format!("join room {room}")).collect();
        lines.extend(self.ask(Self::questions_at_login()));
        lines
    }

    fn on_chat_line(&mut self, line: &str, said: &ServerLine<'_>, is_watched: bool, now: TerminalTime) -> Reaction {
        said.people().into_iter().for_each(|name| self.known_users.add(name));
        let mut reaction = Reaction::default();
        if self.ignores(said) {
            if let ServerLine::InRoom { room, what: RoomLine::Created { .. }, .. } = said {
                reaction.send.push(format!("leave room {room}"));
            }
            return reaction;
        }
        if let ServerLine::InRoom { room, .. } = said
            && let Some(shown) = self.hold(room, line)
        {
            shown.iter().for_each(|line| reaction.add(self.on_line(line, is_watched, now)));
            return reaction;
        }
        match said {
            ServerLine::Pong(token) => reaction = self.on_pong_line(line, token.unwrap_or_default(), now),
            ServerLine::Message { number: _, from, text } => {
                let line = Dialect::default().unnumbered(line);
                reaction.rings = self.message(from, text, line, is_watched, now);
            }
            // What was written while the user was away.
            ServerLine::PastMessage { number: _, at, from, text } if !self.answers_are_ours => {
                let line = format!("{from}: {text}");
                reaction.rings = self.message(from, text, &line, is_watched, now.at(at));
            }
            ServerLine::Invitation { by, room } => {
                self.known_rooms.add(room);
                self.show(LineKind::Answer, &format!("{by} invites you to {room}; /join {room} enters it"), now);
                reaction.rings = true;
            }
            ServerLine::Past { .. } | ServerLine::History { .. } | ServerLine::Resumed { .. }
                if self.answers_are_ours =>
            {
                reaction.is_hidden = true;
                let shown = self.on_past(said, now);
                shown.iter().for_each(|line| reaction.add(self.on_line(line, is_watched, now)));
            }
            ServerLine::InRoom { number, room, what: RoomLine::Said { from }, text } => {
                self.note_number(room, *number);
                reaction.rings = self.said(room, from, text, is_watched, now);
            }
            ServerLine::InRoom { number, room, what, text } => {
                self.note_number(room, *number);
                (reaction.send, reaction.rings) = self.on_event(room, what, text, is_watched, now);
            }
            ServerLine::Refused { code, detail } => {
                reaction = self.on_refusal(line, (code, detail), is_watched, now);
            }
            answer => reaction = self.on_answer(line, answer, now),
        }
        reaction
    }

    fn on_pong_line(&mut self, line: &str, token: &str, now: TerminalTime) -> Reaction {
        let mut reaction = Reaction { pong: self.on_pong(token, now), ..Reaction::default() };
        match reaction.pong {
            Some(PingPurpose::QuestionsBegin) => self.answers_are_ours = true,
            Some(PingPurpose::QuestionsEnd) => {
                self.answers_are_ours = false;
                self.end_greeting(now);
                reaction.add(self.after_questions(now));
            }
            Some(PingPurpose::InquiryEnd) => {
                self.answers_are_ours = false;
                self.tell_inquiry(now);
            }
            Some(PingPurpose::Lag { .. } | PingPurpose::Fence | PingPurpose::File) => {}
            None => self.show(LineKind::Answer, line, now),
        }
        reaction.is_hidden = reaction.pong.is_some();
        reaction
    }

    fn on_refusal(
        &mut self,
        line: &str,
        (code, detail): (&str, &str),
        is_watched: bool,
        now: TerminalTime,
    ) -> Reaction {
        let mut reaction = Reaction { is_hidden: self.answers_are_ours, ..Reaction::default() };
        if reaction.is_hidden {
            let shown = self.past_refused(detail);
            shown.iter().for_each(|line| reaction.add(self.on_line(line, is_watched, now)));
        }
        if let Some(line) = self.rejoin_refused(code, detail) {
            reaction.is_hidden = true;
            reaction.send.push(line);
        } else if !reaction.is_hidden {
            self.show(LineKind::Refusal, line, now);
            match code {
                NO_SUCH_USER => self.note_missing(detail, now),
                UNKNOWN_COMMAND if self.window().place == Place::Server => {
                    self.show(LineKind::Local, ONLY_COMMANDS, now);
                }
                _ => {}
            }
        }
        reaction
    }

    fn on_answer(&mut self, line: &str, answer: &ServerLine<'_>, now: TerminalTime) -> Reaction {
        self.learn(answer);
        if !self.answers_are_ours {
            self.show(LineKind::Answer, line, now);
        } else if self.is_greeting {
            self.greet_with(answer, now);
        }
        let turn = matches!(answer, ServerLine::Bye).then_some(StateChange::Bye);
        Reaction { turn, is_hidden: self.answers_are_ours, ..Reaction::default() }
    }

    /// Whether somebody wrote or did this whom the user ignores.
    fn ignores(&self, said: &ServerLine<'_>) -> bool {
        match said {
            ServerLine::Message { from, .. }
            | ServerLine::Invitation { by: from, .. }
            | ServerLine::InRoom { what: RoomLine::Said { from } | RoomLine::Created { by: from, .. }, .. } => {
                self.ignored.contains(from)
            }
            _ => false,
        }
    }

    /// Tells after the first login who is here and which rooms there are.
    fn greet_with(&mut self, answer: &ServerLine<'_>, now: TerminalTime) {
        match answer {
            ServerLine::Users(users) => self.show(LineKind::Local, &format!("here: {}", users.names.join(", ")), now),
            ServerLine::Rooms(rooms) if rooms.total == 0 => self.show(LineKind::Local, "there are no rooms yet", now),
            ServerLine::Rooms(rooms) => self.show(LineKind::Local, &format!("rooms: {}", rooms.names.join(", ")), now),
            _ => {}
        }
    }

    fn end_greeting(&mut self, now: TerminalTime) {
        if std::mem::take(&mut self.is_greeting) {
            self.show(LineKind::Local, "/join ROOM joins a room, /create ROOM creates one; /msg USER TEXT; /help", now);
        }
    }

    /// A line of a room has come, with its number if the server numbers them.
    fn note_number(&mut self, room: &str, number: Option<u64>) {
        let Some(number) = number else { return };
        let index = self.open(Place::Room(room.to_owned()));
        if index > 0 {
            self.windows[index].numbers.note(number);
        }
    }

    fn learn(&mut self, answer: &ServerLine<'_>) {
        match answer {
            ServerLine::NumbersSet(epoch) if self.answers_are_ours => self.note_epoch(*epoch),
            ServerLine::Token(token) if self.answers_are_ours => self.token = Some((*token).to_owned()),
            ServerLine::Users(users) if self.answers_are_ours => self.note_here(users),
            ServerLine::Rooms(rooms) => rooms.names.iter().for_each(|room| self.known_rooms.add(room)),
            ServerLine::Members { room, users } => {
                self.known_rooms.add(room);
                if let Some(window) = self.find(&Place::Room((*room).to_owned())) {
                    users.names.iter().for_each(|user| self.windows[window].members.add(user));
                }
            }
            ServerLine::Renamed(name) => (*name).clone_into(&mut self.name),
            ServerLine::EncodingSet(charset) => (*charset).clone_into(&mut self.encoding),
            _ => {}
        }
    }

    fn message(&mut self, from: &str, text: &str, line: &str, is_watched: bool, now: TerminalTime) -> bool {
        let index = self.open(Place::Person(from.to_owned()));
        let own = self.is(from);
        let kind = LineKind::Said { from: shown(from), own, mention: mentions(text, &self.name) };
        let text = if index == 0 { line } else { text };
        self.push(index, kind, text, Some(!own), is_watched, now)
    }

    fn said(&mut self, room: &str, from: &str, text: &str, is_watched: bool, now: TerminalTime) -> bool {
        let index = self.open(Place::Room(room.to_owned()));
        let own = self.is(from);
        if own {
            self.windows[index].take_confirmed(&shown(text));
        }
        let mention = !own && mentions(text, &self.name);
        let kind = LineKind::Said { from: shown(from), own, mention };
        self.push(index, kind, text, (!own).then_some(mention), is_watched, now)
    }

    /// Shows a line in a window. `news`: `None` if the line is not counted as unread, else whether it is addressed to this
    /// user. Returns whether it is addressed to this user, who does not see it.
    fn push(
        &mut self,
        index: usize,
        kind: LineKind,
        text: &str,
        news: Option<bool>,
        is_watched: bool,
        now: TerminalTime,
    ) -> bool {
        let seen = is_watched && index == self.current && self.windows[index].scrolled.is_none();
        let window = &mut self.windows[index];
        if let Some(mentioned) = news
            && !seen
        {
            window.mark_unread(mentioned);
        }
        window.push(now.clock, kind, shown(text));
        !seen && news == Some(true)
    }

    fn on_event(
        &mut self,
        room: &str,
        what: &RoomLine<'_>,
        text: &str,
        is_watched: bool,
        now: TerminalTime,
    ) -> (Vec<String>, bool) {
        self.known_rooms.add(room);
        let place = Place::Room(room.to_owned());
        let mut questions = Vec::new();
        if let RoomLine::Left(user, _) | RoomLine::Removed { by: _, user } = what
            && self.is(user)
        {
            self.left(&place, room, text, is_watched, now);
            return (questions, false);
        }
        let own = key(&self.name);
        let index = self.open(place);
        let window = &mut self.windows[index];
        let mut news = None;
        match what {
            RoomLine::Created { by, with } => {
                window.members.clear();
                with.iter().chain([by]).for_each(|user| window.members.add(user));
                news = (key(by) != own).then_some(true);
            }
            RoomLine::Joined(user) => {
                if key(user) == own {
                    window.members.clear();
                }
                window.members.add(user);
                if key(user) == own {
                    questions = self.questions_in(room, index);
                }
            }
            RoomLine::Left(user, _) | RoomLine::Removed { by: _, user } => window.members.remove(user),
            RoomLine::Renamed { from, to } => {
                window.members.remove(from);
                window.members.add(to);
                self.renamed(from, to);
            }
            RoomLine::File { from, .. } => news = (key(from) != own).then_some(true),
            RoomLine::Said { .. } | RoomLine::Other => {}
        }
        let rings = self.push(index, LineKind::Notice, text, news, is_watched, now);
        self.entered(room, index);
        (questions, rings)
    }

    /// Shows the window of a room that was asked for here.
    fn entered(&mut self, room: &str, index: usize) {
        self.rejoining.remove(&key(room));
        if self.wants.as_deref() == Some(&key(room)) {
            self.wants = None;
            self.switch(index);
        }
    }

    /// Closes the window of a room that was left. The line being written in it is kept.
    fn left(&mut self, place: &Place, room: &str, text: &str, is_watched: bool, now: TerminalTime) {
        let Some(index) = self.find(place).filter(|index| *index > 0) else { return };
        let draft = self.windows[index].editor.clone();
        let was_current = index == self.current;
        self.close(index);
        if was_current {
            self.current = 0;
            self.window_mut().enter();
            if self.window().editor.text().is_empty() {
                self.window_mut().editor = draft;
            }
        }
        self.push(0, LineKind::Notice, &format!("{room}: {text}"), None, is_watched, now);
    }

    fn renamed(&mut self, from: &str, to: &str) {
        if let Some(index) = self.find(&Place::Person(from.to_owned()))
            && self.find(&Place::Person(to.to_owned())).is_none()
        {
            self.windows[index].place = Place::Person(to.to_owned());
        }
    }

    /// The answer to a refusal to enter a room again: the room is gone, or somebody else has opened it again.
    fn rejoin_refused(&mut self, code: &str, detail: &str) -> Option<String> {
        let room = detail.split([';', ' ']).next().unwrap_or(detail);
        if !self.rejoining.contains(&key(room)) {
            return None;
        }
        match code {
            NO_SUCH_ROOM => Some(format!("create room {room}")),
            // The server has lost lines that this user has seen, or the room was opened anew.
            BAD_NUMBER => Some(format!("join room {room}")),
            // Once: a private room exists, and is none that can be joined.
            ROOM_EXISTS => {
                self.rejoining.remove(&key(room));
                Some(format!("join room {room}"))
            }
            _ => None,
        }
    }
}
