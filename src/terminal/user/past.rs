//! What was said before: the last lines of a room on entering it, older ones when the user scrolls to them, and what was
//! missed while the connection was lost.
//!
//! Lines of rooms are numbered. Coming back, a user asks for what came after the line *before* the last one that it has: if
//! the first answer is that last line, nothing is missing and nothing comes twice.

use chrono::NaiveDateTime;

use super::reaction::Reaction;
use super::{LinkState, LocalUser};
use crate::protocol::dialect::{RoomLine, ServerLine};
use crate::protocol::password::Password;
use crate::terminal::now::TerminalTime;
use crate::terminal::text::{key, mentions, shown};
use crate::terminal::window::{LineKind, Numbers, Place};

/// Lines that are asked for at once.
const PAGE: usize = 50;

/// Lines of the past that are kept until it is said which they are. When it is full, further lines are left out.
const MAX_PAGE: usize = 1000;

/// Lines of a room that wait for what was missed. When it is full, they are shown without waiting.
const MAX_HELD: usize = 1000;

/// A line of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReplayedLine {
    number: u64,
    at: NaiveDateTime,
    kind: LineKind,
    text: String,
}

impl LocalUser {
    /// The lines that begin every conversation: numbers and a token for coming back.
    pub(super) fn questions_at_login() -> [String; 4] {
        ["set numbers on", "token", "list users", "list rooms"].map(str::to_owned)
    }

    /// Whether what is typed next is the password.
    pub(in crate::terminal) fn asks_password(&self) -> bool {
        self.password_wanted && self.connection == LinkState::LoggingIn
    }

    /// The password is this; what cannot be one is not kept.
    pub(in crate::terminal) fn give_password(&mut self, typed: &str) {
        self.password_wanted = false;
        self.password = Password::new(typed.trim()).ok();
    }

    /// What answers the question for a name: the token of the lost connection, or the name.
    pub(super) fn name_or_token(&self) -> String {
        self.token.as_ref().map_or_else(|| self.name.clone(), |token| format!("token {token}"))
    }

    /// Whether this user comes back to a server that numbers its lines: then its rooms wait for what was missed.
    pub(super) fn begins_to_return(&mut self) -> bool {
        self.is_returning = self.epoch.is_some();
        self.is_same_epoch = false;
        if self.is_returning {
            let rooms = self.windows.iter_mut().filter(|window| window.numbers.last.is_some());
            rooms.for_each(|window| window.held = Some(Vec::new()));
        }
        self.is_returning
    }

    /// The server numbers its lines, in this epoch.
    pub(super) fn note_epoch(&mut self, epoch: Option<&str>) {
        self.is_same_epoch = epoch.is_some() && self.epoch.as_deref() == epoch;
        self.epoch = epoch.map(str::to_owned);
    }

    /// Our questions have been answered. Coming back, the rooms are next.
    pub(super) fn after_questions(&mut self, now: TerminalTime) -> Reaction {
        if std::mem::take(&mut self.is_returning) {
            return Reaction { send: self.return_to_rooms(now), ..Reaction::default() };
        }
        let mut all = Reaction::default();
        for line in self.release_all() {
            all.add(self.on_line(&line, true, now));
        }
        all
    }

    fn return_to_rooms(&mut self, now: TerminalTime) -> Vec<String> {
        let is_same = self.is_same_epoch;
        if !is_same {
            self.show(LineKind::Local, "the server began anew; what was said meanwhile is not known", now);
        }
        let mut lines = Vec::new();
        for window in &mut self.windows {
            let Some(room) = window.place.room() else { continue };
            match window.numbers.last.filter(|_| is_same) {
                Some(last) => {
                    lines.push(format!("resume {room} #{}", last.saturating_sub(1)));
                    lines.push(format!("list members {room}"));
                }
                None => {
                    window.numbers = Numbers::default();
                    window.held = None;
                    lines.push(format!("join room {room}"));
                }
            }
        }
        self.rejoining = self.rooms().map(|(room, _)| key(room)).collect();
        if is_same { self.ask(lines) } else { lines }
    }

    /// The lines that are held in a room, which nothing holds any more.
    fn release(&mut self, index: usize) -> Vec<String> {
        self.windows[index].held.take().unwrap_or_default()
    }

    fn release_all(&mut self) -> Vec<String> {
        (0..self.windows.len()).flat_map(|index| self.release(index)).collect()
    }

    /// Holds a line of a room back until what was missed before it is known. Returns what is to be shown now instead.
    pub(super) fn hold(&mut self, room: &str, line: &str) -> Option<Vec<String>> {
        let index = self.find(&Place::Room(room.to_owned()))?;
        let held = self.windows[index].held.as_mut()?;
        held.push(line.to_owned());
        Some(if held.len() < MAX_HELD { Vec::new() } else { self.release(index) })
    }

    /// The questions of who has just entered a room: who is there, and what was said before.
    pub(super) fn questions_in(&mut self, room: &str, index: usize) -> Vec<String> {
        let mut questions = vec![format!("list members {room}")];
        let numbers = &mut self.windows[index].numbers;
        if numbers.first == numbers.last
            && let Some(first) = numbers.older()
        {
            numbers.is_asked = true;
            questions.push(format!("history {room} before #{first} {PAGE}"));
        }
        self.ask(questions)
    }

    /// The question for what is older than everything in the window on the screen.
    pub(in crate::terminal) fn ask_for_past(&mut self) -> Vec<String> {
        if self.connection != super::LinkState::Online {
            return Vec::new();
        }
        let window = self.window_mut();
        let (Some(room), Some(first)) = (window.place.room().map(str::to_owned), window.numbers.older()) else {
            return Vec::new();
        };
        window.numbers.is_asked = true;
        self.ask([format!("history {room} before #{first} {PAGE}")])
    }

    /// A line of the past has come, or the end of them. Returns the lines that waited for it.
    pub(super) fn on_past(&mut self, said: &ServerLine<'_>, now: TerminalTime) -> Vec<String> {
        match said {
            ServerLine::Past { number, at, what, text, .. } if self.page.len() < MAX_PAGE => {
                let at = now.at(at).clock;
                let kind = self.past_kind(what, text);
                self.page.push(ReplayedLine { number: *number, at, kind, text: shown(text) });
            }
            ServerLine::History { room, kept, .. } => self.show_older(room, *kept),
            ServerLine::Resumed { room, left_out, .. } => return self.show_missed(room, *left_out, now),
            _ => {}
        }
        Vec::new()
    }

    fn past_kind(&self, what: &RoomLine<'_>, text: &str) -> LineKind {
        match what {
            RoomLine::Said { from } => {
                let own = self.is(from);
                LineKind::Said { from: shown(from), own, mention: !own && mentions(text, &self.name) }
            }
            _ => LineKind::Notice,
        }
    }

    /// Puts the lines before everything that is in the room's window.
    fn show_older(&mut self, room: &str, kept: Option<(u64, u64)>) {
        let page = std::mem::take(&mut self.page);
        let Some(index) = self.find(&Place::Room(room.to_owned())) else { return };
        let window = &mut self.windows[index];
        window.numbers.is_asked = false;
        window.numbers.kept_from = kept.map_or(u64::MAX, |(from, _)| from);
        for line in page.into_iter().rev() {
            if !window.push_front(line.at, line.kind, line.text) {
                // The window is full: nothing older is asked for.
                window.numbers.kept_from = u64::MAX;
                return;
            }
            window.numbers.first = Some(line.number);
        }
    }

    /// Puts what was missed at the end of the room's window, as something new.
    fn show_missed(&mut self, room: &str, left_out: Option<(u64, u64)>, now: TerminalTime) -> Vec<String> {
        let page = std::mem::take(&mut self.page);
        let Some(index) = self.find(&Place::Room(room.to_owned())) else { return Vec::new() };
        self.rejoining.remove(&key(room));
        let window = &mut self.windows[index];
        window.members.clear();
        let last = window.numbers.last;
        if let Some((from, to)) = left_out {
            window.push(now.clock, LineKind::Local, format!("lines #{from} to #{to} were missed and are not shown"));
        }
        let missed: Vec<ReplayedLine> = page.into_iter().filter(|line| Some(line.number) != last).collect();
        if !missed.is_empty() && window.unread == 0 {
            window.mark_here();
        }
        for line in missed {
            window.numbers.note(line.number);
            let is_mention = matches!(line.kind, LineKind::Said { mention: true, .. });
            if matches!(line.kind, LineKind::Said { own: false, .. }) {
                window.mark_unread(is_mention);
            }
            window.push(line.at, line.kind, line.text);
        }
        if index == self.current && self.windows[index].scrolled.is_none() {
            self.windows[index].enter();
        }
        self.release(index)
    }

    /// A question of ours was refused: what was held for its answer is shown without it.
    pub(super) fn past_refused(&mut self, detail: &str) -> Vec<String> {
        self.page.clear();
        let room = detail.split([';', ' ']).next().unwrap_or(detail).to_owned();
        match self.find(&Place::Room(room)) {
            Some(index) => {
                self.windows[index].numbers.is_asked = false;
                self.release(index)
            }
            None => Vec::new(),
        }
    }
}
