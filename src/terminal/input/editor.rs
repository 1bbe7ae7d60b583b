//! The line being written: a text, a cursor between two of its graphemes, and the text that was cut last.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The line being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::terminal) struct Editor {
    text: String,
    /// The position in bytes, always between two graphemes.
    cursor: usize,
    cut: String,
}

/// A change of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::terminal) enum Edit {
    /// Move the cursor.
    Go(Direction, Distance),
    /// Delete from the cursor on. A word or more can be put back.
    Delete(Direction, Distance),
    /// Put back the text that was cut last.
    PutBack,
    /// Write a character.
    Insert(char),
}

/// The direction of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::terminal) enum Direction {
    Left,
    Right,
}

/// The distance of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::terminal) enum Distance {
    Grapheme,
    Word,
    Line,
}

impl Editor {
    pub(in crate::terminal) fn text(&self) -> &str {
        &self.text
    }

    pub(in crate::terminal) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether a blank stands before the cursor.
    pub(in crate::terminal) fn is_after_blank(&self) -> bool {
        self.text[..self.cursor].ends_with(' ')
    }

    /// Takes the whole line. The text that was cut can still be put back.
    pub(in crate::terminal) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Cuts the whole line, so that it can be put back.
    pub(in crate::terminal) fn cut(&mut self) {
        self.cut = self.take();
    }

    /// Replaces the line, with the cursor at the end.
    pub(in crate::terminal) fn replace(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
    }

    /// Replaces this range of bytes, with the cursor after the new text.
    pub(in crate::terminal) fn replace_range(&mut self, range: std::ops::Range<usize>, text: &str) {
        self.text.replace_range(range.clone(), text);
        self.set_cursor(range.start + text.len());
    }

    /// Makes a change. Returns whether the text is another one now.
    pub(in crate::terminal) fn apply(&mut self, edit: Edit) -> bool {
        let length = self.text.len();
        match edit {
            Edit::Go(direction, distance) => self.go(direction, distance),
            Edit::Delete(direction, distance) => self.delete(direction, distance),
            Edit::PutBack => self.put_back(),
            Edit::Insert(letter) => self.insert(letter.encode_utf8(&mut [0; 4])),
        }
        self.text.len() != length
    }

    /// Writes at the cursor. Control characters other than tab are left out: no server takes them.
    pub(in crate::terminal) fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        self.text.insert_str(self.cursor, &text);
        self.set_cursor(self.cursor + text.len());
    }

    fn go(&mut self, direction: Direction, distance: Distance) {
        self.cursor = self.reach(direction, distance);
    }

    fn delete(&mut self, direction: Direction, distance: Distance) {
        let other = self.reach(direction, distance);
        let range = self.cursor.min(other)..self.cursor.max(other);
        let taken: String = self.text.drain(range.clone()).collect();
        self.set_cursor(range.start);
        if distance != Distance::Grapheme && !taken.is_empty() {
            self.cut = taken;
        }
    }

    fn put_back(&mut self) {
        let cut = self.cut.clone();
        self.insert(&cut);
    }

    fn reach(&self, direction: Direction, distance: Distance) -> usize {
        let (before, after) = self.text.split_at(self.cursor);
        match (direction, distance) {
            (Direction::Left, Distance::Grapheme) => before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at),
            (Direction::Right, Distance::Grapheme) => self.cursor + after.graphemes(true).next().map_or(0, str::len),
            (Direction::Left, Distance::Word) => {
                let mut words = before.split_word_bound_indices().rev();
                words.find(|(_, word)| is_word(word)).map_or(0, |(at, _)| at)
            }
            (Direction::Right, Distance::Word) => {
                let mut words = after.split_word_bound_indices();
                let found = words.find(|(_, word)| is_word(word));
                found.map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
            }
            (Direction::Left, Distance::Line) => 0,
            (Direction::Right, Distance::Line) => self.text.len(),
        }
    }

    /// Puts the cursor at this byte. If a change has joined graphemes around it, the cursor goes behind them.
    fn set_cursor(&mut self, at: usize) {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        let whole = cursor.is_boundary(&self.text, 0).unwrap_or(true);
        self.cursor = if whole { at } else { cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(at) };
    }
}

fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(text: &str) -> Editor {
        let mut editor = Editor::default();
        editor.insert(text);
        editor
    }

    #[test]
    fn the_cursor_goes_by_what_is_seen_as_one_character() {
        let mut editor = editor("a渊e\u{301}👩\u{200d}👧");
        for left in ["a渊e\u{301}", "a渊", "a", "", ""] {
            editor.go(Direction::Left, Distance::Grapheme);
            assert_eq!(editor.cursor(), left.len());
        }
        editor.go(Direction::Right, Distance::Grapheme);
        editor.delete(Direction::Right, Distance::Grapheme);
        assert_eq!(editor.text(), "ae\u{301}👩\u{200d}👧");
        editor.go(Direction::Right, Distance::Line);
        editor.delete(Direction::Left, Distance::Grapheme);
        assert_eq!(editor.text(), "ae\u{301}");
    }

    #[test]
    fn words_are_cut_and_put_back() {
        let mut editor = editor("send lobby  hello");
        editor.delete(Direction::Left, Distance::Word);
        assert_eq!(editor.text(), "send lobby  ");
        editor.delete(Direction::Left, Distance::Word);
        assert_eq!(editor.text(), "send ");
        editor.put_back();
        assert_eq!(editor.text(), "send lobby  ");
        editor.go(Direction::Left, Distance::Line);
        editor.go(Direction::Right, Distance::Word);
        assert_eq!(editor.cursor(), 4);
        editor.delete(Direction::Right, Distance::Line);
        assert_eq!(editor.text(), "send");
    }

    #[test]
    fn an_accent_joins_the_letter_before_it() {
        let mut editor = editor("ex");
        editor.go(Direction::Left, Distance::Grapheme);
        editor.insert("\u{301}");
        assert_eq!((editor.text(), editor.cursor()), ("e\u{301}x", 3));
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(editor("a\u{1b}[2J\tb\u{7}").text(), "a[2J\tb");
    }

    proptest::proptest! {
        #[test]
        fn the_cursor_is_always_between_two_graphemes(keys in proptest::collection::vec(0u8..9, 0..40)) {
            let mut editor = Editor::default();
            for key in keys {
                match key {
                    0 => editor.insert("e"),
                    1 => editor.insert("\u{301}"),
                    2 => editor.insert("渊 "),
                    3 => editor.insert("👩\u{200d}"),
                    4 => editor.go(Direction::Left, Distance::Grapheme),
                    5 => editor.go(Direction::Right, Distance::Word),
                    6 => editor.delete(Direction::Left, Distance::Grapheme),
                    7 => editor.delete(Direction::Right, Distance::Word),
                    _ => editor.put_back(),
                }
                let boundaries: Vec<usize> = editor.text().grapheme_indices(true).map(|(at, _)| at).collect();
                let end = editor.text().len();
                proptest::prop_assert!(editor.cursor() == end || boundaries.contains(&editor.cursor()));
            }
        }
    }
}
