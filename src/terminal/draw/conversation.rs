//! The lines of the window on the screen.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::terminal::input::search::ViewSearch;
use crate::terminal::text::found;
use crate::terminal::theme::Theme;
use crate::terminal::view::{self, Row, Size};
use crate::terminal::window::{LineKind, Window, WindowLine};
use crate::terminal::wrap::width;

/// Draws the lines, with the hits of a search marked.
pub(super) fn draw(window: &Window, search: Option<&ViewSearch>, theme: Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let rows = view::visible(window, Size { columns: area.width.into(), rows: area.height.into() });
    let top = area.bottom() - u16::try_from(rows.len()).unwrap_or(area.height);
    for (y, row) in (top..).zip(rows) {
        match row {
            Row::Day(day) => {
                draw_rule(&day.format("%A, %-d %B %Y").to_string(), Rect { y, height: 1, ..area }, buf, theme.quiet());
            }
            Row::Marker => draw_rule("new", Rect { y, height: 1, ..area }, buf, theme.news()),
            Row::Text { index, piece, first } => {
                let line = &window.lines()[index];
                let styles = styles(line, search, theme);
                let row = Rect { y, height: 1, ..area };
                if first && view::indent(area.width.into()) > 0 {
                    buf.set_stringn(row.x, y, line.at.format("%H:%M").to_string(), 5, theme.quiet());
                }
                draw_piece(&view::content(line), piece, &styles, row, buf);
            }
        }
    }
    draw_below(window, theme, area, buf);
}

/// The word at this place.
pub(super) fn word_at(window: &Window, area: Rect, at: Position) -> Option<String> {
    let rows = view::visible(window, Size { columns: area.width.into(), rows: area.height.into() });
    let top = area.bottom() - u16::try_from(rows.len()).unwrap_or(area.height);
    let Row::Text { index, piece, .. } = rows.get(usize::from(at.y.checked_sub(top)?))? else { return None };
    let content = view::content(window.lines().get(*index)?);
    let column = usize::from(at.x - area.x).checked_sub(view::indent(area.width.into()))?;
    let mut end = 0;
    let (offset, _) = content[piece.clone()].grapheme_indices(true).find(|(_, grapheme)| {
        end += width(grapheme);
        column < end
    })?;
    let offset = piece.start + offset;
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let start = content[..offset]
        .rfind(|letter| !is_part(letter))
        .map_or(0, |before| before + content[before..].chars().next().map_or(0, char::len_utf8));
    let end = content[offset..].find(|letter| !is_part(letter)).map_or(content.len(), |after| offset + after);
    (start < end).then(|| content[start..end].to_owned())
}

/// Says how many lines there are below the screen, if the window is scrolled.
fn draw_below(window: &Window, theme: Theme, area: Rect, buf: &mut Buffer) {
    if window.scrolled.is_none() {
        return;
    }
    let below = view::lines_below(window);
    let text = match window.unread {
        // The rest of a long line is.
        0 if below == 0 => " more below ".to_owned(),
        0 => format!(" {below} below "),
        unread => format!(" {below} below, {unread} new "),
    };
    let columns = u16::try_from(text.len()).unwrap_or(area.width).min(area.width);
    buf.set_stringn(area.right() - columns, area.bottom() - 1, text, columns.into(), theme.marked());
}

fn draw_rule(title: &str, area: Rect, buf: &mut Buffer, style: Style) {
    let title = format!("── {title} ");
    let (x, _) = buf.set_stringn(area.x, area.y, title, area.width.into(), style);
    buf.set_stringn(x, area.y, "─".repeat(area.width.into()), (area.right() - x).into(), style);
}

/// Draws a piece of a line behind the column of times.
fn draw_piece(content: &str, piece: Range<usize>, styles: &[(Range<usize>, Style)], area: Rect, buf: &mut Buffer) {
    let mut x = area.x + u16::try_from(view::indent(area.width.into())).unwrap_or(0);
    for (at, grapheme) in content[piece.clone()].grapheme_indices(true) {
        let at = at + piece.start;
        let here = styles.iter().filter(|(range, _)| range.contains(&at));
        let style = here.fold(Style::new(), |sum, (_, style)| sum.patch(*style));
        (x, _) = buf.set_stringn(x, area.y, grapheme, area.right().saturating_sub(x).into(), style);
    }
}

/// The styles of a line, each with its range of bytes. A later style adds to an earlier one.
fn styles(line: &WindowLine, search: Option<&ViewSearch>, theme: Theme) -> Vec<(Range<usize>, Style)> {
    let content = view::content(line);
    let whole = 0..content.len();
    let mut styles = match &line.kind {
        LineKind::Said { from, mention, .. } => {
            let name = (0..from.len(), theme.name(from));
            if *mention { vec![(whole, theme.mention()), name] } else { vec![name] }
        }
        LineKind::Notice | LineKind::Typed | LineKind::Local | LineKind::Unconfirmed { .. } => {
            vec![(whole, theme.quiet())]
        }
        LineKind::Refusal => vec![(whole, theme.refusal())],
        LineKind::Answer => Vec::new(),
    };
    if let Some(search) = search {
        styles.extend(found(&content, &search.words).into_iter().map(|range| (range, theme.marked())));
    }
    styles
}
