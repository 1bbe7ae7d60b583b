//! One conversation: its lines, what of them is unread, what is being written in it, and where one is looking.

use std::collections::{BTreeMap, VecDeque};

use chrono::NaiveDateTime;

use super::editor::Editor;
use super::slash::Place;
use super::text::key;

/// Lines that a window keeps; the oldest goes first.
pub(super) const MAX_LINES: usize = 5_000;

/// Bytes of text that a window keeps; the oldest line goes first.
const MAX_BYTES: usize = 4 << 20;

/// Something that a window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counts the lines of its window.
    pub(super) id: u64,
    /// When it came, by the clock on the wall.
    pub(super) at: NaiveDateTime,
    /// How it is shown.
    pub(super) kind: LineKind,
    /// Fit to be shown: no control characters, no tabs.
    pub(super) text: String,
}

/// How a line is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Somebody wrote it.
    Said {
        /// Who.
        from: String,
        /// Our user's own words.
        own: bool,
        /// Our user's name is in it.
        mention: bool,
    },
    /// It happened in the room.
    Notice,
    /// The server's answer.
    Answer,
    /// The server's refusal.
    Refusal,
    /// A command that was typed.
    Typed,
    /// Said by this program.
    Local,
}

/// Where one is looking, when it is not the end: the last row shown is this one of this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) line: u64,
    pub(super) row: usize,
}

/// One conversation of one user.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) place: Place,
    pub(super) editor: Editor,
    /// A room's members, by the key of their names.
    pub(super) members: BTreeMap<String, String>,
    pub(super) scrolled: Option<Anchor>,
    /// What was read when the window was last left: the marker stands before this line.
    pub(super) marker: Option<u64>,
    /// How many lines worth knowing of have come since then.
    pub(super) unread: usize,
    /// Our user's name is in one of them, or they are for nobody else.
    pub(super) mentioned: bool,
    lines: VecDeque<Line>,
    next_id: u64,
    bytes: usize,
}

impl Window {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            editor: Editor::default(),
            members: BTreeMap::new(),
            scrolled: None,
            marker: None,
            unread: 0,
            mentioned: false,
            lines: VecDeque::new(),
            next_id: 0,
            bytes: 0,
        }
    }

    pub(super) fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    /// The line with this id, or the oldest one that is left.
    pub(super) fn index_of(&self, id: u64) -> usize {
        let first = self.lines.front().map_or(0, |line| line.id);
        usize::try_from(id.saturating_sub(first)).unwrap_or(usize::MAX).min(self.lines.len().saturating_sub(1))
    }

    /// One more line. The oldest ones go if there are too many.
    pub(super) fn push(&mut self, at: NaiveDateTime, kind: LineKind, text: String) {
        self.bytes += text.len();
        self.lines.push_back(Line { id: self.next_id, at, kind, text });
        self.next_id += 1;
        while self.lines.len() > MAX_LINES || (self.bytes > MAX_BYTES && self.lines.len() > 1) {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.text.len());
        }
    }

    /// Forgets what it shows.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.bytes = 0;
        self.scrolled = None;
        self.marker = None;
    }

    /// A line has come that nobody sees yet.
    pub(super) fn is_unread(&mut self, mentioned: bool) {
        self.unread += 1;
        self.mentioned |= mentioned;
    }

    /// Somebody looks at it now.
    pub(super) fn enter(&mut self) {
        self.unread = 0;
        self.mentioned = false;
    }

    /// Nobody looks at it any more: what comes from here on is new.
    pub(super) fn leave(&mut self) {
        self.marker = Some(self.next_id);
        self.scrolled = None;
    }

    pub(super) fn add_member(&mut self, name: &str) {
        self.members.insert(key(name), name.to_owned());
    }

    pub(super) fn remove_member(&mut self, name: &str) {
        self.members.remove(&key(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_so_many_lines_and_bytes() {
        let mut window = Window::new(Place::Server);
        let at = NaiveDateTime::default();
        for i in 0..=MAX_LINES {
            window.push(at, LineKind::Answer, i.to_string());
        }
        assert_eq!((window.lines().len(), window.lines()[0].text.as_str()), (MAX_LINES, "1"));
        assert_eq!((window.index_of(0), window.index_of(2), window.index_of(u64::MAX)), (0, 1, MAX_LINES - 1));
        for _ in 0..100 {
            window.push(at, LineKind::Answer, "x".repeat(60 * 1024));
        }
        assert!(window.lines().iter().map(|line| line.text.len()).sum::<usize>() <= MAX_BYTES);
        assert!(window.lines().len() > 50);
    }
}
