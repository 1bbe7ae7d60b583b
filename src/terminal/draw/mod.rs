//! The screen as cells: which part stands where, and where the cursor is.

mod bars;
mod conversation;
mod input;
mod popup;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::now::Now;
use super::screen::Screen;
use super::slash::Place;

/// From so many columns on, there is a bar of windows.
const COLUMNS_FOR_WINDOWS: u16 = 60;
/// From so many columns on, there is a bar of members.
const COLUMNS_FOR_MEMBERS: u16 = 80;
const WINDOWS_COLUMNS: u16 = 18;
const MEMBERS_COLUMNS: u16 = 16;

/// Where each part stands. A part without room has no area.
struct Parts {
    users: Rect,
    windows: Rect,
    conversation: Rect,
    members: Rect,
    status: Rect,
    input: Rect,
}

impl Screen {
    /// Draws everything. Where the cursor is: input methods write there.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, now: Now) -> Option<Position> {
        let parts = self.parts(area);
        self.draw_users(parts.users, buf);
        self.draw_windows(parts.windows, buf);
        self.draw_members(parts.members, buf);
        self.draw_conversation(parts.conversation, buf);
        self.draw_status(parts.status, buf, now);
        let cursor = self.draw_input(parts.input, buf);
        self.draw_paste(parts.conversation, buf);
        cursor
    }

    /// The columns and rows in which the conversation is shown.
    pub(super) fn conversation_size(&self) -> (usize, usize) {
        let area = self.parts(Rect::new(0, 0, self.size.width, self.size.height)).conversation;
        (area.width.into(), area.height.into())
    }

    fn parts(&self, area: Rect) -> Parts {
        let (area, input) = cut_bottom(area, 1);
        let (area, status) = cut_bottom(area, 1);
        let (users, area) = cut_top(area, u16::from(self.users.len() > 1));
        let wide = |columns| input.width >= columns;
        let (windows, area) = cut_left(area, if wide(COLUMNS_FOR_WINDOWS) { WINDOWS_COLUMNS } else { 0 });
        let in_room = matches!(self.user().window().place, Place::Room(_));
        let members = if in_room && wide(COLUMNS_FOR_MEMBERS) { MEMBERS_COLUMNS } else { 0 };
        let (conversation, members) = cut_left(area, area.width - members);
        Parts { users, windows, conversation, members, status, input }
    }
}

fn cut_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let height = area.height - rows;
    (Rect { height, ..area }, Rect { y: area.y + height, height: rows, ..area })
}

fn cut_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

fn cut_left(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (Rect { width: columns, ..area }, Rect { x: area.x + columns, width: area.width - columns, ..area })
}
