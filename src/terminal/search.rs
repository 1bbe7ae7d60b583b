//! A search in the window that is looked at, from hit to hit.

use super::screen::Screen;
use super::text::found;
use super::view;
use super::window::Window;

/// What is searched for, and what was found when it was last asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) words: String,
    /// The lines in which it is, oldest first.
    hits: Vec<u64>,
    /// The one that is looked at.
    at: Option<u64>,
}

impl Search {
    fn new(words: String) -> Self {
        Self { words, hits: Vec::new(), at: None }
    }

    fn look_through(&mut self, window: &Window) {
        let lines = window.lines().iter();
        let hits = lines.filter(|line| !found(&view::content(line), &self.words).is_empty());
        self.hits = hits.map(|line| line.id).collect();
    }

    /// Goes to the next hit upwards, or back down; stays where it is if there is none.
    fn go_on(&mut self, upwards: bool) -> Option<u64> {
        let next = match (upwards, self.at) {
            (true, None) => self.hits.last(),
            (true, Some(at)) => self.hits.iter().rev().find(|hit| **hit < at),
            (false, None) => None,
            (false, Some(at)) => self.hits.iter().find(|hit| **hit > at),
        };
        self.at = Some(*next?);
        self.at
    }

    /// Which hit is looked at, counted from the newest, and how many there are.
    pub(super) fn position(&self) -> (usize, usize) {
        let newer = self.at.map_or(0, |at| self.hits.iter().filter(|hit| **hit >= at).count());
        (newer, self.hits.len())
    }
}

impl Screen {
    pub(super) fn find(&mut self, words: String) {
        self.search = Some(Search::new(words));
        self.find_next(true);
    }

    /// Goes on to the next hit, if there is a search and a hit.
    pub(super) fn find_next(&mut self, upwards: bool) {
        let Some(mut search) = self.search.take() else { return };
        let (columns, height) = self.conversation_size();
        let window = self.user_mut().window_mut();
        search.look_through(window);
        if let Some(line) = search.go_on(upwards) {
            window.scrolled = view::around(window, line, columns, height);
        }
        self.search = Some(search);
    }

    pub(super) fn stop_finding(&mut self) {
        self.search = None;
        self.user_mut().window_mut().scrolled = None;
        self.user_mut().window_mut().enter();
    }
}
