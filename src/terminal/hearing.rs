//! What a line of the server changes: who is where, which window shows it, and what is sent in answer.

use super::heard::{Happened, Heard};
use super::now::Now;
use super::pings::Purpose;
use super::slash::Place;
use super::text::{key, mentions, shown};
use super::user::{Link, User};
use super::window::LineKind;

/// What followed from a line.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// It was the answer to something that nobody typed.
    pub(super) hidden: bool,
    /// It was the pong to this ping of ours.
    pub(super) pong: Option<Purpose>,
    /// These lines are to be sent; nobody typed them.
    pub(super) send: Vec<String>,
    /// What it means for the connection.
    pub(super) turn: Option<Turn>,
}

/// A turn that a line brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The name is accepted.
    Welcomed,
    /// It is not.
    NameRefused,
    /// The server has said good-bye.
    Bye,
}

impl User {
    /// Takes a line; `watched` says whether this user's windows are on the screen.
    pub(super) fn hear(&mut self, line: &str, watched: bool, now: Now) -> Hearing {
        let heard = Heard::new(line);
        match self.link {
            Link::LoggingIn => self.hear_at_login(line, &heard, now),
            Link::Online => self.hear_online(line, &heard, watched, now),
            Link::Nameless | Link::Connecting | Link::Lost { .. } | Link::Leaving | Link::Gone => Hearing::default(),
        }
    }

    fn hear_at_login(&mut self, line: &str, heard: &Heard<'_>, now: Now) -> Hearing {
        let kind = if matches!(heard, Heard::Refused { .. }) { LineKind::Refusal } else { LineKind::Answer };
        self.windows[0].push(now.clock, kind, shown(line));
        let mut hearing = Hearing { hidden: true, ..Hearing::default() };
        match heard {
            Heard::Prompt => hearing.send.push(self.name.clone()),
            Heard::Refused { .. } => hearing.turn = Some(Turn::NameRefused),
            Heard::Welcome => {
                hearing.turn = Some(Turn::Welcomed);
                hearing.send = self.welcomed(now);
            }
            _ => {}
        }
        hearing
    }

    /// Enters its rooms again, and looks around.
    fn welcomed(&mut self, now: Now) -> Vec<String> {
        self.online(now);
        let rooms: Vec<String> = self.rooms().filter_map(|window| room_of(&window.place)).collect();
        self.rejoining = rooms.iter().map(|room| key(room)).collect();
        let mut lines: Vec<String> = rooms.iter().map(|room| format!("join room {room}")).collect();
        lines.extend(self.questions(["list users".to_owned(), "list rooms".to_owned()]));
        lines
    }

    fn hear_online(&mut self, line: &str, heard: &Heard<'_>, watched: bool, now: Now) -> Hearing {
        heard.people().into_iter().for_each(|name| self.knows_user(name));
        let mut hearing = Hearing::default();
        match heard {
            Heard::Pong(token) => {
                hearing.pong = self.pong(token, now);
                match hearing.pong {
                    Some(Purpose::QuestionsBegin) => self.answers_are_ours = true,
                    Some(Purpose::QuestionsEnd) => self.answers_are_ours = false,
                    Some(Purpose::Lag { .. } | Purpose::Fence) => {}
                    None => self.show(LineKind::Answer, line, now),
                }
                hearing.hidden = hearing.pong.is_some();
            }
            Heard::Message { from, text } => self.message(from, text, line, watched, now),
            Heard::Said { room, from, text } => self.said(room, from, text, watched, now),
            Heard::Happened { room, what, text } => hearing.send = self.happened(room, what, text, watched, now),
            Heard::Refused { code, detail } => {
                hearing.hidden = self.answers_are_ours;
                if let Some(line) = self.rejoin_refused(code, detail) {
                    hearing.hidden = true;
                    hearing.send.push(line);
                } else if !hearing.hidden {
                    self.show(LineKind::Refusal, line, now);
                }
            }
            answer => {
                self.learn(answer);
                hearing.turn = matches!(answer, Heard::Bye).then_some(Turn::Bye);
                hearing.hidden = self.answers_are_ours;
                if !hearing.hidden {
                    self.show(LineKind::Answer, line, now);
                }
            }
        }
        hearing
    }

    fn learn(&mut self, answer: &Heard<'_>) {
        match answer {
            Heard::Rooms(rooms) => rooms.iter().for_each(|room| self.knows_room(room)),
            Heard::Members { room, users } => {
                self.knows_room(room);
                if let Some(window) = self.find(&Place::Room((*room).to_owned())) {
                    users.iter().for_each(|user| self.windows[window].add_member(user));
                }
            }
            Heard::Renamed(name) => (*name).clone_into(&mut self.name),
            Heard::EncodingSet(charset) => (*charset).clone_into(&mut self.encoding),
            _ => {}
        }
    }

    fn message(&mut self, from: &str, text: &str, line: &str, watched: bool, now: Now) {
        let index = self.open(Place::Person(from.to_owned()));
        let own = self.is(from);
        let kind = LineKind::Said { from: shown(from), own, mention: mentions(text, &self.name) };
        let text = if index == 0 { line } else { text };
        self.push(index, kind, text, Some(!own), watched, now);
    }

    fn said(&mut self, room: &str, from: &str, text: &str, watched: bool, now: Now) {
        let index = self.open(Place::Room(room.to_owned()));
        let own = self.is(from);
        let mention = !own && mentions(text, &self.name);
        let kind = LineKind::Said { from: shown(from), own, mention };
        self.push(index, kind, text, (!own).then_some(mention), watched, now);
    }

    /// Shows a line in a window. `news`: it is worth knowing of, and whether it is for this user in particular.
    fn push(&mut self, index: usize, kind: LineKind, text: &str, news: Option<bool>, watched: bool, now: Now) {
        let seen = watched && index == self.current && self.windows[index].scrolled.is_none();
        let window = &mut self.windows[index];
        if let Some(mentioned) = news
            && !seen
        {
            window.is_unread(mentioned);
        }
        window.push(now.clock, kind, shown(text));
    }

    fn happened(&mut self, room: &str, what: &Happened<'_>, text: &str, watched: bool, now: Now) -> Vec<String> {
        self.knows_room(room);
        let place = Place::Room(room.to_owned());
        let mut questions = Vec::new();
        if let Happened::Left(user) = what
            && self.is(user)
        {
            self.left(&place, room, text, watched, now);
            return questions;
        }
        let own = key(&self.name);
        let index = self.open(place);
        let window = &mut self.windows[index];
        let mut news = None;
        match what {
            Happened::Created { by, with } => {
                window.members.clear();
                with.iter().chain([by]).for_each(|user| window.add_member(user));
                news = (key(by) != own).then_some(true);
            }
            Happened::Joined(user) => {
                if key(user) == own {
                    window.members.clear();
                }
                window.add_member(user);
                if key(user) == own {
                    questions = self.questions([format!("list members {room}")]);
                }
            }
            Happened::Left(user) => window.remove_member(user),
            Happened::Renamed { from, to } => {
                window.remove_member(from);
                window.add_member(to);
                self.renamed(from, to);
            }
            Happened::Other => {}
        }
        self.push(index, LineKind::Notice, text, news, watched, now);
        self.entered(room, index);
        questions
    }

    /// Goes to the window of a room that was asked for here.
    fn entered(&mut self, room: &str, index: usize) {
        self.rejoining.remove(&key(room));
        if self.wants.as_deref() == Some(&key(room)) {
            self.wants = None;
            self.switch(index);
        }
    }

    /// A room that was left is looked at no more. What is being written in its window is kept.
    fn left(&mut self, place: &Place, room: &str, text: &str, watched: bool, now: Now) {
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
        self.push(0, LineKind::Notice, &format!("{room}: {text}"), None, watched, now);
    }

    fn renamed(&mut self, from: &str, to: &str) {
        if let Some(index) = self.find(&Place::Person(from.to_owned()))
            && self.find(&Place::Person(to.to_owned())).is_none()
        {
            self.windows[index].place = Place::Person(to.to_owned());
        }
    }

    /// What to do when a room that is to be entered again is not there any more, or is there again.
    fn rejoin_refused(&mut self, code: &str, detail: &str) -> Option<String> {
        let room = detail.split(';').next().unwrap_or(detail);
        if !self.rejoining.contains(&key(room)) {
            return None;
        }
        match code {
            "no-such-room" => Some(format!("create room {room}")),
            "room-exists" => Some(format!("join room {room}")),
            _ => None,
        }
    }
}

/// The room of a window, if it is a room's.
pub(super) fn room_of(place: &Place) -> Option<String> {
    match place {
        Place::Room(room) => Some(room.clone()),
        Place::Server | Place::Person(_) => None,
    }
}
