//! One user of this terminal: its connection as far as it is known here, its windows, and whom it knows.

mod past;
mod reaction;
mod unconfirmed;
mod whois;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::names::Names;
use super::now::TerminalTime;
use super::pings::{PingPurpose, Pings};
use super::text::{key, shown};
use super::window::{LineKind, Place, Window};
use crate::protocol::password::Password;

use past::ReplayedLine;
pub(super) use reaction::StateChange;
pub(super) use unconfirmed::as_typed;
use whois::Inquiry;

/// Windows that a user has. When it is full, what would open another window is shown in the server's window.
const MAX_WINDOWS: usize = 200;

/// The pauses between attempts to connect, in seconds. The last one repeats.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// How long a server may take to ask for the name.
const PROMPT_WITHIN: Duration = Duration::from_secs(10);

/// The number of a user of this terminal, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalUserId(pub usize);

/// The state of a user's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LinkState {
    /// Waiting for a name to be typed.
    Nameless,
    /// Being made.
    Connecting,
    /// There, but the server has not accepted the name yet.
    LoggingIn,
    /// Logged in.
    Online,
    /// Lost. It is made again at this time since the start.
    Lost { again_at: Duration },
    /// The good-bye is said, and the server is about to close.
    Leaving,
    /// Ended on purpose.
    Gone,
}

/// One user.
#[derive(Debug, Clone)]
pub(super) struct LocalUser {
    pub(super) name: String,
    pub(super) connection: LinkState,
    pub(super) windows: Vec<Window>,
    pub(super) current: usize,
    pub(super) encoding: String,
    /// The password of the account, once it was given: kept as long as the program runs, to come back with.
    password: Option<Password>,
    /// The server waits for the password.
    password_wanted: bool,
    /// The charset in which every connection begins.
    first_encoding: String,
    /// Whether the user has been online under this name.
    pub(super) was_online: bool,
    /// The key of the room that was asked for here: its window is shown as soon as the user is in it.
    wants: Option<String>,
    /// The keys of the rooms to enter again after a loss.
    rejoining: BTreeSet<String>,
    pub(super) pings: Pings,
    /// Typed lines that may not have arrived yet.
    unconfirmed: VecDeque<String>,
    /// Whether the answers that come are to questions that nobody typed.
    answers_are_ours: bool,
    /// What this user comes back with after a loss.
    token: Option<String>,
    /// Names the numbering of the server's lines.
    epoch: Option<String>,
    /// Whether this user has come back, and it is not known yet what can be resumed.
    is_returning: bool,
    /// Whether the numbers that the server gives are those from before a loss.
    is_same_epoch: bool,
    /// Lines of the past that have come, until it is said which they are.
    page: Vec<ReplayedLine>,
    /// Whether the first login has not been answered yet: its answers are a greeting.
    is_greeting: bool,
    /// Who is being asked about.
    inquiry: Option<Inquiry>,
    /// Users whose messages and rooms are not shown.
    pub(super) ignored: Names,
    /// Whether the server has asked for the name, and since when that is waited for.
    is_prompted: bool,
    waits_since: Option<Duration>,
    attempts: usize,
    known_users: Names,
    known_rooms: Names,
}

impl LocalUser {
    pub(super) fn new(name: Option<String>, encoding: &str) -> Self {
        let connection = if name.is_some() { LinkState::Connecting } else { LinkState::Nameless };
        Self {
            name: name.unwrap_or_default(),
            connection,
            windows: vec![Window::new(Place::Server, 1)],
            current: 0,
            encoding: encoding.to_owned(),
            password: None,
            password_wanted: false,
            first_encoding: encoding.to_owned(),
            was_online: false,
            wants: None,
            rejoining: BTreeSet::new(),
            pings: Pings::default(),
            unconfirmed: VecDeque::new(),
            answers_are_ours: false,
            token: None,
            epoch: None,
            is_returning: false,
            is_same_epoch: false,
            page: Vec::new(),
            is_greeting: true,
            inquiry: None,
            ignored: Names::default(),
            is_prompted: false,
            waits_since: None,
            attempts: 0,
            known_users: Names::default(),
            known_rooms: Names::default(),
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

    /// The users that Tab offers in a text: the members of the room, or without a room everybody.
    pub(super) fn users_here(&self) -> &Names {
        let members = &self.window().members;
        if members.is_empty() { &self.known_users } else { members }
    }

    /// Everybody that this user has heard of.
    pub(super) fn known_users(&self) -> &Names {
        &self.known_users
    }

    /// Every room that this user has heard of.
    pub(super) fn known_rooms(&self) -> &Names {
        &self.known_rooms
    }

    // Windows

    /// The index of this place's window, which is opened if there is none: under the first number that is free. With too
    /// many windows, that of the server's.
    pub(super) fn open(&mut self, place: Place) -> usize {
        if let Some(found) = self.find(&place) {
            return found;
        }
        if self.windows.len() >= MAX_WINDOWS {
            return 0;
        }
        let free = self.windows.iter().zip(1..).position(|(window, number)| window.number != number);
        let index = free.unwrap_or(self.windows.len());
        self.windows.insert(index, Window::new(place, index + 1));
        if index <= self.current {
            self.current += 1;
        }
        index
    }

    /// The index of the window with this number.
    pub(super) fn numbered(&self, number: usize) -> Option<usize> {
        self.windows.iter().position(|window| window.number == number)
    }

    pub(super) fn find(&self, place: &Place) -> Option<usize> {
        self.windows.iter().position(|window| window.place.is_same(place))
    }

    /// Shows another window.
    pub(super) fn switch(&mut self, to: usize) {
        if to < self.windows.len() && to != self.current {
            self.window_mut().leave();
            self.current = to;
            self.window_mut().enter();
        }
    }

    /// Closes a window. The server's window stays.
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

    /// The rooms that have a window, as they are spelled.
    pub(super) fn rooms(&self) -> impl Iterator<Item = (&str, &Window)> {
        self.windows.iter().filter_map(|window| Some((window.place.room()?, window)))
    }

    /// Shows a text in the window that this user looks at.
    pub(super) fn show(&mut self, kind: LineKind, text: &str, now: TerminalTime) {
        self.window_mut().push(now.clock, kind, shown(text));
    }

    /// The unread lines of all windows, and whether one of them is addressed to this user.
    pub(super) fn unread(&self) -> (usize, bool) {
        let counts = self.windows.iter().map(|window| (window.unread, window.mentions > 0));
        counts.fold((0, false), |(sum, any), (unread, mentioned)| (sum + unread, any || mentioned))
    }

    /// The number of a window with something unread, of those addressed to this user first.
    pub(super) fn window_with_news(&self) -> Option<usize> {
        let news =
            |mentioned| self.windows.iter().position(|window| window.unread > 0 && (window.mentions > 0) == mentioned);
        news(true).or_else(|| news(false))
    }

    /// Whether the connection is there and the server has said nothing yet.
    pub(super) fn waits_for_prompt(&self) -> bool {
        self.connection == LinkState::LoggingIn && !self.is_prompted
    }

    /// Whether the server has said nothing since the connection was made, for longer than any server takes.
    pub(super) fn waits_for_prompt_too_long(&mut self, now: TerminalTime) -> bool {
        if !self.waits_for_prompt() {
            self.waits_since = None;
            return false;
        }
        let since = *self.waits_since.get_or_insert(now.since_start);
        now.since_start.saturating_sub(since) >= PROMPT_WITHIN
    }

    // The connection

    /// The connection is there, and the server will ask for the name.
    pub(super) fn on_connected(&mut self) {
        self.connection = LinkState::LoggingIn;
        self.encoding.clone_from(&self.first_encoding);
        self.pings = Pings::default();
        self.take_unconfirmed();
        self.inquiry = None;
        self.answers_are_ours = false;
        self.is_returning = false;
        self.is_prompted = false;
        self.waits_since = None;
        self.page.clear();
    }

    /// The name is accepted.
    fn go_online(&mut self, now: TerminalTime) {
        self.connection = LinkState::Online;
        if self.was_online {
            self.show(LineKind::Local, "connected again", now);
        }
        self.was_online = true;
        self.attempts = 0;
    }

    /// The connection is lost, or could not be made. Returns the pause before the next attempt.
    pub(super) fn note_loss(&mut self, now: TerminalTime) -> Duration {
        let pause = Duration::from_secs(PAUSES[self.attempts.min(PAUSES.len() - 1)]);
        self.attempts += 1;
        self.connection = LinkState::Lost { again_at: now.since_start + pause };
        self.pings = Pings::default();
        pause
    }

    /// Leaves: true if a good-bye must be sent. Without a connection, no further one is made.
    pub(super) fn say_goodbye(&mut self) -> bool {
        match self.connection {
            LinkState::Online => self.connection = LinkState::Leaving,
            LinkState::Leaving => return false,
            LinkState::Nameless
            | LinkState::Connecting
            | LinkState::LoggingIn
            | LinkState::Lost { .. }
            | LinkState::Gone => {
                self.connection = LinkState::Gone;
            }
        }
        self.connection == LinkState::Leaving
    }

    /// The lines that ask these questions between two pings, so that their answers can be told from answers to typed
    /// lines.
    fn ask(&mut self, questions: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut lines = vec![self.pings.ping(PingPurpose::QuestionsBegin)];
        lines.extend(questions);
        lines.push(self.pings.ping(PingPurpose::QuestionsEnd));
        lines
    }
}
