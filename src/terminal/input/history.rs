//! The lines that were typed, oldest first, and the one among them that is on the screen.
//!
//! A text that was typed in one window does not come back in another one by the usual keys: a private line must not end
//! up in a room. Only who asks for the lines of all windows gets them.
//! Commands that begin with a slash mean the same everywhere, and come back everywhere.

use std::collections::VecDeque;

use crate::terminal::user::LocalUserId;
use crate::terminal::window::Place;

/// Lines that are kept. When it is full, the oldest line is dropped.
pub(in crate::terminal) const MAX_HISTORY: usize = 1000;

/// The lines that were typed in this run and in earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::terminal) struct History {
    lines: VecDeque<TypedLine>,
    browsing: Option<Browsing>,
}

/// A typed line, and where it was typed. `None`: the line means the same everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TypedLine {
    line: String,
    origin: Option<LineOrigin>,
}

/// The window in which a line is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) struct LineOrigin {
    /// The user; `None` in a line of an earlier run.
    pub(in crate::terminal) user: Option<LocalUserId>,
    pub(in crate::terminal) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Browsing {
    at: usize,
    /// The line being written before. It comes back after the newest line.
    draft: String,
}

impl History {
    /// The lines of earlier runs. They were commands: only commands are kept over runs.
    pub(in crate::terminal) fn new(lines: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        let origin = LineOrigin { user: None, place: Place::Server };
        for line in lines {
            history.add(&line, &origin);
        }
        history
    }

    /// Adds a line, unless it is blank or the same as the last one. Returns whether the line is to be kept for the next
    /// run: a command is, a text to a room or to a person is not.
    pub(in crate::terminal) fn add(&mut self, line: &str, origin: &LineOrigin) -> bool {
        self.browsing = None;
        let is_slash = line.starts_with('/') && !line.starts_with("//");
        let typed = TypedLine { line: line.to_owned(), origin: (!is_slash).then(|| origin.clone()) };
        if line.trim().is_empty() || self.lines.back() == Some(&typed) {
            return false;
        }
        if self.lines.len() == MAX_HISTORY {
            self.lines.pop_front();
        }
        self.lines.push_back(typed);
        is_slash || origin.place == Place::Server
    }

    /// The next older line of this window, or with `None` of any window. `current` is the line being written.
    pub(in crate::terminal) fn older(&mut self, current: &str, here: Option<&LineOrigin>) -> Option<String> {
        let (at, draft) = match self.browsing.take() {
            None => (self.lines.len(), current.to_owned()),
            Some(browsing) => (browsing.at, browsing.draft),
        };
        let older = self.lines.iter().take(at).rposition(|typed| typed.belongs_to(here));
        self.browsing =
            Some(Browsing { at: older.unwrap_or(at), draft }).filter(|browsing| browsing.at < self.lines.len());
        Some(self.lines[older?].line.clone())
    }

    /// The next newer line of this window, or with `None` of any window. After the newest one, the line that was being written.
    pub(in crate::terminal) fn newer(&mut self, here: Option<&LineOrigin>) -> Option<String> {
        let browsing = self.browsing.as_mut()?;
        let next = browsing.at + 1;
        match self.lines.iter().skip(next).position(|typed| typed.belongs_to(here)) {
            Some(skipped) => {
                browsing.at = next + skipped;
                Some(self.lines[browsing.at].line.clone())
            }
            None => self.browsing.take().map(|browsing| browsing.draft),
        }
    }

    /// The line being written is no longer one of these.
    pub(in crate::terminal) fn stop_browsing(&mut self) {
        self.browsing = None;
    }
}

impl TypedLine {
    fn belongs_to(&self, here: Option<&LineOrigin>) -> bool {
        self.origin.as_ref().zip(here).is_none_or(|(origin, here)| {
            origin.place.is_same(&here.place) && (origin.user.is_none() || origin.user == here.user)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> LineOrigin {
        LineOrigin { user: Some(LocalUserId(0)), place: Place::Server }
    }

    #[test]
    fn what_was_being_written_comes_back_after_the_last_line() {
        let mut history = History::new(["one", "two", "two", " "].map(str::to_owned));
        assert_eq!(history.older("half", Some(&server())).as_deref(), Some("two"));
        assert_eq!(history.older("two", Some(&server())).as_deref(), Some("one"));
        assert_eq!(history.older("one", Some(&server())), None);
        assert_eq!(history.newer(Some(&server())).as_deref(), Some("two"));
        assert_eq!(history.newer(Some(&server())).as_deref(), Some("half"));
        assert_eq!(history.newer(Some(&server())), None);
    }

    #[test]
    fn the_oldest_lines_are_forgotten() {
        let mut history = History::new((0..=MAX_HISTORY).map(|i| i.to_string()));
        let mut last = None;
        while let Some(line) = history.older("", Some(&server())) {
            last = Some(line);
        }
        assert_eq!(last.as_deref(), Some("1"));
    }

    #[test]
    fn only_commands_are_kept_for_the_next_run() {
        let mut history = History::default();
        let alice = LineOrigin { user: Some(LocalUserId(0)), place: Place::Person("alice".into()) };
        assert!(!history.add("secret", &alice));
        assert!(!history.add("//secret", &alice));
        assert!(history.add("/rooms", &alice));
        assert!(history.add("list rooms", &server()));
    }
}
