//! Everything that is on the screen, as a value: what happens goes in, what is to be done comes out.
//!
//! It has no terminal, no socket and no clock: keys, lines and the time are arguments. It hands what happens to its
//! parts: [`Chat`] for the conversations, and the values of `input` for the line being written.

mod local;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::chat::Chat;
use super::draw::{self, Picture, Target};
use super::exchange::{Effect, Setup, TerminalInput};
use super::help;
use super::input::editor::Edit;
use super::input::history::LineOrigin;
use super::input::keys::{Action, action};
use super::input::prompt::{Prompt, origin};
use super::input::question::{PendingQuestion, QuestionAnswer};
use super::now::TerminalTime;
use super::slash::{self, Meaning, meaning};
use super::theme::Theme;
use super::user::{LinkState, LocalUserId, as_typed};
use super::users::LocalUsers;
use super::viewport::Viewport;
use super::window::{LineKind, Place};
use crate::protocol::command::Command;
use crate::protocol::command::secret::{self, holds_secret};
use crate::protocol::dialect::Dialect;
use crate::protocol::event::Event;

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Screen {
    server: String,
    theme: Theme,
    viewport: Viewport,
    chat: Chat,
    prompt: Prompt,
}

impl Screen {
    /// The screen at the start, and what is to be done first.
    #[must_use]
    pub fn new(setup: Setup, now: TerminalTime) -> (Self, Vec<Effect>) {
        let mut screen = Self {
            server: setup.server,
            theme: setup.theme,
            viewport: Viewport::new(setup.size),
            chat: Chat::new(LocalUsers::new(setup.names, &setup.encoding, setup.password.as_ref())),
            prompt: Prompt::new(setup.history),
        };
        screen.greet(now);
        let mut effects = screen.chat.connect_all();
        if let Some(path) = setup.record {
            effects.extend(screen.chat.start_recording(path, now));
        }
        (screen, effects)
    }

    /// Takes in something that happens. Returns what is to be done.
    pub fn take(&mut self, input: TerminalInput, now: TerminalTime) -> Vec<Effect> {
        let mut effects = match input {
            TerminalInput::Key(key) => self.on_key(key, now),
            TerminalInput::Wheel { up } => {
                self.viewport.scroll_rows(up, &mut self.chat.users);
                if up { self.ask_for_past_at_top() } else { Vec::new() }
            }
            TerminalInput::Click { x, y } => {
                self.on_click(Position { x, y });
                Vec::new()
            }
            TerminalInput::Paste(text) => {
                self.prompt.paste(&text, self.chat.users.active_mut());
                Vec::new()
            }
            TerminalInput::Resized(size) => {
                self.viewport.screen = size;
                Vec::new()
            }
            TerminalInput::Connected(id) => {
                self.chat.users[id].on_connected();
                Vec::new()
            }
            TerminalInput::Line(id, line) => self.chat.on_line(id, &line, now),
            TerminalInput::Closed(id, why) => self.chat.on_closed(id, why.as_deref(), now),
            TerminalInput::NotSent(id, line) => {
                self.chat.users[id].forget_unsent(&line);
                let text = format!("not sent, because too many lines are waiting: {}", as_typed(&line));
                self.chat.users.tell(id, &text, now);
                Vec::new()
            }
            TerminalInput::NotSaved(why) => {
                self.chat.users.tell_active(&format!("nothing is recorded: {why}"), now);
                self.chat.give_up_recording(now)
            }
            TerminalInput::FileOpened { name, size, path } => self.chat.on_file_opened(name, size, path, now),
            TerminalInput::FileMoved(at) => {
                self.chat.files.moved(at);
                Vec::new()
            }
            TerminalInput::FileEnded(told) => self.chat.on_file_ended(told, now),
            TerminalInput::Told(text) => {
                self.chat.users.tell_active(&text, now);
                Vec::new()
            }
            TerminalInput::Tick => self.chat.on_tick(now),
            TerminalInput::Leave => self.chat.leave(now),
        };
        effects.extend(self.chat.go_on_leaving(now));
        effects
    }

    /// Draws everything. Returns the place of the cursor, where input methods write.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, now: TerminalTime) -> Option<Position> {
        let picture = Picture {
            server: &self.server,
            theme: self.theme,
            users: &self.chat.users,
            recording: self.chat.recorder.status(),
            file: self.chat.files.status(),
            completion: self.prompt.completion(),
            question: self.prompt.question.as_ref(),
            search: self.viewport.search(),
        };
        draw::draw(&picture, area, buf, now)
    }

    // Keys

    fn on_key(&mut self, key: KeyEvent, now: TerminalTime) -> Vec<Effect> {
        let action = action(key);
        match (&self.prompt.question, action) {
            (_, Some(Action::Interrupt)) => self.interrupt(now),
            (_, Some(Action::Redraw)) => vec![Effect::Redraw],
            (_, Some(Action::Suspend)) => vec![Effect::Suspend],
            (Some(question), _) => {
                let answer = question.on_key(key);
                self.on_answer(answer, now)
            }
            (None, None) => Vec::new(),
            (None, Some(action)) => self.act(action, now),
        }
    }

    fn act(&mut self, action: Action, now: TerminalTime) -> Vec<Effect> {
        if let Action::Complete { forward } = action {
            self.prompt.complete(forward, self.chat.users.active_mut());
            return Vec::new();
        }
        let has_completed = self.prompt.stop_completing();
        match action {
            Action::Submit => return self.submit(now),
            Action::Interrupt => return self.interrupt(now),
            Action::Redraw => return vec![Effect::Redraw],
            Action::Complete { .. } => {}
            Action::Recall { older } => self.prompt.recall(older, false, &mut self.chat.users),
            Action::RecallAny { older } => self.prompt.recall(older, true, &mut self.chat.users),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Page { up } => {
                self.viewport.scroll_page(up, &mut self.chat.users);
                return self.ask_for_past_at_top();
            }
            Action::FindNext { up } => self.viewport.find_next(up, &mut self.chat.users),
            Action::Escape => self.viewport.stop_search(&mut self.chat.users),
            Action::NextUser => self.show_user(self.chat.users.after_active(1)),
            Action::NextWindow { forward } => self.show_next_window(forward),
            Action::Window(number) => {
                self.show_numbered(number);
            }
            Action::Help => self.help(now),
            Action::News => self.show_news(),
            // A completion ends with a blank already.
            Action::Edit(Edit::Insert(' '))
                if has_completed && self.chat.users.active().window().editor.is_after_blank() => {}
            Action::Edit(edit) => {
                if self.chat.users.active_mut().window_mut().editor.apply(edit) {
                    self.prompt.stop_browsing();
                }
            }
        }
        Vec::new()
    }

    /// Closes the question, or clears the line, or stops the file on its way, or leaves: the first of them that there is
    /// something to do for.
    fn interrupt(&mut self, now: TerminalTime) -> Vec<Effect> {
        self.prompt.stop_completing();
        let is_leaving = self.chat.is_leaving();
        let editor = &mut self.chat.users.active_mut().window_mut().editor;
        if is_leaving || self.prompt.question.is_none() && editor.text().is_empty() {
            return match self.chat.stop_file(now).filter(|_| !is_leaving) {
                Some(stop) => stop,
                None => self.chat.leave(now),
            };
        }
        if self.prompt.question.take().is_none() {
            editor.cut();
            self.prompt.stop_browsing();
        }
        Vec::new()
    }

    /// Who has scrolled to the oldest line of a room wants to see older ones.
    fn ask_for_past_at_top(&mut self) -> Vec<Effect> {
        if !self.viewport.is_at_top(&self.chat.users) {
            return Vec::new();
        }
        let user = self.chat.users.active_id();
        let lines = self.chat.users.active_mut().ask_for_past();
        lines.into_iter().map(|line| Effect::Send { user, line }).collect()
    }

    /// Goes to what stands at this place: a window, a member, or a user or room of which the conversation speaks.
    fn on_click(&mut self, at: Position) {
        if self.prompt.question.is_some() {
            return;
        }
        let user = self.chat.users.active();
        match draw::target(self.viewport.screen, &self.chat.users, at) {
            Some(Target::Window(index)) => self.show_window(index),
            Some(Target::Member(name)) => self.show_person(name),
            Some(Target::Word(word)) => match user.find(&Place::Room(word.clone())) {
                Some(window) => self.show_window(window),
                None if user.known_users().contains(&word) => self.show_person(word),
                None if user.known_rooms().contains(&word) => {
                    let editor = &mut self.chat.users.active_mut().window_mut().editor;
                    if editor.text().is_empty() {
                        editor.insert(&format!("/join {word}"));
                    }
                }
                None => {}
            },
            None => {}
        }
    }

    // Windows

    fn show_person(&mut self, name: String) {
        let user = self.chat.users.active_mut();
        if !user.is(&name) {
            let window = user.open(Place::Person(name));
            self.show_window(window);
        }
    }

    fn show_window(&mut self, index: usize) {
        self.viewport.forget_search();
        self.prompt.stop_browsing();
        self.chat.users.active_mut().switch(index);
    }

    /// Shows the window with this number. False: there is none.
    fn show_numbered(&mut self, number: usize) -> bool {
        let index = self.chat.users.active().numbered(number);
        index.into_iter().for_each(|index| self.show_window(index));
        index.is_some()
    }

    fn show_next_window(&mut self, forward: bool) {
        let user = self.chat.users.active();
        let windows = user.windows.len();
        let next = user.current + if forward { 1 } else { windows - 1 };
        self.show_window(next % windows);
    }

    fn show_user(&mut self, id: LocalUserId) {
        self.viewport.forget_search();
        self.prompt.stop_browsing();
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

    // Questions

    fn on_answer(&mut self, answer: QuestionAnswer, now: TerminalTime) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        let is_online = user.connection == LinkState::Online;
        let editor = &mut user.window_mut().editor;
        match answer {
            QuestionAnswer::Wait => return Vec::new(),
            QuestionAnswer::Send(_) | QuestionAnswer::Command(_) if !is_online => {
                self.chat.users.tell_active("not connected: your lines are kept", now);
                return Vec::new();
            }
            QuestionAnswer::Cancel => {}
            QuestionAnswer::Write(line) => editor.insert(&line),
            QuestionAnswer::Command(line) => {
                editor.replace(format!("/{line}"));
                self.prompt.question = None;
                return self.submit(now);
            }
            QuestionAnswer::Send(texts) => return self.send_texts(texts, now),
        }
        self.prompt.question = None;
        Vec::new()
    }

    /// Sends texts one by one. The first text of a paste goes where the cursor is in the line being written.
    fn send_texts(&mut self, mut texts: Vec<String>, now: TerminalTime) -> Vec<Effect> {
        let editor = &mut self.chat.users.active_mut().window_mut().editor;
        if let (Some(PendingQuestion::Paste(_)), Some(first)) = (self.prompt.question.take(), texts.first_mut()) {
            editor.insert(first);
            *first = editor.text().to_owned();
        }
        editor.take();
        texts.iter().flat_map(|text| self.submit_text(text, now)).collect()
    }

    fn greet(&mut self, now: TerminalTime) {
        let is_nameless = self.chat.users.active().connection == LinkState::Nameless;
        help::greeting(is_nameless).iter().for_each(|line| self.chat.users.tell_active(line, now));
    }

    // Finished lines

    fn submit(&mut self, now: TerminalTime) -> Vec<Effect> {
        let origin = origin(&self.chat.users);
        let user = self.chat.users.active_mut();
        let line = user.window().editor.text().to_owned();
        if user.connection == LinkState::Nameless {
            return self.submit_name(&line, now);
        }
        if line.trim().is_empty() {
            return Vec::new();
        }
        if user.asks_password() {
            user.window_mut().editor.take();
            user.give_password(&line);
            return vec![Effect::Send { user: self.chat.users.active_id(), line }];
        }
        let place = &origin.place;
        let is_command = *place != Place::Server && matches!(Command::parse(&line), Ok(Some(_)));
        let mut effects = match meaning(&line, place) {
            Meaning::Line(_) if user.connection != LinkState::Online => {
                self.chat.users.tell_active("not connected: your line is kept", now);
                return Vec::new();
            }
            Meaning::Line(_) if is_command => {
                self.prompt.question = Some(PendingQuestion::Command(line));
                return Vec::new();
            }
            Meaning::Line(sent) => self.submit_line(&line, sent, now),
            Meaning::Local(local) => {
                user.window_mut().editor.take();
                self.carry_out(local, now)
            }
            Meaning::Mistake(why) => {
                user.window_mut().editor.take();
                // Whoever has scrolled up must see what was wrong.
                user.window_mut().scrolled = None;
                self.chat.users.tell_active(&why, now);
                Vec::new()
            }
        };
        effects.extend(self.remember(line, &origin));
        effects
    }

    fn remember(&mut self, line: String, origin: &LineOrigin) -> Option<Effect> {
        // What holds a password is typed again by whoever knows it.
        if holds_secret(&line) {
            return None;
        }
        self.prompt.remember(&line, origin).then_some(Effect::Remember(line))
    }

    /// Sends a text as it is: a slash at its beginning does not make it a command.
    fn submit_text(&mut self, text: &str, now: TerminalTime) -> Vec<Effect> {
        let origin = origin(&self.chat.users);
        let is_text = origin.place != Place::Server;
        let typed = if is_text && text.starts_with('/') { format!("/{text}") } else { text.to_owned() };
        let mut effects = self.submit_line(&typed, slash::text(text, &origin.place), now);
        effects.extend(self.remember(typed, &origin));
        effects
    }

    fn submit_name(&mut self, line: &str, now: TerminalTime) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match Command::parse_login(line) {
            Ok(None) => Vec::new(),
            Ok(Some(name)) => {
                name.as_str().clone_into(&mut user.name);
                user.connection = LinkState::Connecting;
                user.window_mut().editor.take();
                vec![Effect::Connect(self.chat.users.active_id())]
            }
            Err(_) if line == "/quit" => self.chat.leave(now),
            Err(wrong) => {
                let refused = Event::Refused(wrong.into());
                user.window_mut().editor.take();
                user.show(LineKind::Refusal, Dialect::default().spelled(&refused).trim_end(), now);
                user.show(LineKind::Local, help::TYPE_A_NAME, now);
                Vec::new()
            }
        }
    }

    fn submit_line(&mut self, typed: &str, line: String, now: TerminalTime) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        let window = user.window_mut();
        window.editor.take();
        window.scrolled = None;
        window.enter();
        let is_command = window.place == Place::Server || typed.starts_with('/') && !typed.starts_with("//");
        // A private line stands in the window of whom it is for, and nowhere else; a text in its room, once.
        let is_shown = match Command::parse(&line) {
            Ok(Some(Command::SendMessage { .. })) => window.place != Place::Server,
            Ok(Some(Command::SendRoom { room, .. })) => window.place.is_same(&Place::Room(room.to_string())),
            Ok(_) | Err(_) => false,
        };
        if is_command && !is_shown {
            user.show(LineKind::Typed, &secret::shown(typed), now);
        }
        user.expect_effects_of(&line, now);
        self.chat.send(line, now)
    }
}
