//! The bars around the conversation: the users of this terminal, the windows, the members of a room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::title::{news, place_title, title};
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
    let columns = area.width - 2;
    let rows = usize::from(area.height);
    let skipped = (user.current + 1).saturating_sub(rows);
    for (y, (i, window)) in (area.y..area.bottom()).zip(user.windows.iter().enumerate().skip(skipped)) {
        let is_current = i == user.current;
        let style = if is_current { theme.marked() } else { bar_style(theme, window.unread, window.mentions > 0) };
        let row = window_row(i, window, columns.into());
        buf.set_stringn(area.x, y, row, columns.into(), style);
    }
    draw_edge(theme, area.right() - 2, area, buf);
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

fn window_row(index: usize, window: &Window, columns: usize) -> String {
    let number = format!("{:>2} ", index + 1);
    let unread = news(window);
    let name = shortened(&place_title(&window.place), columns.saturating_sub(number.len() + unread.len() + 1));
    let blanks = columns.saturating_sub(number.len() + width(&name) + unread.len() + 1);
    format!("{number}{name}{}{unread} ", " ".repeat(blanks))
}
