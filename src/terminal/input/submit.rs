//! What happens with a line when it is typed to its end: it becomes a name, text, a command, or a mistake explained.

use super::completion::{Completion, Known};
use super::editor::Editor;
use super::now::Now;
use super::screen::{Effect, Screen};
use super::slash::{Local, Meaning, Place, SLASHES, meaning};
use super::text::{key, shown};
use super::user::{Link, UserId};
use super::window::LineKind;
use crate::protocol::command::Command;
use crate::protocol::dialect::Dialect;
use crate::protocol::event::Event;

/// The keys, as `/help` shows them.
const KEYS: &[&str] = &[
    "Tab completes; Up and Down go through earlier lines; Ctrl-W, Ctrl-U, Ctrl-K cut and Ctrl-Y puts back",
    "Ctrl-N, Ctrl-P and Alt-1 to Alt-9 go to another window, Alt-A to the next with something new",
    "PageUp and PageDown scroll; F3 and Shift-F3 go to the next and the previous hit; Esc comes back",
    "Ctrl-X goes to the next user; Ctrl-C leaves",
];

impl Screen {
    /// The line in the editor is finished.
    pub(super) fn submit(&mut self, now: Now) -> Vec<Effect> {
        self.completion = None;
        let line = self.user().window().editor.text().to_owned();
        if self.user().link == Link::Nameless {
            return self.submit_name(&line, now);
        }
        if line.trim().is_empty() {
            return Vec::new();
        }
        let place = self.user().window().place.clone();
        let mut effects = match meaning(&line, &place) {
            Meaning::Line(_) if self.user().link != Link::Online => {
                self.local("not connected: your line is kept", now);
                return Vec::new();
            }
            Meaning::Line(sent) => self.submit_line(&line, sent, &place, now),
            Meaning::Local(local) => {
                self.user_mut().window_mut().editor.take();
                self.act(local, now)
            }
            Meaning::Mistake(why) => {
                self.local(&why, now);
                return Vec::new();
            }
        };
        if self.history.add(&line) {
            effects.push(Effect::Remember(line));
        }
        effects
    }

    fn submit_name(&mut self, line: &str, now: Now) -> Vec<Effect> {
        match Command::parse_login(line) {
            Ok(None) => Vec::new(),
            Ok(Some(name)) => {
                let user = self.user_mut();
                name.as_str().clone_into(&mut user.name);
                user.link = Link::Connecting;
                user.window_mut().editor.take();
                vec![Effect::Connect(UserId(self.active))]
            }
            Err(_) if line == "/quit" => self.leave(now),
            Err(wrong) => {
                let refused = Event::Refused(wrong.into());
                self.user_mut().show(LineKind::Refusal, Dialect::default().spelled(&refused).trim_end(), now);
                Vec::new()
            }
        }
    }

    fn submit_line(&mut self, typed: &str, line: String, place: &Place, now: Now) -> Vec<Effect> {
        let user = self.user_mut();
        user.window_mut().editor.take();
        user.window_mut().scrolled = None;
        user.window_mut().enter();
        if *place == Place::Server || typed.starts_with('/') && !typed.starts_with("//") {
            user.show(LineKind::Typed, typed, now);
        }
        self.expect_from(&line, now);
        self.send(UserId(self.active), line, now)
    }

    /// What a line will do that the server does not tell its sender.
    fn expect_from(&mut self, line: &str, now: Now) {
        let user = self.user_mut();
        match Command::parse(line) {
            Ok(Some(Command::JoinRoom(room) | Command::CreateRoom { room, .. })) => {
                user.wants = Some(room.key().to_owned());
            }
            Ok(Some(Command::SendMessage { to, text })) => {
                let from = shown(&user.name);
                let own = key(&user.name);
                for name in to.as_slice().iter().filter(|name| own != name.key()) {
                    let window = user.open(Place::Person(name.to_string()));
                    let kind = LineKind::Said { from: from.clone(), own: true, mention: false };
                    user.windows[window].push(now.clock, kind, shown(text.as_str()));
                }
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn act(&mut self, local: Local, now: Now) -> Vec<Effect> {
        match local {
            Local::Find(words) => self.find(words),
            Local::StopFinding => self.stop_finding(),
            Local::Record(path) => return self.start_recording(&path, now),
            Local::StopRecording => return self.stop_recording(now),
            Local::Query(name) => {
                let user = self.user_mut();
                let window = user.open(Place::Person(name));
                user.switch(window);
            }
            Local::Window(number) => self.go_to_window(number.saturating_sub(1)),
            Local::Close => return self.close_window(now),
            Local::Clear => self.user_mut().window_mut().clear(),
            Local::Help => self.help(now),
            Local::Reconnect => return self.reconnect(now),
            Local::Quit => return self.leave(now),
        }
        Vec::new()
    }

    fn help(&mut self, now: Now) {
        let columns = SLASHES.iter().map(|slash| slash.usage.len()).max().unwrap_or(0);
        for slash in SLASHES {
            self.local(&format!("/{:columns$}  {}", slash.usage, slash.summary), now);
        }
        self.local("every command of the server, after a slash; // sends a slash", now);
        KEYS.iter().for_each(|keys| self.local(keys, now));
    }

    fn reconnect(&mut self, now: Now) -> Vec<Effect> {
        match self.user().link {
            Link::Lost { .. } | Link::Gone => {
                self.user_mut().link = Link::Connecting;
                vec![Effect::Connect(UserId(self.active))]
            }
            Link::Nameless | Link::Connecting | Link::LoggingIn | Link::Online | Link::Leaving => {
                self.local("the connection is not lost", now);
                Vec::new()
            }
        }
    }

    fn close_window(&mut self, now: Now) -> Vec<Effect> {
        let index = self.user().current;
        match self.user().window().place.clone() {
            Place::Server => self.local("the server's window stays", now),
            Place::Person(_) => self.user_mut().close(index),
            Place::Room(room) if self.user().link == Link::Online => {
                return self.send(UserId(self.active), format!("leave room {room}"), now);
            }
            Place::Room(_) => self.user_mut().close(index),
        }
        Vec::new()
    }

    /// Tab, or Shift-Tab.
    pub(super) fn complete(&mut self, forward: bool) {
        let mut completion = self.completion.take();
        match &mut completion {
            Some(completion) => completion.next(forward),
            None => completion = self.new_completion(),
        }
        if let Some(completion) = &mut completion {
            let (range, text) = completion.replacement();
            self.user_mut().window_mut().editor.replace_range(range, text);
            completion.made();
        }
        self.completion = completion;
    }

    fn new_completion(&self) -> Option<Completion> {
        let window = self.user().window();
        let (members, rooms) = self.user().known();
        let before = &window.editor.text()[..window.editor.cursor()];
        let everybody = self.user().known_everywhere();
        let users = if before.starts_with('/') { &everybody } else { &members };
        Completion::new(before, Known { users, rooms: &rooms, place: &window.place })
    }

    /// Another line from the history.
    pub(super) fn recall(&mut self, older: bool) {
        let current = self.user().window().editor.text().to_owned();
        let line = if older { self.history.older(&current).map(str::to_owned) } else { self.history.newer() };
        if let Some(line) = line {
            let editor: &mut Editor = &mut self.user_mut().window_mut().editor;
            editor.replace(line);
        }
    }
}
