//! Characters about whose width terminals disagree: joined emoji, flags, conjuncts, half-width sound marks.
//!
//! Where the terminal thinks otherwise than we do, drawing only what has changed leaves pieces of the old row behind. A
//! row with such a character that changes is therefore a reason to draw everything anew.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthChar;

/// Whether the step from one screen to the next could leave pieces behind.
pub(super) fn leaves_pieces(before: &Buffer, after: &Buffer) -> bool {
    let columns = usize::from(after.area.width.max(1));
    let mut rows = before.content.chunks(columns).zip(after.content.chunks(columns));
    rows.any(|(old, new)| old != new && (old.iter().any(is_disputed) || new.iter().any(is_disputed)))
}

fn is_disputed(cell: &Cell) -> bool {
    let mut more = cell.symbol().chars().skip(1);
    more.any(|c| c.width() != Some(0) || matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{ff9e}' | '\u{ff9f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(before: &str, after: &str) -> bool {
        leaves_pieces(&Buffer::with_lines([before, "same"]), &Buffer::with_lines([after, "same"]))
    }

    #[test]
    fn a_row_that_changes_around_a_disputed_character_is_drawn_anew() {
        for text in ["a 👩\u{200d}👧 ", "a ❤\u{fe0f} b", "a 🇯🇵 b ", "a ｶﾞ b ", "a स्त b "] {
            let width = Buffer::with_lines([text]).area.width;
            let blank = " ".repeat(usize::from(width.max(4)));
            assert!(between(text, &blank), "{text} goes");
            assert!(between(&blank, text), "{text} comes");
            assert!(!between(text, text), "{text} stays");
        }
    }

    #[test]
    fn ordinary_text_is_drawn_where_it_changes() {
        assert!(!between("渊🦊e\u{301}", "日本ae "));
    }
}
