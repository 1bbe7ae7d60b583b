//! The question that must be answered before a line is sent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::terminal::input::question::PendingQuestion;
use crate::terminal::text::shown;
use crate::terminal::theme::Theme;
use crate::terminal::wrap::shortened;

/// The number of lines of the paste that are shown.
const PREVIEW: usize = 5;

/// Draws the question.
pub(super) fn draw(question: &PendingQuestion, theme: Theme, area: Rect, buf: &mut Buffer) {
    let rows = match question {
        PendingQuestion::Paste(lines) => paste_rows(lines, theme),
        PendingQuestion::Command(line) => command_rows(line, theme),
    };
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(area.height);
    let top = area.bottom() - height;
    for (y, (row, style)) in (top..area.bottom()).zip(rows) {
        let columns = usize::from(area.width);
        buf.set_stringn(area.x, y, " ".repeat(columns), columns, Style::reset());
        buf.set_stringn(area.x, y, shortened(&row, columns), columns, style);
    }
}

fn paste_rows(lines: &[String], theme: Theme) -> Vec<(String, Style)> {
    let mut rows = vec![(format!("Send these {} lines?", lines.len()), Style::new().add_modifier(Modifier::BOLD))];
    rows.extend(lines.iter().take(PREVIEW).map(|line| (format!("│ {}", shown(line)), Style::new())));
    if lines.len() > PREVIEW {
        rows.push((format!("│ and {} more", lines.len() - PREVIEW), theme.quiet()));
    }
    rows.push(("Enter sends, j joins, Esc cancels".to_owned(), theme.news()));
    rows
}

fn command_rows(line: &str, theme: Theme) -> Vec<(String, Style)> {
    vec![
        (format!("'{}' is a command. Send it as a text?", shown(line)), Style::new().add_modifier(Modifier::BOLD)),
        ("Enter sends the text, / runs the command, Esc cancels".to_owned(), theme.news()),
    ]
}
