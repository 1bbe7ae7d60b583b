//! The part of a window that is on the screen: its size, scrolling, and the search that moves it.

use ratatui::layout;

use super::draw;
use super::input::search::ViewSearch;
use super::users::LocalUsers;
use super::view::{self, Size};

/// The rows of one turn of the wheel.
const WHEEL: usize = 3;

/// The screen on which the window of the active user is shown.
#[derive(Debug)]
pub(super) struct Viewport {
    /// The size of the terminal.
    pub(super) screen: layout::Size,
    search: Option<ViewSearch>,
}

impl Viewport {
    pub(super) fn new(screen: layout::Size) -> Self {
        Self { screen, search: None }
    }

    pub(super) fn search(&self) -> Option<&ViewSearch> {
        self.search.as_ref()
    }

    /// Scrolls by a page.
    pub(super) fn scroll_page(&self, up: bool, users: &mut LocalUsers) {
        let size = self.size(users);
        let page = size.rows.saturating_sub(1).max(1);
        let window = users.active_mut().window_mut();
        window.scrolled = if up { view::up(window, page, size) } else { view::down(window, page, size) };
        if !up && window.scrolled.is_none() {
            window.enter();
        }
    }

    /// Scrolls by a turn of the wheel.
    pub(super) fn scroll_rows(&self, up: bool, users: &mut LocalUsers) {
        let size = self.size(users);
        let window = users.active_mut().window_mut();
        window.scrolled = if up { view::up(window, WHEEL, size) } else { view::down(window, WHEEL, size) };
        if !up && window.scrolled.is_none() {
            window.enter();
        }
    }

    /// Whether nothing older is in the window than what is on the screen.
    pub(super) fn is_at_top(&self, users: &LocalUsers) -> bool {
        view::is_at_top(users.active().window(), self.size(users))
    }

    /// Shows so many lines at the end of the window, from the first of them on.
    pub(super) fn show_last(&self, lines: usize, users: &mut LocalUsers) {
        let size = self.size(users);
        let window = users.active_mut().window_mut();
        window.scrolled = view::from_line(window, window.lines().len().saturating_sub(lines), size);
    }

    /// Searches for these words, from the end upwards.
    pub(super) fn start_search(&mut self, words: String, users: &mut LocalUsers) {
        self.search = Some(ViewSearch::new(words));
        self.find_next(true, users);
    }

    /// Goes to the next hit, if there is a search.
    pub(super) fn find_next(&mut self, up: bool, users: &mut LocalUsers) {
        let size = self.size(users);
        if let Some(search) = &mut self.search {
            search.go_on(up, users.active_mut().window_mut(), size);
        }
    }

    /// Ends the search, and goes to the end of the window.
    pub(super) fn stop_search(&mut self, users: &mut LocalUsers) {
        self.search = None;
        let window = users.active_mut().window_mut();
        window.scrolled = None;
        window.enter();
    }

    /// Another window is shown: the search ends.
    pub(super) fn forget_search(&mut self) {
        self.search = None;
    }

    fn size(&self, users: &LocalUsers) -> Size {
        draw::conversation_size(self.screen, users)
    }
}
