//! The question that a paste of several lines asks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bars::title_style;
use crate::terminal::screen::Screen;
use crate::terminal::text::shown;
use crate::terminal::wrap::shortened;

/// Lines of the paste that are shown.
const PREVIEW: usize = 5;

impl Screen {
    pub(super) fn draw_paste(&self, area: Rect, buf: &mut Buffer) {
        let Some(lines) = &self.paste else { return };
        let rows = self.paste_rows(lines);
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(area.height);
        let top = area.bottom() - height;
        for (y, (row, style)) in (top..area.bottom()).zip(rows) {
            let columns = usize::from(area.width);
            buf.set_stringn(area.x, y, " ".repeat(columns), columns, Style::reset());
            buf.set_stringn(area.x, y, shortened(&row, columns), columns, style);
        }
    }

    fn paste_rows(&self, lines: &[String]) -> Vec<(String, Style)> {
        let mut rows = vec![(format!("Send these {} lines?", lines.len()), title_style())];
        rows.extend(lines.iter().take(PREVIEW).map(|line| (format!("│ {}", shown(line)), Style::new())));
        if lines.len() > PREVIEW {
            rows.push((format!("│ and {} more", lines.len() - PREVIEW), self.theme.quiet()));
        }
        rows.push(("Enter sends them, j joins them to one line, Esc forgets them".to_owned(), self.theme.news()));
        rows
    }
}
