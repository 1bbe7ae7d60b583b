//! The lines that were typed, oldest first, and the one among them that is on the screen.

use std::collections::VecDeque;

/// Lines that are kept. When it is full, the oldest line is dropped.
pub(in crate::terminal) const MAX_HISTORY: usize = 1000;

/// The lines that were typed in this run and in earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::terminal) struct History {
    lines: VecDeque<String>,
    browsing: Option<Browsing>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Browsing {
    at: usize,
    /// The line being written before. It comes back after the newest line.
    draft: String,
}

impl History {
    pub(in crate::terminal) fn new(lines: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        lines.into_iter().for_each(|line| {
            history.add(&line);
        });
        history
    }

    /// Adds a line, unless it is blank or the same as the last one. Returns whether it was added.
    pub(in crate::terminal) fn add(&mut self, line: &str) -> bool {
        self.browsing = None;
        if line.trim().is_empty() || self.lines.back().is_some_and(|last| last == line) {
            return false;
        }
        if self.lines.len() == MAX_HISTORY {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
        true
    }

    /// The next older line. `current` is the line being written.
    pub(in crate::terminal) fn older(&mut self, current: &str) -> Option<&str> {
        let (at, draft) = match self.browsing.take() {
            None => (self.lines.len(), current.to_owned()),
            Some(browsing) => (browsing.at, browsing.draft),
        };
        let older = at.checked_sub(1);
        self.browsing = Some(Browsing { at: older.unwrap_or(at), draft }).filter(|_| !self.lines.is_empty());
        self.lines.get(older?).map(String::as_str)
    }

    /// The next newer line. After the newest one, the line that was being written.
    pub(in crate::terminal) fn newer(&mut self) -> Option<String> {
        let browsing = self.browsing.as_mut()?;
        browsing.at += 1;
        match self.lines.get(browsing.at) {
            Some(line) => Some(line.clone()),
            None => self.browsing.take().map(|browsing| browsing.draft),
        }
    }

    /// The line being written is no longer one of these.
    pub(in crate::terminal) fn stop_browsing(&mut self) {
        self.browsing = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_being_written_comes_back_after_the_last_line() {
        let mut history = History::new(["one", "two", "two", " "].map(str::to_owned));
        assert_eq!(history.older("half"), Some("two"));
        assert_eq!(history.older("two"), Some("one"));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer().as_deref(), Some("two"));
        assert_eq!(history.newer().as_deref(), Some("half"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn the_oldest_lines_are_forgotten() {
        let mut history = History::new((0..=MAX_HISTORY).map(|i| i.to_string()));
        assert!(!history.add(&MAX_HISTORY.to_string()));
        let mut last = None;
        while let Some(line) = history.older("").map(str::to_owned) {
            last = Some(line);
        }
        assert_eq!(last.as_deref(), Some("1"));
    }
}
