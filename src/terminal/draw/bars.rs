//! The bars around the conversation: the users of this terminal, the windows, the members of a room.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::title::{counted_news, news, place_title, title};
use crate::terminal::text::shown;
use crate::terminal::theme::Theme;
use crate::terminal::user::LocalUser;
use crate::terminal::users::LocalUsers;
use crate::terminal::window::Window;
use crate::terminal::wrap::{shortened, width};

/// The users of this terminal, if there are several.
pub(super) fn draw_users(users: &LocalUsers, theme: Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for (id, user) in users.iter() {
        let is_active = id == users.active_id();
        let (unread, mentioned) = user.unread();
        let name = title(user);
        let text = if unread > 0 && !is_active { format!(" {name} {unread} ") } else { format!(" {name} ") };
        let style = if is_active { theme.marked() } else { bar_style(theme, unread, mentioned) };
        (x, _) = buf.set_stringn(x, area.y, text, (area.right() - x).into(), style);
    }
}

fn bar_style(theme: Theme, unread: usize, mentioned: bool) -> Style {
    match (unread, mentioned) {
        (0, _) => Style::new(),
        (_, false) => theme.news(),
        (_, true) => theme.mention(),
    }
}

/// The windows of the user, each with its number and the number of unread messages.
pub(super) fn draw_windows(user: &LocalUser, theme: Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let columns = usize::from(area.width - 2);
    let height = usize::from(area.height);
    let shown = shown_windows(user, height);
    let (skipped, rows) = (shown.start, shown.len());
    for (y, (i, window)) in (area.y..).zip(user.windows.iter().enumerate().skip(skipped).take(rows)) {
        let is_current = i == user.current;
        let style = if is_current { theme.marked() } else { bar_style(theme, window.unread, window.mentions > 0) };
        buf.set_stringn(area.x, y, window_row(window, columns), columns, style);
    }
    if user.windows.len() > rows && rows < height {
        let hidden = user.windows.iter().enumerate().filter(|(i, _)| !shown.contains(i)).map(|(_, window)| window);
        draw_hidden(&hidden.collect::<Vec<_>>(), theme, Rect { y: area.bottom() - 1, height: 1, ..area }, buf);
    }
    draw_edge(theme, area.right() - 2, area, buf);
}

/// The indices of the windows that fit into so many rows. If not all of them do, the last row tells of the others.
fn shown_windows(user: &LocalUser, height: usize) -> Range<usize> {
    let rows = if user.windows.len() > height { height.saturating_sub(1).max(1) } else { height };
    let skipped = (user.current + 1).saturating_sub(rows);
    skipped..skipped + rows
}

/// The index of the window in this row of the area.
pub(super) fn window_at(user: &LocalUser, area: Rect, y: u16) -> Option<usize> {
    let index = shown_windows(user, area.height.into()).nth(usize::from(y - area.y))?;
    (index < user.windows.len()).then_some(index)
}

/// The member in this row of the area.
pub(super) fn member_at(window: &Window, area: Rect, y: u16) -> Option<&str> {
    let rows = usize::from(area.height);
    let row = usize::from(y - area.y);
    let is_count = row + 1 == rows && window.members.len() >= rows && rows > 1;
    window.members.iter().nth(row.checked_sub(1)?).filter(|_| !is_count)
}

/// How many windows do not fit, and what is unread in them.
fn draw_hidden(hidden: &[&Window], theme: Theme, area: Rect, buf: &mut Buffer) {
    let unread = hidden.iter().map(|window| window.unread).sum();
    let mentions = hidden.iter().map(|window| window.mentions).sum();
    let style = if unread == 0 { theme.quiet() } else { bar_style(theme, unread, mentions > 0) };
    let text = format!("   {} more", hidden.len());
    let columns = usize::from(area.width - 2);
    buf.set_stringn(area.x, area.y, row(&text, &counted_news(unread, mentions), columns), columns, style);
}

/// The members of the room.
pub(super) fn draw_members(window: &Window, theme: Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let members = &window.members;
    let columns = usize::from(area.width - 2);
    let rows = usize::from(area.height);
    let title = format!("{} here", members.len());
    buf.set_stringn(area.x + 2, area.y, title, columns, theme.quiet());
    for (y, name) in (area.y + 1..area.bottom()).zip(members.iter()) {
        buf.set_stringn(area.x + 2, y, shortened(&shown(name), columns), columns, theme.name(name));
    }
    if members.len() >= rows && rows > 1 {
        let more = format!("and {} more", members.len() + 2 - rows);
        let y = area.bottom() - 1;
        buf.set_stringn(area.x + 2, y, " ".repeat(columns), columns, Style::reset());
        buf.set_stringn(area.x + 2, y, more, columns, theme.quiet());
    }
    draw_edge(theme, area.x, area, buf);
}

fn draw_edge(theme: Theme, x: u16, area: Rect, buf: &mut Buffer) {
    for y in area.y..area.bottom() {
        buf.set_stringn(x, y, "│", 1, theme.quiet());
    }
}

fn window_row(window: &Window, columns: usize) -> String {
    row(&format!("{:>2} {}", window.number, place_title(&window.place)), &news(window), columns)
}

/// A text at the left edge, shortened if need be, and what is unread at the right one.
fn row(text: &str, unread: &str, columns: usize) -> String {
    let text = shortened(text, columns.saturating_sub(unread.len() + 1));
    let blanks = columns.saturating_sub(width(&text) + unread.len() + 1);
    format!("{text}{}{unread} ", " ".repeat(blanks))
}
