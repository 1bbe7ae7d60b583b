//! Everything that is on the screen, as a value: what happens goes in, what is to be done comes out.
//!
//! It has no terminal, no socket and no clock: keys, lines and the time are arguments. It hands what happens to its
//! parts: [`Chat`] for the conversations, and the values of `input` for the line being written.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::chat::Chat;
use super::draw::{self, Picture};
use super::effect::Effect;
use super::help;
use super::input::completion::{Completion, Known};
use super::input::history::History;
use super::input::keys::{Action, action};
use super::input::paste::{Decision, Paste, Pasted};
use super::input::search::Search;
use super::now::Now;
use super::slash::{Local, Meaning, meaning};
use super::theme::Theme;
use super::user::{Connection, UserId};
use super::users::Users;
use super::view;
use super::window::{LineKind, Place};
use crate::protocol::command::Command;
use crate::protocol::dialect::Dialect;
use crate::protocol::event::Event;

/// What a screen begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The server, as it was given.
    pub server: String,
    /// The charset in which every connection begins.
    pub encoding: String,
    /// The names to log in with. Without a name, the user is asked for one.
    pub names: Vec<String>,
    /// The path of the script to record into.
    pub record: Option<String>,
    /// The lines typed in earlier runs, oldest first.
    pub history: Vec<String>,
    /// The colors.
    pub theme: Theme,
    /// The size of the terminal.
    pub size: Size,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resized(Size),
    /// A user's connection is there.
    Connected(UserId),
    /// A user has received a line.
    Line(UserId, String),
    /// A user's connection has ended, or could not be made. The text says why; without one, the server closed it.
    Closed(UserId, Option<String>),
    /// A line was not sent, because too many lines are waiting.
    NotSent(UserId, String),
    /// The recording was not saved, for this reason.
    NotSaved(String),
    /// Time has passed.
    Tick,
    /// The program was asked to end.
    Leave,
}

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Screen {
    server: String,
    theme: Theme,
    size: Size,
    chat: Chat,
    history: History,
    completion: Option<Completion>,
    paste: Option<Paste>,
    search: Option<Search>,
}

impl Screen {
    /// The screen at the start, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup, now: Now) -> (Self, Vec<Effect>) {
        let mut screen = Self {
            server: setup.server,
            theme: setup.theme,
            size: setup.size,
            chat: Chat::new(Users::new(setup.names, &setup.encoding)),
            history: History::new(setup.history),
            completion: None,
            paste: None,
            search: None,
        };
        let mut effects = screen.chat.connect_all();
        if let Some(path) = setup.record {
            effects.extend(screen.chat.start_recording(path, now));
        }
        (screen, effects)
    }

    /// Takes in something that happens. Returns what is to be done.
    pub fn take(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let mut effects = match input {
            Input::Key(key) => self.on_key(key, now),
            Input::Paste(text) => {
                self.on_paste(&text);
                Vec::new()
            }
            Input::Resized(size) => {
                self.size = size;
                Vec::new()
            }
            Input::Connected(id) => {
                self.chat.users[id].on_connected();
                Vec::new()
            }
            Input::Line(id, line) => self.chat.on_line(id, &line, now),
            Input::Closed(id, why) => self.chat.on_closed(id, why.as_deref(), now),
            Input::NotSent(id, line) => {
                self.chat.users.tell(id, &format!("not sent, because too many lines are waiting: {line}"), now);
                Vec::new()
            }
            Input::NotSaved(why) => {
                self.chat.recorder.give_up();
                self.chat.users.tell_active(&format!("nothing is recorded: {why}"), now);
                Vec::new()
            }
            Input::Tick => self.chat.on_tick(now),
            Input::Leave => self.chat.leave(now),
        };
        effects.extend(self.chat.go_on_leaving(now));
        effects
    }

    /// Draws everything. Returns the place of the cursor, where input methods write.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, now: Now) -> Option<Position> {
        let picture = Picture {
            server: &self.server,
            theme: self.theme,
            users: &self.chat.users,
            recording: self.chat.recorder.status(),
            completion: self.completion.as_ref(),
            paste: self.paste.as_ref(),
            search: self.search.as_ref(),
        };
        draw::draw(&picture, area, buf, now)
    }

    // Keys

    fn on_key(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        let action = action(key);
        match (&self.paste, action) {
            (_, Some(Action::Leave)) => self.chat.leave(now),
            (_, Some(Action::Redraw)) => vec![Effect::Redraw],
            (Some(paste), _) => {
                let decision = paste.on_key(key);
                self.on_decision(decision, now)
            }
            (None, None) => Vec::new(),
            (None, Some(action)) => self.act(action, now),
        }
    }

    fn act(&mut self, action: Action, now: Now) -> Vec<Effect> {
        if let Action::Complete { forward } = action {
            self.complete(forward);
            return Vec::new();
        }
        self.completion = None;
        match action {
            Action::Submit => return self.submit(now),
            Action::Leave => return self.chat.leave(now),
            Action::Redraw => return vec![Effect::Redraw],
            Action::Complete { .. } => {}
            Action::Recall { older } => self.recall(older),
            Action::Page { up } => self.scroll_page(up),
            Action::FindNext { up } => self.find_next(up),
            Action::Escape => self.stop_search(),
            Action::NextUser => self.show_user(self.chat.users.after_active(1)),
            Action::NextWindow { forward } => self.show_next_window(forward),
            Action::Window(index) => self.show_window(index),
            Action::News => self.show_news(),
            Action::Edit(edit) => {
                if self.chat.users.active_mut().window_mut().editor.apply(edit) {
                    self.history.stop_browsing();
                }
            }
        }
        Vec::new()
    }

    // Windows

    fn view_size(&self) -> view::Size {
        draw::conversation_size(self.size, &self.chat.users)
    }

    fn scroll_page(&mut self, up: bool) {
        let size = self.view_size();
        let page = size.rows.saturating_sub(1).max(1);
        let window = self.chat.users.active_mut().window_mut();
        window.scrolled = if up { view::up(window, page, size) } else { view::down(window, page, size) };
        if !up && window.scrolled.is_none() {
            window.enter();
        }
    }

    fn show_window(&mut self, index: usize) {
        self.search = None;
        self.history.stop_browsing();
        self.chat.users.active_mut().switch(index);
    }

    fn show_next_window(&mut self, forward: bool) {
        let user = self.chat.users.active();
        let windows = user.windows.len();
        let next = user.current + if forward { 1 } else { windows - 1 };
        self.show_window(next % windows);
    }

    fn show_user(&mut self, id: UserId) {
        self.search = None;
        self.history.stop_browsing();
        self.chat.users.activate(id);
    }

    /// Shows a window with something unread: addressed to the user first, then other windows, then other users.
    fn show_news(&mut self) {
        let users = &self.chat.users;
        if let Some(index) = users.active().window_with_news() {
            return self.show_window(index);
        }
        let others = (1..users.len()).map(|steps| users.after_active(steps));
        if let Some(id) = others.into_iter().find(|id| users[*id].unread().0 > 0) {
            self.show_user(id);
        }
    }

    // Searches

    fn start_search(&mut self, words: String) {
        self.search = Some(Search::new(words));
        self.find_next(true);
    }

    fn find_next(&mut self, up: bool) {
        let size = self.view_size();
        if let Some(search) = &mut self.search {
            search.go_on(up, self.chat.users.active_mut().window_mut(), size);
        }
    }

    fn stop_search(&mut self) {
        self.search = None;
        let window = self.chat.users.active_mut().window_mut();
        window.scrolled = None;
        window.enter();
    }

    // The line being written

    fn complete(&mut self, forward: bool) {
        match &mut self.completion {
            Some(completion) => completion.next(forward),
            None => self.completion = self.new_completion(),
        }
        if let Some(completion) = &mut self.completion {
            let (range, text) = completion.replacement();
            self.chat.users.active_mut().window_mut().editor.replace_range(range, text);
            completion.made();
        }
    }

    fn new_completion(&self) -> Option<Completion> {
        let user = self.chat.users.active();
        let window = user.window();
        let before = &window.editor.text()[..window.editor.cursor()];
        let users = if before.starts_with('/') { user.known_users() } else { user.users_here() };
        Completion::new(before, Known { users, rooms: user.known_rooms(), place: &window.place })
    }

    fn recall(&mut self, older: bool) {
        let editor = &mut self.chat.users.active_mut().window_mut().editor;
        let line = if older { self.history.older(editor.text()).map(str::to_owned) } else { self.history.newer() };
        if let Some(line) = line {
            editor.replace(line);
        }
    }

    fn on_paste(&mut self, text: &str) {
        self.completion = None;
        let is_name = self.chat.users.active().connection == Connection::Nameless;
        match Paste::read(text, is_name) {
            Pasted::One(line) => self.chat.users.active_mut().window_mut().editor.insert(&line),
            Pasted::Several(paste) => self.paste = Some(paste),
        }
    }

    fn on_decision(&mut self, decision: Decision, now: Now) -> Vec<Effect> {
        let editor = &mut self.chat.users.active_mut().window_mut().editor;
        match decision {
            Decision::Wait => return Vec::new(),
            Decision::Forget => {}
            Decision::Join(line) => editor.insert(&line),
            Decision::Send(lines) => {
                self.paste = None;
                return self.send_paste(lines, now);
            }
        }
        self.paste = None;
        Vec::new()
    }

    /// Sends the lines of a paste, the first of them behind what is written already. Lines that cannot be sent stay.
    fn send_paste(&mut self, lines: Vec<String>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut rest = lines.into_iter();
        while let Some(line) = rest.next() {
            self.chat.users.active_mut().window_mut().editor.insert(&line);
            effects.extend(self.submit(now));
            if !self.chat.users.active().window().editor.text().is_empty() {
                self.paste = Paste::of(rest.collect());
                break;
            }
        }
        effects
    }

    // Finished lines

    fn submit(&mut self, now: Now) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        let line = user.window().editor.text().to_owned();
        if user.connection == Connection::Nameless {
            return self.submit_name(&line, now);
        }
        if line.trim().is_empty() {
            return Vec::new();
        }
        let mut effects = match meaning(&line, &user.window().place) {
            Meaning::Line(_) if user.connection != Connection::Online => {
                self.chat.users.tell_active("not connected: your line is kept", now);
                return Vec::new();
            }
            Meaning::Line(sent) => self.submit_line(&line, sent, now),
            Meaning::Local(local) => {
                user.window_mut().editor.take();
                self.carry_out(local, now)
            }
            Meaning::Mistake(why) => {
                self.chat.users.tell_active(&why, now);
                return Vec::new();
            }
        };
        if self.history.add(&line) {
            effects.push(Effect::Remember(line));
        }
        effects
    }

    fn submit_name(&mut self, line: &str, now: Now) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match Command::parse_login(line) {
            Ok(None) => Vec::new(),
            Ok(Some(name)) => {
                name.as_str().clone_into(&mut user.name);
                user.connection = Connection::Connecting;
                user.window_mut().editor.take();
                vec![Effect::Connect(self.chat.users.active_id())]
            }
            Err(_) if line == "/quit" => self.chat.leave(now),
            Err(wrong) => {
                let refused = Event::Refused(wrong.into());
                user.show(LineKind::Refusal, Dialect::default().spelled(&refused).trim_end(), now);
                Vec::new()
            }
        }
    }

    fn submit_line(&mut self, typed: &str, line: String, now: Now) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        let window = user.window_mut();
        window.editor.take();
        window.scrolled = None;
        window.enter();
        let is_command = window.place == Place::Server || typed.starts_with('/') && !typed.starts_with("//");
        if is_command {
            user.show(LineKind::Typed, typed, now);
        }
        user.expect_effects_of(&line, now);
        self.chat.send(line, now)
    }

    fn carry_out(&mut self, local: Local, now: Now) -> Vec<Effect> {
        match local {
            Local::Find(words) => self.start_search(words),
            Local::StopFinding => self.stop_search(),
            Local::Record(path) => return self.chat.start_recording(path, now),
            Local::StopRecording => return self.chat.stop_recording(now),
            Local::Query(name) => {
                let window = self.chat.users.active_mut().open(Place::Person(name));
                self.show_window(window);
            }
            Local::Window(number) => self.show_window(number.saturating_sub(1)),
            Local::Close => return self.close_window(now),
            Local::Clear => self.chat.users.active_mut().window_mut().clear(),
            Local::Help => help::lines().iter().for_each(|line| self.chat.users.tell_active(line, now)),
            Local::Reconnect => return self.reconnect(now),
            Local::Quit => return self.chat.leave(now),
        }
        Vec::new()
    }

    fn reconnect(&mut self, now: Now) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match user.connection {
            Connection::Lost { .. } | Connection::Gone => {
                user.connection = Connection::Connecting;
                vec![Effect::Connect(self.chat.users.active_id())]
            }
            Connection::Nameless
            | Connection::Connecting
            | Connection::LoggingIn
            | Connection::Online
            | Connection::Leaving => {
                self.chat.users.tell_active("the connection is not lost", now);
                Vec::new()
            }
        }
    }

    fn close_window(&mut self, now: Now) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match &user.window().place {
            Place::Server => self.chat.users.tell_active("the server's window stays open", now),
            Place::Room(room) if user.connection == Connection::Online => {
                let line = format!("leave room {room}");
                return self.chat.send(line, now);
            }
            Place::Person(_) | Place::Room(_) => user.close(user.current),
        }
        Vec::new()
    }
}
