//! One conversation: its place, its lines, the unread ones among them, the line being written, and the scroll position.

use std::collections::VecDeque;

use chrono::NaiveDateTime;

use super::input::editor::Editor;
use super::names::Names;
use super::text::key;

/// Lines that a window keeps. When it is full, the oldest line is dropped.
pub(super) const MAX_LINES: usize = 5_000;

/// Bytes of text that a window keeps. When it is full, the oldest lines are dropped.
const MAX_BYTES: usize = 4 << 20;

/// Unconfirmed lines that a window shows. When it is full, a further line is shown when the server tells of it.
const MAX_UNCONFIRMED: usize = 100;

/// The number of the first line of a window: below it there is room for lines of the past.
const FIRST_ID: u64 = 1 << 32;

/// Where a conversation takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// With the server.
    Server,
    /// In a room.
    Room(String),
    /// With one person.
    Person(String),
}

impl Place {
    /// Whether two places are the same, in any spelling.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Server, Self::Server) => true,
            (Self::Room(one), Self::Room(other)) | (Self::Person(one), Self::Person(other)) => key(one) == key(other),
            (Self::Server | Self::Room(_) | Self::Person(_), _) => false,
        }
    }

    /// The name of the room, if this is one.
    pub(super) fn room(&self) -> Option<&str> {
        match self {
            Self::Room(room) => Some(room),
            Self::Server | Self::Person(_) => None,
        }
    }
}

/// A line that a window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WindowLine {
    /// The number of the line in its window.
    pub(super) id: u64,
    /// When it came, in local time.
    pub(super) at: NaiveDateTime,
    /// The kind of the line.
    pub(super) kind: LineKind,
    /// The text, without control characters and tabs.
    pub(super) text: String,
}

/// The kind of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Somebody's message.
    Said {
        /// The name of the sender.
        from: String,
        /// Whether the sender is our user.
        own: bool,
        /// Whether our user's name is in the text.
        mention: bool,
    },
    /// An event in the room.
    Notice,
    /// An answer of the server.
    Answer,
    /// A refusal of the server.
    Refusal,
    /// A typed command.
    Typed,
    /// A message of our user that the server has not confirmed.
    Unconfirmed {
        /// The name of our user.
        from: String,
    },
    /// A message of this program.
    Local,
}

/// The numbers of the lines of a room, as far as they are known here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Of the oldest line in the window.
    pub(super) first: Option<u64>,
    /// Of the newest line.
    pub(super) last: Option<u64>,
    /// Of the oldest line that the server keeps.
    pub(super) kept_from: u64,
    /// Whether older lines were asked for and have not come.
    pub(super) is_asked: bool,
    /// Whether the user wants to see nothing of the past.
    pub(super) is_cleared: bool,
}

impl Numbers {
    /// A line with this number has come.
    pub(super) fn note(&mut self, number: u64) {
        self.first = self.first.or(Some(number));
        self.last = Some(number);
    }

    /// The number before which there may be older lines that can be asked for.
    pub(super) fn older(&self) -> Option<u64> {
        let is_possible = !self.is_asked && !self.is_cleared;
        self.first.filter(|first| is_possible && *first > self.kept_from.max(1))
    }
}

/// A scroll position above the end: the last row on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The number of the line.
    pub(super) line: u64,
    /// The row of the line, counted from 0.
    pub(super) row: usize,
}

/// One conversation of one user.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) place: Place,
    /// What it is called by: it keeps its number when others are closed.
    pub(super) number: usize,
    pub(super) editor: Editor,
    /// The members of a room.
    pub(super) members: Names,
    /// The scroll position, or `None` at the end.
    pub(super) scrolled: Option<Anchor>,
    /// The first line that came after the window was last left: the marker "new" stands before it.
    pub(super) marker: Option<u64>,
    /// How many messages have come that nobody has seen.
    pub(super) unread: usize,
    /// How many of them are addressed to our user.
    pub(super) mentions: usize,
    /// The numbers that the server has given to the lines of a room.
    pub(super) numbers: Numbers,
    /// Lines that wait until what was missed before them is known.
    pub(super) held: Option<Vec<String>>,
    lines: VecDeque<WindowLine>,
    /// How many lines at the end are unconfirmed: whatever comes stands before them.
    unconfirmed: usize,
    next_id: u64,
    bytes: usize,
}

impl Window {
    pub(super) fn new(place: Place, number: usize) -> Self {
        Self {
            place,
            number,
            editor: Editor::default(),
            members: Names::default(),
            scrolled: None,
            marker: None,
            unread: 0,
            mentions: 0,
            numbers: Numbers::default(),
            held: None,
            lines: VecDeque::new(),
            unconfirmed: 0,
            next_id: FIRST_ID,
            bytes: 0,
        }
    }

    pub(super) fn lines(&self) -> &VecDeque<WindowLine> {
        &self.lines
    }

    /// The line with this id, or the oldest one that is left.
    pub(super) fn index_of(&self, id: u64) -> usize {
        let first = self.lines.front().map_or(0, |line| line.id);
        usize::try_from(id.saturating_sub(first)).unwrap_or(usize::MAX).min(self.lines.len().saturating_sub(1))
    }

    /// Adds a line of the past before all others, unless the window is full.
    pub(super) fn push_front(&mut self, at: NaiveDateTime, kind: LineKind, text: String) -> bool {
        let id = self.lines.front().map_or(self.next_id, |line| line.id) - 1;
        let has_room = self.lines.len() < MAX_LINES && self.bytes + text.len() <= MAX_BYTES;
        if has_room {
            self.bytes += text.len();
            self.lines.push_front(WindowLine { id, at, kind, text });
        }
        has_room
    }

    /// What comes from here on is new.
    pub(super) fn mark_here(&mut self) {
        self.marker = Some(self.next_id - self.unconfirmed as u64);
    }

    /// Adds a line before those that are unconfirmed. The oldest lines are dropped if there are too many.
    pub(super) fn push(&mut self, at: NaiveDateTime, kind: LineKind, text: String) {
        let unconfirmed = self.take_unconfirmed();
        self.append(at, kind, text);
        self.put_back(unconfirmed);
    }

    /// Adds a message of our user at the end, until the server confirms it.
    pub(super) fn push_unconfirmed(&mut self, at: NaiveDateTime, from: String, text: String) {
        if self.unconfirmed < MAX_UNCONFIRMED {
            self.append(at, LineKind::Unconfirmed { from }, text);
            self.unconfirmed = (self.unconfirmed + 1).min(self.lines.len());
        }
    }

    /// Takes the oldest unconfirmed message with this text away.
    pub(super) fn take_confirmed(&mut self, text: &str) -> Option<WindowLine> {
        let mut unconfirmed = self.take_unconfirmed();
        let at = unconfirmed.iter().position(|line| line.text == text);
        let taken = at.map(|at| unconfirmed.remove(at));
        self.put_back(unconfirmed);
        taken
    }

    /// Takes every unconfirmed message away.
    pub(super) fn take_unconfirmed(&mut self) -> Vec<WindowLine> {
        let unconfirmed: Vec<WindowLine> = self.lines.drain(self.lines.len() - self.unconfirmed..).collect();
        self.next_id -= unconfirmed.len() as u64;
        self.bytes -= unconfirmed.iter().map(|line| line.text.len()).sum::<usize>();
        self.unconfirmed = 0;
        unconfirmed
    }

    fn put_back(&mut self, unconfirmed: Vec<WindowLine>) {
        self.unconfirmed = unconfirmed.len();
        unconfirmed.into_iter().for_each(|line| self.append(line.at, line.kind, line.text));
        self.unconfirmed = self.unconfirmed.min(self.lines.len());
    }

    fn append(&mut self, at: NaiveDateTime, kind: LineKind, text: String) {
        self.bytes += text.len();
        self.lines.push_back(WindowLine { id: self.next_id, at, kind, text });
        self.next_id += 1;
        while self.lines.len() > MAX_LINES || (self.bytes > MAX_BYTES && self.lines.len() > 1) {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.text.len());
        }
    }

    /// Removes every line.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.unconfirmed = 0;
        self.bytes = 0;
        self.scrolled = None;
        self.marker = None;
        self.numbers.is_cleared = true;
    }

    /// Counts a message that nobody has seen.
    pub(super) fn mark_unread(&mut self, is_mention: bool) {
        self.unread += 1;
        self.mentions += usize::from(is_mention);
    }

    /// The window is shown: everything in it counts as seen.
    pub(super) fn enter(&mut self) {
        self.unread = 0;
        self.mentions = 0;
    }

    /// The window is no longer shown: what comes from here on is new.
    pub(super) fn leave(&mut self) {
        self.mark_here();
        self.scrolled = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_so_many_lines_and_bytes() {
        let mut window = Window::new(Place::Server, 1);
        let at = NaiveDateTime::default();
        for i in 0..=MAX_LINES {
            window.push(at, LineKind::Answer, i.to_string());
        }
        assert_eq!((window.lines().len(), window.lines()[0].text.as_str()), (MAX_LINES, "1"));
        let second = window.lines()[1].id;
        assert_eq!((window.index_of(0), window.index_of(second), window.index_of(u64::MAX)), (0, 1, MAX_LINES - 1));
        for _ in 0..100 {
            window.push(at, LineKind::Answer, "x".repeat(60 * 1024));
        }
        assert!(window.lines().iter().map(|line| line.text.len()).sum::<usize>() <= MAX_BYTES);
        assert!(window.lines().len() > 50);
    }

    #[test]
    fn what_is_unconfirmed_stands_at_the_end_until_it_is_confirmed() {
        let mut window = Window::new(Place::Server, 1);
        let at = NaiveDateTime::default();
        let texts = |window: &Window| window.lines().iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        let says = |window: &mut Window, text: &str| window.push_unconfirmed(at, "ann".to_owned(), text.to_owned());
        ["one", "two", "one"].iter().for_each(|text| says(&mut window, text));
        window.push(at, LineKind::Answer, "between".to_owned());
        assert_eq!(texts(&window), ["between", "one", "two", "one"]);
        assert_eq!(window.lines().iter().map(|line| line.id - FIRST_ID).collect::<Vec<_>>(), [0, 1, 2, 3]);
        window.leave();
        assert_eq!(window.marker, Some(FIRST_ID + 1));
        assert!(window.take_confirmed("one").is_some() && window.take_confirmed("three").is_none());
        assert_eq!(texts(&window), ["between", "two", "one"]);
        (0..MAX_UNCONFIRMED).for_each(|_| says(&mut window, "more"));
        assert_eq!(window.lines().len(), 1 + MAX_UNCONFIRMED);
        window.clear();
        window.push(at, LineKind::Answer, "after".to_owned());
        assert_eq!(texts(&window), ["after"]);
        assert_eq!(window.bytes, "after".len());
    }
}
