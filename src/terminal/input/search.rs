//! A search in one window, from hit to hit.

use crate::terminal::text::found;
use crate::terminal::view::{self, Size};
use crate::terminal::window::Window;

/// The words of a search, and the hits when it last went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) struct ViewSearch {
    pub(in crate::terminal) words: String,
    /// The numbers of the lines with the words, oldest first.
    hits: Vec<u64>,
    /// The hit on the screen.
    at: Option<u64>,
}

impl ViewSearch {
    pub(in crate::terminal) fn new(words: String) -> Self {
        Self { words, hits: Vec::new(), at: None }
    }

    /// Scrolls the window to the next hit upwards or downwards. Without a further hit, it stays where it is.
    pub(in crate::terminal) fn go_on(&mut self, up: bool, window: &mut Window, size: Size) {
        let lines = window.lines().iter();
        let hits = lines.filter(|line| !found(&view::content(line), &self.words).is_empty());
        self.hits = hits.map(|line| line.id).collect();
        let next = match (up, self.at) {
            (true, None) => self.hits.last(),
            (true, Some(at)) => self.hits.iter().rev().find(|hit| **hit < at),
            (false, None) => None,
            (false, Some(at)) => self.hits.iter().find(|hit| **hit > at),
        };
        if let Some(line) = next {
            self.at = Some(*line);
            window.scrolled = view::around(window, *line, size);
        }
    }

    /// The number of the hit on the screen, counted from the newest, and the number of hits.
    pub(in crate::terminal) fn position(&self) -> (usize, usize) {
        let newer = self.at.map_or(0, |at| self.hits.iter().filter(|hit| **hit >= at).count());
        (newer, self.hits.len())
    }
}
