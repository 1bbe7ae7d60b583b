//! The commands of this terminal, carried out.

use super::Screen;
use crate::terminal::exchange::Effect;
use crate::terminal::help;
use crate::terminal::now::TerminalTime;
use crate::terminal::slash::Local;
use crate::terminal::user::LinkState;
use crate::terminal::window::Place;

impl Screen {
    pub(super) fn carry_out(&mut self, local: Local, now: TerminalTime) -> Vec<Effect> {
        match local {
            Local::Find(words) => self.viewport.start_search(words, &mut self.chat.users),
            Local::StopFinding => self.viewport.stop_search(&mut self.chat.users),
            Local::Record(path) => return self.chat.start_recording(path, now),
            Local::StopRecording => return self.chat.stop_recording(now),
            Local::Query(name) => {
                let window = self.chat.users.active_mut().open(Place::Person(name));
                self.show_window(window);
            }
            Local::Window(number) if !self.show_numbered(number) => {
                self.chat.users.tell_active(&format!("there is no window {number}"), now);
            }
            Local::Window(_) => {}
            Local::Whois(name) => return self.chat.ask_who(&name, now),
            Local::Ignore(name) => self.ignore(name.as_deref(), now),
            Local::Unignore(name) => self.chat.users.active_mut().ignored.remove(&name),
            Local::Bell(on) => self.chat.has_bell = on,
            Local::Send { path, to } => return self.chat.send_file(path, to.as_deref(), now),
            Local::Save { id, path } => return self.chat.save_file(&id, path, now),
            Local::Cancel => match self.chat.stop_file(now) {
                Some(stop) => return stop,
                None => self.chat.users.tell_active("no file is on its way", now),
            },
            Local::Close => return self.close_window(now),
            Local::Clear => self.chat.users.active_mut().window_mut().clear(),
            Local::Mouse(on) => return vec![Effect::Mouse(on)],
            Local::Help => self.help(now),
            Local::Reconnect => return self.reconnect(now),
            Local::Quit => return self.chat.leave(now),
        }
        Vec::new()
    }

    /// Shows the help from its first line on, also where not all of it fits.
    pub(super) fn help(&mut self, now: TerminalTime) {
        let lines = help::lines();
        lines.iter().for_each(|line| self.chat.users.tell_active(line, now));
        self.viewport.show_last(lines.len(), &mut self.chat.users);
    }

    fn ignore(&mut self, name: Option<&str>, now: TerminalTime) {
        let user = self.chat.users.active_mut();
        name.into_iter().for_each(|name| user.ignored.add(name));
        let names: Vec<&str> = user.ignored.iter().collect();
        let text =
            if names.is_empty() { "nobody is ignored".to_owned() } else { format!("ignored: {}", names.join(", ")) };
        self.chat.users.tell_active(&text, now);
    }

    fn reconnect(&mut self, now: TerminalTime) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match user.connection {
            LinkState::Lost { .. } | LinkState::Gone => {
                user.connection = LinkState::Connecting;
                vec![Effect::Connect(self.chat.users.active_id())]
            }
            LinkState::Nameless
            | LinkState::Connecting
            | LinkState::LoggingIn
            | LinkState::Online
            | LinkState::Leaving => {
                self.chat.users.tell_active("the connection is not lost", now);
                Vec::new()
            }
        }
    }

    fn close_window(&mut self, now: TerminalTime) -> Vec<Effect> {
        let user = self.chat.users.active_mut();
        match &user.window().place {
            Place::Server => self.chat.users.tell_active("the server's window stays open", now),
            Place::Room(room) if user.connection == LinkState::Online => {
                let line = format!("leave room {room}");
                return self.chat.send(line, now);
            }
            Place::Person(_) | Place::Room(_) => user.close(user.current),
        }
        Vec::new()
    }
}
