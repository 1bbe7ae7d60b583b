//! What was typed and may not have arrived: it is shown at once, and stands behind everything else in its window until the
//! server tells of it, or has answered a ping behind it.

use std::collections::VecDeque;

use super::LocalUser;
use crate::protocol::command::{Command, secret};
use crate::protocol::name::UserName;
use crate::terminal::now::TerminalTime;
use crate::terminal::pings::PingPurpose;
use crate::terminal::text::{key, shown};
use crate::terminal::window::{LineKind, Place};

/// Typed lines that are kept until they are known to have arrived. When it is full, the oldest line is forgotten.
const MAX_UNCONFIRMED: usize = 100;

impl LocalUser {
    /// Shows what a line says where it will be read, and prepares for what the server does not report to its sender.
    pub(in crate::terminal) fn expect_effects_of(&mut self, line: &str, now: TerminalTime) {
        match Command::parse(line) {
            Ok(Some(Command::JoinRoom(room) | Command::CreateRoom { room, .. })) => {
                self.wants = Some(room.key().to_owned());
            }
            Ok(Some(Command::SendRoom { room, text, .. })) => {
                if let Some(window) = self.find(&Place::Room(room.to_string())) {
                    self.show_unconfirmed(window, text.as_str(), now);
                }
            }
            Ok(Some(Command::SendMessage { to, text })) => {
                let own = key(&self.name);
                for name in to.as_slice().iter().filter(|name| own != name.key()) {
                    let window = self.open(Place::Person(name.to_string()));
                    self.show_unconfirmed(window, text.as_str(), now);
                }
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn show_unconfirmed(&mut self, window: usize, text: &str, now: TerminalTime) {
        let from = shown(&self.name);
        self.windows[window].push_unconfirmed(now.clock, from, shown(text));
    }

    /// A typed line is being sent. Returns the ping to send after it, unless one is under way.
    pub(in crate::terminal) fn note_typed(&mut self, line: &str, now: TerminalTime) -> Option<String> {
        if self.unconfirmed.len() == MAX_UNCONFIRMED
            && let Some(oldest) = self.unconfirmed.pop_front()
        {
            self.settle(&oldest);
        }
        self.unconfirmed.push_back(line.to_owned());
        self.pings.hurry();
        self.due_ping(now)
    }

    /// The ping that is due now. Its pong confirms every line before it.
    pub(in crate::terminal) fn due_ping(&mut self, now: TerminalTime) -> Option<String> {
        if self.connection == super::LinkState::Online { self.pings.due(self.unconfirmed.len(), now) } else { None }
    }

    /// A pong has come. Returns the purpose of its ping, if nobody typed that.
    pub(super) fn on_pong(&mut self, token: &str, now: TerminalTime) -> Option<PingPurpose> {
        let purpose = self.pings.on_pong(token, now)?;
        if let PingPurpose::Lag { confirms } = purpose {
            let confirmed: Vec<String> = self.unconfirmed.drain(..confirms.min(self.unconfirmed.len())).collect();
            confirmed.iter().for_each(|line| self.settle(line));
            if !self.unconfirmed.is_empty() {
                self.pings.hurry();
            }
        }
        Some(purpose)
    }

    /// The server has carried out a line, or refused it: of a private one, nothing more is heard.
    fn settle(&mut self, line: &str) {
        for (window, text) in self.said_in(line) {
            let window = &mut self.windows[window];
            let Some(line) = window.take_confirmed(&text) else { continue };
            if let (Place::Person(_), LineKind::Unconfirmed { from }) = (&window.place, line.kind) {
                window.push(line.at, LineKind::Said { from, own: true, mention: false }, line.text);
            }
        }
    }

    /// A line was not sent: what it says is shown no longer.
    pub(in crate::terminal) fn forget_unsent(&mut self, line: &str) {
        for (window, text) in self.said_in(line) {
            self.windows[window].take_confirmed(&text);
        }
    }

    /// There is nobody of this name: what was just written to this name has not arrived.
    pub(super) fn note_missing(&mut self, name: &str, now: TerminalTime) {
        let Some(index) = self.find(&Place::Person(name.to_owned())) else { return };
        let window = &mut self.windows[index];
        let mut unconfirmed = window.take_unconfirmed().into_iter();
        if let Some(line) = unconfirmed.next() {
            window.push(now.clock, LineKind::Local, format!("this did not arrive: {}", line.text));
        }
        for line in unconfirmed {
            if let LineKind::Unconfirmed { from } = line.kind {
                window.push_unconfirmed(line.at, from, line.text);
            }
        }
    }

    /// The windows in which a line is shown until it is confirmed, and its text as it stands there.
    fn said_in(&self, line: &str) -> Vec<(usize, String)> {
        let (places, text) = match Command::parse(line) {
            Ok(Some(Command::SendRoom { room, text, .. })) => (vec![Place::Room(room.to_string())], text),
            Ok(Some(Command::SendMessage { to, text })) => {
                (to.as_slice().iter().map(|name| Place::Person(name.to_string())).collect(), text)
            }
            Ok(_) | Err(_) => return Vec::new(),
        };
        let text = shown(text.as_str());
        places.iter().filter_map(|place| Some((self.find(place)?, text.clone()))).collect()
    }

    /// Takes the typed lines that may not have arrived. No window shows them any longer.
    pub(in crate::terminal) fn take_unconfirmed(&mut self) -> VecDeque<String> {
        self.windows.iter_mut().for_each(|window| drop(window.take_unconfirmed()));
        std::mem::take(&mut self.unconfirmed)
    }
}

/// A line that was sent, as its sender knows it: a text and where it was to go.
pub(in crate::terminal) fn as_typed(line: &str) -> String {
    match Command::parse(line) {
        Ok(Some(Command::SendRoom { room, text, .. })) => format!("to {room}: {}", shown(text.as_str())),
        Ok(Some(Command::SendMessage { to, text })) => {
            let to: Vec<&str> = to.as_slice().iter().map(UserName::as_str).collect();
            format!("to {}: {}", to.join(", "), shown(text.as_str()))
        }
        Ok(_) | Err(_) => shown(&secret::shown(line)),
    }
}
