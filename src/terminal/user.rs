//! One user of this terminal: its connection as far as it is known here, its windows, and whom it knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::now::Now;
use super::pings::{Pings, Purpose};
use super::slash::Place;
use super::text::{key, shown};
use super::window::{LineKind, Window};

/// Windows that a user has at most; what would open another one is shown in the server's.
const MAX_WINDOWS: usize = 200;

/// Names that are remembered for completion.
const MAX_KNOWN: usize = 10_000;

/// Typed lines that are remembered until they are known to have arrived; the oldest is forgotten first.
const MAX_UNCONFIRMED: usize = 100;

/// The pauses between attempts to connect; the last one repeats.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// Which user of this terminal, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub usize);

/// How a user's connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// Waiting for a name to be typed.
    Nameless,
    /// On the way to the server.
    Connecting,
    /// Connected, and the name not accepted yet.
    LoggingIn,
    /// Chatting.
    Online,
    /// Lost; tried again then.
    Lost { again_at: Duration },
    /// Has said good-bye; the server is about to close.
    Leaving,
    /// Left on purpose.
    Gone,
}

/// One user.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) link: Link,
    pub(super) windows: Vec<Window>,
    pub(super) current: usize,
    pub(super) encoding: String,
    /// In which every connection begins.
    first_encoding: String,
    /// Has been online under this name.
    pub(super) was_online: bool,
    /// The room whose window is wanted, because it was asked for here.
    pub(super) wants: Option<String>,
    /// Rooms to be entered again after a loss, by key.
    pub(super) rejoining: BTreeSet<String>,
    pub(super) pings: Pings,
    /// Typed lines of which it is not known that they have arrived.
    unconfirmed: VecDeque<String>,
    /// The answers that come are to our own questions.
    pub(super) answers_are_ours: bool,
    attempts: usize,
    known_users: BTreeMap<String, String>,
    known_rooms: BTreeMap<String, String>,
}

impl User {
    pub(super) fn new(name: Option<String>, encoding: &str) -> Self {
        let link = if name.is_some() { Link::Connecting } else { Link::Nameless };
        Self {
            name: name.unwrap_or_default(),
            link,
            windows: vec![Window::new(Place::Server)],
            current: 0,
            encoding: encoding.to_owned(),
            first_encoding: encoding.to_owned(),
            was_online: false,
            wants: None,
            rejoining: BTreeSet::new(),
            pings: Pings::default(),
            unconfirmed: VecDeque::new(),
            answers_are_ours: false,
            attempts: 0,
            known_users: BTreeMap::new(),
            known_rooms: BTreeMap::new(),
        }
    }

    pub(super) fn window(&self) -> &Window {
        &self.windows[self.current]
    }

    pub(super) fn window_mut(&mut self) -> &mut Window {
        &mut self.windows[self.current]
    }

    pub(super) fn is(&self, name: &str) -> bool {
        key(&self.name) == key(name)
    }

    /// What can be completed to: users (those of the current room first are not told apart), and rooms.
    pub(super) fn known(&self) -> (Vec<String>, Vec<String>) {
        let members = &self.window().members;
        let users: Vec<String> = match members.is_empty() {
            true => self.known_users.values().cloned().collect(),
            false => members.values().cloned().collect(),
        };
        (users, self.known_rooms.values().cloned().collect())
    }

    /// Everybody that has been heard of.
    pub(super) fn known_everywhere(&self) -> Vec<String> {
        self.known_users.values().cloned().collect()
    }

    pub(super) fn knows_user(&mut self, name: &str) {
        if self.known_users.len() < MAX_KNOWN {
            self.known_users.insert(key(name), name.to_owned());
        }
    }

    pub(super) fn knows_room(&mut self, name: &str) {
        if self.known_rooms.len() < MAX_KNOWN {
            self.known_rooms.insert(key(name), name.to_owned());
        }
    }

    // Windows

    /// The window of this place; it is opened if there is none. In a terminal full of windows, the server's.
    pub(super) fn open(&mut self, place: Place) -> usize {
        if let Some(found) = self.find(&place) {
            return found;
        }
        if self.windows.len() >= MAX_WINDOWS {
            return 0;
        }
        self.windows.push(Window::new(place));
        self.windows.len() - 1
    }

    pub(super) fn find(&self, place: &Place) -> Option<usize> {
        self.windows.iter().position(|window| match (&window.place, place) {
            (Place::Server, Place::Server) => true,
            (Place::Room(one), Place::Room(other)) | (Place::Person(one), Place::Person(other)) => {
                key(one) == key(other)
            }
            (Place::Server | Place::Room(_) | Place::Person(_), _) => false,
        })
    }

    /// Looks at another window.
    pub(super) fn switch(&mut self, to: usize) {
        if to < self.windows.len() && to != self.current {
            self.window_mut().leave();
            self.current = to;
            self.window_mut().enter();
        }
    }

    /// Closes a window; the server's stays.
    pub(super) fn close(&mut self, index: usize) {
        if index == 0 || index >= self.windows.len() {
            return;
        }
        self.windows.remove(index);
        if self.current >= index {
            self.current -= 1;
            self.window_mut().enter();
        }
    }

    /// Rooms that the user is in, as spelled.
    pub(super) fn rooms(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| matches!(window.place, Place::Room(_)))
    }

    /// Shows something in the window that is looked at.
    pub(super) fn show(&mut self, kind: LineKind, text: &str, now: Now) {
        self.window_mut().push(now.clock, kind, shown(text));
    }

    /// Lines that have come and were not looked at, in all windows, and whether one of them is for this user alone.
    pub(super) fn unread(&self) -> (usize, bool) {
        let counts = self.windows.iter().map(|window| (window.unread, window.mentioned));
        counts.fold((0, false), |(sum, any), (unread, mentioned)| (sum + unread, any || mentioned))
    }

    // The connection

    /// The connection is there; the server will ask for the name.
    pub(super) fn connected(&mut self) {
        self.link = Link::LoggingIn;
        self.encoding.clone_from(&self.first_encoding);
        self.pings = Pings::default();
        self.unconfirmed.clear();
        self.answers_are_ours = false;
    }

    /// The name is accepted.
    pub(super) fn online(&mut self, now: Now) {
        self.link = Link::Online;
        if self.was_online {
            self.show(LineKind::Local, "connected again", now);
        }
        self.was_online = true;
        self.attempts = 0;
    }

    /// There is no connection any more: when the next one is tried.
    pub(super) fn lost(&mut self, now: Now) -> Duration {
        let pause = Duration::from_secs(PAUSES[self.attempts.min(PAUSES.len() - 1)]);
        self.attempts += 1;
        self.link = Link::Lost { again_at: now.since_start + pause };
        self.pings = Pings::default();
        pause
    }

    /// Whether there is somebody to say good-bye to. Without, nothing is tried any more.
    pub(super) fn say_goodbye(&mut self) -> bool {
        match self.link {
            Link::Online => self.link = Link::Leaving,
            Link::Leaving => return false,
            Link::Nameless | Link::Connecting | Link::LoggingIn | Link::Lost { .. } | Link::Gone => {
                self.link = Link::Gone;
            }
        }
        self.link == Link::Leaving
    }

    /// A typed line is on its way: the ping after it, if none is under way.
    pub(super) fn typed(&mut self, line: &str, now: Now) -> Option<String> {
        if self.unconfirmed.len() == MAX_UNCONFIRMED {
            self.unconfirmed.pop_front();
        }
        self.unconfirmed.push_back(line.to_owned());
        self.pings.hurry();
        self.due_ping(now)
    }

    /// The ping that is due now, if one is. Its pong confirms every line before it.
    pub(super) fn due_ping(&mut self, now: Now) -> Option<String> {
        if self.link == Link::Online { self.pings.due(self.unconfirmed.len(), now) } else { None }
    }

    /// What the pong with this token was for, if the ping was ours.
    pub(super) fn pong(&mut self, token: &str, now: Now) -> Option<Purpose> {
        let purpose = self.pings.pong(token, now)?;
        if let Purpose::Lag { confirms } = purpose {
            self.unconfirmed.drain(..confirms.min(self.unconfirmed.len()));
            if !self.unconfirmed.is_empty() {
                self.pings.hurry();
            }
        }
        Some(purpose)
    }

    /// The typed lines of which it will never be known whether they have arrived.
    pub(super) fn take_unconfirmed(&mut self) -> VecDeque<String> {
        std::mem::take(&mut self.unconfirmed)
    }

    /// These questions as lines to send, so that their answers are told from those to what was typed.
    pub(super) fn questions(&mut self, questions: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut lines = vec![self.pings.ping(Purpose::QuestionsBegin)];
        lines.extend(questions);
        lines.push(self.pings.ping(Purpose::QuestionsEnd));
        lines
    }
}
