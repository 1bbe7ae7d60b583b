//! The line being written, and the cursor in it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::terminal::text::shown;
use crate::terminal::theme::Theme;
use crate::terminal::user::{LinkState, LocalUser};
use crate::terminal::window::Place;
use crate::terminal::wrap::{shortened, width};

/// Draws the line. Returns the place of the cursor.
pub(super) fn draw(user: &LocalUser, theme: Theme, area: Rect, buf: &mut Buffer) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let label = shortened(&label(user), usize::from(area.width / 2));
    let (x, _) = buf.set_stringn(area.x, area.y, &label, area.width.into(), theme.quiet());
    let editor = &user.window().editor;
    // Every byte of the text keeps its place: a tab is shown as one blank.
    let text = editor.text().replace('\t', " ");
    let (text, cursor) = if user.asks_password() {
        let hidden = |text: &str| "*".repeat(text.chars().count());
        (hidden(&text), text[..editor.cursor()].chars().count())
    } else {
        (text, editor.cursor())
    };
    let columns = usize::from(area.right().saturating_sub(x));
    let start = first_shown(&text, cursor, columns);
    buf.set_stringn(x, area.y, &text[start..], columns, Style::new());
    let before = u16::try_from(width(&text[start..cursor])).unwrap_or(area.width);
    Some(Position { x: (x + before).min(area.right() - 1), y: area.y })
}

/// The text before the line: where the line goes.
fn label(user: &LocalUser) -> String {
    if user.connection == LinkState::Nameless {
        return "your name: ".to_owned();
    }
    if user.asks_password() {
        return "password: ".to_owned();
    }
    match &user.window().place {
        Place::Server => "> ".to_owned(),
        Place::Room(name) => format!("{}> ", shown(name)),
        Place::Person(name) => format!("@{}> ", shown(name)),
    }
}

/// The first byte of the text on the screen, so that the cursor is on the screen too. The text moves by half a screen.
fn first_shown(text: &str, cursor: usize, columns: usize) -> usize {
    let step = (columns / 2).max(1);
    let at = width(&text[..cursor]);
    if at < columns {
        return 0;
    }
    let hidden = (at + 1 - columns).div_ceil(step) * step;
    let mut used = 0;
    let mut places = text.grapheme_indices(true);
    let found = places.find(|(_, grapheme)| {
        let fits = used >= hidden;
        used += width(grapheme);
        fits
    });
    found.map_or(cursor, |(start, _)| start.min(cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_on_the_screen() {
        let text = "渊".repeat(30) + "abc";
        for columns in 2..20 {
            for (cursor, _) in text.grapheme_indices(true).chain([(text.len(), "")]) {
                let start = first_shown(&text, cursor, columns);
                assert!(width(&text[start..cursor]) < columns, "{columns} columns, cursor at {cursor}");
            }
        }
        assert_eq!(first_shown("short", 5, 10), 0);
    }
}
