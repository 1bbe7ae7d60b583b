//! The whole of what is on the screen, as a value: what happens goes in, what is to be done comes out.
//!
//! It owns the users, their windows and everything that is half done (a paste, a completion, a search, a recording).
//! It has no terminal, no socket and no clock: keys, lines and the time are arguments.

use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::layout::Size;

use super::completion::Completion;
use super::hearing::Turn;
use super::history::History;
use super::now::Now;
use super::pings::Purpose;
use super::recorder::Recorder;
use super::search::Search;
use super::text::shown;
use super::theme::Theme;
use super::user::{Link, User, UserId};
use super::window::LineKind;

/// How long leaving may take: the script's last lines, and the server's good-byes.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// What a screen begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The server, as it was given.
    pub server: String,
    /// The charset in which every connection begins.
    pub encoding: String,
    /// The names to log in with. Without any, one is asked for.
    pub names: Vec<String>,
    /// The script to record into.
    pub record: Option<String>,
    /// Lines typed in earlier runs, oldest first.
    pub history: Vec<String>,
    /// How it looks.
    pub theme: Theme,
    /// The terminal's size.
    pub size: Size,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resized(Size),
    /// A user's connection is there.
    Connected(UserId),
    /// A user receives a line.
    Line(UserId, String),
    /// A user's connection is gone, or could not be made: why, if it was not simply closed.
    Closed(UserId, Option<String>),
    /// A line could not be sent, because too many wait already.
    NotSent(UserId, String),
    /// The recording could not be saved, and why.
    NotSaved(String),
    /// Time has passed.
    Tick,
    /// The program is asked to end.
    Leave,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Connect a user, in place of any connection that it has.
    Connect(UserId),
    /// Send a line.
    Send {
        /// Whose.
        user: UserId,
        /// Without its newline.
        line: String,
    },
    /// Close a user's connection at once.
    Drop(UserId),
    /// Keep a line for the next run.
    Remember(String),
    /// Write a file.
    Save {
        /// Where.
        path: String,
        /// All of it.
        text: String,
        /// It must not exist yet.
        new: bool,
    },
    /// Draw everything anew.
    Redraw,
    /// End the program.
    Quit,
}

/// What is on the screen.
#[derive(Debug)]
pub struct Screen {
    pub(super) server: String,
    pub(super) users: Vec<User>,
    pub(super) active: usize,
    pub(super) size: Size,
    pub(super) theme: Theme,
    pub(super) history: History,
    pub(super) completion: Option<Completion>,
    /// The lines of a paste that is not decided upon.
    pub(super) paste: Option<Vec<String>>,
    pub(super) search: Option<Search>,
    pub(super) recorder: Option<Recorder>,
    leaving: Option<Leaving>,
}

#[derive(Debug)]
struct Leaving {
    deadline: Duration,
    said_goodbye: bool,
}

impl Screen {
    /// The screen at the start, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup, now: Now) -> (Self, Vec<Effect>) {
        let mut users: Vec<User> = setup.names.into_iter().map(|name| User::new(Some(name), &setup.encoding)).collect();
        let mut effects: Vec<Effect> = (0..users.len()).map(|i| Effect::Connect(UserId(i))).collect();
        if users.is_empty() {
            users.push(User::new(None, &setup.encoding));
        }
        let mut screen = Self {
            server: setup.server,
            users,
            active: 0,
            size: setup.size,
            theme: setup.theme,
            history: History::new(setup.history),
            completion: None,
            paste: None,
            search: None,
            recorder: None,
            leaving: None,
        };
        if let Some(path) = setup.record {
            effects.extend(screen.start_recording(&path, now));
        }
        (screen, effects)
    }

    /// Takes in what happens.
    pub fn take(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let mut effects = match input {
            Input::Key(key) => self.press(key, now),
            Input::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            Input::Resized(size) => {
                self.size = size;
                Vec::new()
            }
            Input::Connected(id) => {
                self.users[id.0].connected();
                Vec::new()
            }
            Input::Line(id, line) => self.hear(id, &line, now),
            Input::Closed(id, why) => self.closed(id, why.as_deref(), now),
            Input::NotSent(id, line) => {
                self.tell(id, &format!("not sent, as too many lines wait already: {line}"), now);
                Vec::new()
            }
            Input::NotSaved(why) => {
                self.recorder = None;
                self.local(&format!("nothing is recorded: {why}"), now);
                Vec::new()
            }
            Input::Tick => self.tick(now),
            Input::Leave => self.leave(now),
        };
        effects.extend(self.go_on_leaving(now));
        effects
    }

    /// The user that is on the screen.
    pub(super) fn user(&self) -> &User {
        &self.users[self.active]
    }

    pub(super) fn user_mut(&mut self) -> &mut User {
        &mut self.users[self.active]
    }

    /// Says something of this program's own, where one is looking.
    pub(super) fn local(&mut self, text: &str, now: Now) {
        self.tell(UserId(self.active), text, now);
    }

    pub(super) fn tell(&mut self, id: UserId, text: &str, now: Now) {
        self.users[id.0].show(LineKind::Local, text, now);
    }

    fn hear(&mut self, id: UserId, line: &str, now: Now) -> Vec<Effect> {
        let watched = id.0 == self.active;
        let hearing = self.users[id.0].hear(line, watched, now);
        if !hearing.hidden {
            self.record_received(id, line);
        }
        let sends = hearing.send.into_iter();
        let mut effects: Vec<Effect> = sends.map(|line| Effect::Send { user: id, line }).collect();
        if hearing.pong == Some(Purpose::Fence) {
            effects.extend(self.fence_passed(id, now));
        }
        match hearing.turn {
            Some(Turn::Welcomed) => effects.extend(self.record_welcomed(id, now)),
            Some(Turn::NameRefused) => effects.extend(self.name_refused(id, line, now)),
            Some(Turn::Bye) => self.users[id.0].link = Link::Leaving,
            None => {}
        }
        effects
    }

    /// A name that was ours before the connection was lost may only be ours again when the server has noticed.
    fn name_refused(&mut self, id: UserId, line: &str, now: Now) -> Vec<Effect> {
        let is_the_name = line.starts_with("error: name-taken") || line.starts_with("error: bad-name");
        if !is_the_name {
            return Vec::new();
        }
        let user = &mut self.users[id.0];
        if user.was_online {
            let pause = user.lost(now).as_secs();
            self.tell(id, &format!("the server still knows the lost connection; trying again in {pause} s"), now);
        } else {
            user.link = Link::Nameless;
            user.name.clear();
        }
        vec![Effect::Drop(id)]
    }

    fn closed(&mut self, id: UserId, why: Option<&str>, now: Now) -> Vec<Effect> {
        let user = &mut self.users[id.0];
        let on_purpose = user.link == Link::Leaving;
        let was_there = matches!(user.link, Link::Online | Link::LoggingIn);
        if on_purpose {
            user.link = Link::Gone;
            self.tell(id, "the server has closed the connection; /reconnect comes back", now);
        } else {
            let pause = user.lost(now).as_secs();
            let what = if was_there { "connection lost" } else { "cannot connect" };
            let why = why.map_or(String::new(), |why| format!(" ({})", shown(why)));
            self.tell(id, &format!("{what}{why}; trying again in {pause} s"), now);
            for line in self.users[id.0].take_unconfirmed() {
                self.tell(id, &format!("this may not have arrived: {line}"), now);
            }
        }
        let mut effects = if was_there || on_purpose { self.record_closed(id, on_purpose, now) } else { Vec::new() };
        if on_purpose && self.leaving.is_none() && self.users.iter().all(|user| user.link == Link::Gone) {
            effects.extend(self.leave(now));
        }
        effects
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = self.save_recording(now);
        for i in 0..self.users.len() {
            let user = &mut self.users[i];
            let again = matches!(user.link, Link::Lost { again_at } if again_at <= now.since_start);
            if again && self.leaving.is_none() {
                user.link = Link::Connecting;
                effects.push(Effect::Connect(UserId(i)));
            } else if user.pings.seem_dead(now) {
                effects.push(Effect::Drop(UserId(i)));
                effects.extend(self.closed(UserId(i), Some("the server does not answer"), now));
            } else if let Some(line) = user.due_ping(now) {
                effects.push(Effect::Send { user: UserId(i), line });
            }
        }
        effects
    }

    // Leaving

    /// Ends what is under way and then the program; asked twice, at once.
    pub(super) fn leave(&mut self, now: Now) -> Vec<Effect> {
        if self.leaving.is_some() {
            let mut effects = self.finish_recording(now);
            effects.push(Effect::Quit);
            return effects;
        }
        self.leaving = Some(Leaving { deadline: now.since_start + LEAVE_WITHIN, said_goodbye: false });
        if self.recorder.is_some() { self.stop_recording(now) } else { Vec::new() }
    }

    fn go_on_leaving(&mut self, now: Now) -> Vec<Effect> {
        let Some(leaving) = &mut self.leaving else { return Vec::new() };
        let in_time = now.since_start < leaving.deadline;
        if self.recorder.is_some() && in_time {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if !leaving.said_goodbye {
            leaving.said_goodbye = true;
            for (i, user) in self.users.iter_mut().enumerate() {
                if user.say_goodbye() {
                    effects.push(Effect::Send { user: UserId(i), line: "quit".to_owned() });
                }
            }
        }
        if !in_time || self.users.iter().all(|user| user.link == Link::Gone) {
            effects.extend(self.finish_recording(now));
            effects.push(Effect::Quit);
        }
        effects
    }
}
