//! What each key does.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::editor::{Direction, Distance};
use super::now::Now;
use super::screen::{Effect, Screen};
use super::view;

use Direction::{Left, Right};

impl Screen {
    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c') if control => return self.leave(now),
            KeyCode::Char('l') if control => return vec![Effect::Redraw],
            _ if self.paste.is_some() => return self.decide_paste(key, now),
            KeyCode::Enter => return self.submit(now),
            KeyCode::Tab => {
                self.complete(true);
                return Vec::new();
            }
            KeyCode::BackTab => {
                self.complete(false);
                return Vec::new();
            }
            _ => self.completion = None,
        }
        if !self.navigate(key, control, alt) {
            self.edit(key, control, alt);
        }
        Vec::new()
    }

    fn decide_paste(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        match key.code {
            KeyCode::Enter | KeyCode::Char('y') => return self.send_paste(now),
            KeyCode::Esc | KeyCode::Char('n') => self.paste = None,
            KeyCode::Char('j') => self.join_paste(),
            _ => {}
        }
        Vec::new()
    }

    /// Goes somewhere else on the screen; false if the key does not.
    fn navigate(&mut self, key: KeyEvent, control: bool, alt: bool) -> bool {
        let (columns, height) = self.conversation_size();
        let page = height.saturating_sub(1).max(1);
        let windows = self.user().windows.len();
        let current = self.user().current;
        match key.code {
            KeyCode::PageUp => {
                let anchor = view::up(self.user().window(), page, columns, height);
                self.user_mut().window_mut().scrolled = anchor;
            }
            KeyCode::PageDown => {
                let anchor = view::down(self.user().window(), page, columns);
                self.user_mut().window_mut().scrolled = anchor;
                if anchor.is_none() {
                    self.user_mut().window_mut().enter();
                }
            }
            KeyCode::F(3) => self.find_next(!key.modifiers.contains(KeyModifiers::SHIFT)),
            KeyCode::Esc => self.stop_finding(),
            KeyCode::F(2) => self.next_user(),
            KeyCode::Char('x') if control => self.next_user(),
            KeyCode::Char('n') if control => self.go_to_window((current + 1) % windows),
            KeyCode::Char('p') if control => self.go_to_window((current + windows - 1) % windows),
            KeyCode::Char('a') if alt => self.go_to_news(),
            KeyCode::Char(digit @ '1'..='9') if alt => self.go_to_window(digit as usize - '1' as usize),
            KeyCode::Char('0') if alt => self.go_to_window(9),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            _ => return false,
        }
        true
    }

    fn edit(&mut self, key: KeyEvent, control: bool, alt: bool) {
        let distance = if control || alt { Distance::Word } else { Distance::Grapheme };
        let mut typed = [0; 4];
        let before = self.user().window().editor.text().len();
        let editor = &mut self.user_mut().window_mut().editor;
        match key.code {
            KeyCode::Left => editor.go(Left, distance),
            KeyCode::Right => editor.go(Right, distance),
            KeyCode::Home => editor.go(Left, Distance::Line),
            KeyCode::End => editor.go(Right, Distance::Line),
            KeyCode::Backspace => editor.delete(Left, distance),
            KeyCode::Delete => editor.delete(Right, distance),
            KeyCode::Char(letter) if control => match letter {
                'a' => editor.go(Left, Distance::Line),
                'e' => editor.go(Right, Distance::Line),
                'b' => editor.go(Left, Distance::Grapheme),
                'f' => editor.go(Right, Distance::Grapheme),
                'h' => editor.delete(Left, Distance::Grapheme),
                'd' => editor.delete(Right, Distance::Grapheme),
                'w' => editor.delete(Left, Distance::Word),
                'u' => editor.delete(Left, Distance::Line),
                'k' => editor.delete(Right, Distance::Line),
                'y' => editor.put_back(),
                _ => {}
            },
            KeyCode::Char(letter) if alt => match letter {
                'b' => editor.go(Left, Distance::Word),
                'f' => editor.go(Right, Distance::Word),
                'd' => editor.delete(Right, Distance::Word),
                _ => {}
            },
            KeyCode::Char(letter) => editor.insert(letter.encode_utf8(&mut typed)),
            _ => {}
        }
        if self.user().window().editor.text().len() != before {
            self.history.stop_browsing();
        }
    }

    pub(super) fn go_to_window(&mut self, index: usize) {
        self.search = None;
        self.user_mut().switch(index);
    }

    /// The next window in which something is unread, for this user in particular first; then the other users'.
    fn go_to_news(&mut self) {
        let user = self.user();
        let news =
            |wanted: bool| user.windows.iter().position(|window| window.unread > 0 && window.mentioned == wanted);
        match news(true).or_else(|| news(false)) {
            Some(index) => self.go_to_window(index),
            None if self.users.iter().any(|user| user.unread().0 > 0) => {
                let count = self.users.len();
                let next = (1..count).map(|i| (self.active + i) % count).find(|i| self.users[*i].unread().0 > 0);
                self.go_to_user(next.unwrap_or(self.active));
            }
            None => {}
        }
    }

    fn next_user(&mut self) {
        self.go_to_user((self.active + 1) % self.users.len());
    }

    fn go_to_user(&mut self, index: usize) {
        if index != self.active {
            self.search = None;
            self.user_mut().window_mut().leave();
            self.active = index;
            self.user_mut().window_mut().enter();
        }
    }
}
