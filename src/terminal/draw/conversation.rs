//! The lines of the window that is looked at.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::terminal::screen::Screen;
use crate::terminal::text::found;
use crate::terminal::view::{self, Row};
use crate::terminal::window::{Line, LineKind};

impl Screen {
    pub(super) fn draw_conversation(&self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let window = self.user().window();
        let rows = view::visible(window, area.width.into(), area.height.into());
        let top = area.bottom() - u16::try_from(rows.len()).unwrap_or(area.height);
        for (y, row) in (top..).zip(rows) {
            match row {
                Row::Day(day) => {
                    self.draw_rule(&day.format("%A, %-d %B %Y").to_string(), area, y, buf, self.theme.quiet());
                }
                Row::Marker => self.draw_rule("new", area, y, buf, self.theme.news()),
                Row::Text { index, piece, first } => {
                    self.draw_row(&window.lines()[index], piece, first, Rect { y, height: 1, ..area }, buf);
                }
            }
        }
        self.draw_below(area, buf);
    }

    /// How much there is below what is shown.
    fn draw_below(&self, area: Rect, buf: &mut Buffer) {
        let window = self.user().window();
        if window.scrolled.is_none() {
            return;
        }
        let below = view::lines_below(window);
        let text = match window.unread {
            0 => format!(" {below} below "),
            unread => format!(" {below} below, {unread} new "),
        };
        let columns = u16::try_from(text.len()).unwrap_or(area.width).min(area.width);
        buf.set_stringn(area.right() - columns, area.bottom() - 1, text, columns.into(), self.theme.marked());
    }

    fn draw_rule(&self, title: &str, area: Rect, y: u16, buf: &mut Buffer, style: Style) {
        let title = format!("── {title} ");
        let (x, _) = buf.set_stringn(area.x, y, title, area.width.into(), style);
        buf.set_stringn(x, y, "─".repeat(area.width.into()), (area.right() - x).into(), style);
    }

    fn draw_row(&self, line: &Line, piece: Range<usize>, first: bool, area: Rect, buf: &mut Buffer) {
        let indent = u16::try_from(view::indent(area.width.into())).unwrap_or(0);
        if first && indent > 0 {
            buf.set_stringn(area.x, area.y, line.at.format("%H:%M").to_string(), 5, self.theme.quiet());
        }
        let content = view::content(line);
        let styles = self.styles(line, &content);
        let mut x = area.x + indent;
        for (at, grapheme) in content[piece.clone()].grapheme_indices(true) {
            let at = at + piece.start;
            let style = styles
                .iter()
                .filter(|(range, _)| range.contains(&at))
                .fold(Style::new(), |sum, (_, style)| sum.patch(*style));
            (x, _) = buf.set_stringn(x, area.y, grapheme, area.right().saturating_sub(x).into(), style);
        }
    }

    /// Which bytes of a line have which style; later ones add to earlier ones.
    fn styles(&self, line: &Line, content: &str) -> Vec<(Range<usize>, Style)> {
        let whole = 0..content.len();
        let mut styles = match &line.kind {
            LineKind::Said { from, mention, .. } => {
                let name = (0..from.len(), self.theme.name(from));
                if *mention { vec![(whole, self.theme.mention()), name] } else { vec![name] }
            }
            LineKind::Notice | LineKind::Typed | LineKind::Local => vec![(whole, self.theme.quiet())],
            LineKind::Refusal => vec![(whole, self.theme.refusal())],
            LineKind::Answer => Vec::new(),
        };
        if let Some(search) = &self.search {
            styles.extend(found(content, &search.words).into_iter().map(|range| (range, self.theme.marked())));
        }
        styles
    }
}
