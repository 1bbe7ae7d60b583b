//! The screen as cells: the place of each part, and the place of the cursor.

mod bars;
mod conversation;
mod input;
mod popup;
mod status;
mod title;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::input::completion::Completion;
use super::input::question::PendingQuestion;
use super::input::search::ViewSearch;
use super::now::TerminalTime;
use super::theme::Theme;
use super::users::LocalUsers;
use super::view;
use super::window::Place;

/// The narrowest screen with a bar of windows.
const COLUMNS_FOR_WINDOWS: u16 = 60;
/// The narrowest screen with a bar of members.
const COLUMNS_FOR_MEMBERS: u16 = 100;
const WINDOWS_COLUMNS: u16 = 18;
const MEMBERS_COLUMNS: u16 = 16;

/// Everything that can be seen.
pub(super) struct Picture<'a> {
    pub(super) server: &'a str,
    pub(super) theme: Theme,
    pub(super) users: &'a LocalUsers,
    /// The path of the script being recorded, and whether the recording has begun.
    pub(super) recording: Option<(&'a str, bool)>,
    /// How far the file has come that is on its way.
    pub(super) file: Option<String>,
    pub(super) completion: Option<&'a Completion>,
    pub(super) question: Option<&'a PendingQuestion>,
    pub(super) search: Option<&'a ViewSearch>,
}

/// What stands at a place of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A window of the list, by its index.
    Window(usize),
    /// A member of the room.
    Member(String),
    /// A word of the conversation.
    Word(String),
}

/// The place of each part. A part that does not fit has an empty area.
struct ScreenLayout {
    users: Rect,
    windows: Rect,
    conversation: Rect,
    members: Rect,
    status: Rect,
    input: Rect,
}

/// Draws everything. Returns the place of the cursor, where input methods write.
pub(super) fn draw(picture: &Picture<'_>, area: Rect, buf: &mut Buffer, now: TerminalTime) -> Option<Position> {
    let (theme, user) = (picture.theme, picture.users.active());
    let parts = parts(area, picture.users);
    bars::draw_users(picture.users, theme, parts.users, buf);
    bars::draw_windows(user, theme, parts.windows, buf);
    bars::draw_members(user.window(), theme, parts.members, buf);
    conversation::draw(user.window(), picture.search, theme, parts.conversation, buf);
    status::draw(picture, parts.status, buf, now);
    let cursor = input::draw(user, theme, parts.input, buf);
    if let Some(question) = picture.question {
        popup::draw(question, theme, parts.conversation, buf);
    }
    cursor
}

/// The size of the part in which the conversation is shown.
pub(super) fn conversation_size(screen: Size, users: &LocalUsers) -> view::Size {
    let area = parts(Rect::new(0, 0, screen.width, screen.height), users).conversation;
    view::Size { columns: area.width.into(), rows: area.height.into() }
}

/// What stands at this place, if it is something to go to.
pub(super) fn target(screen: Size, users: &LocalUsers, at: Position) -> Option<Target> {
    let user = users.active();
    let parts = parts(Rect::new(0, 0, screen.width, screen.height), users);
    if parts.windows.contains(at) {
        bars::window_at(user, parts.windows, at.y).map(Target::Window)
    } else if parts.members.contains(at) {
        bars::member_at(user.window(), parts.members, at.y).map(|name| Target::Member(name.to_owned()))
    } else if parts.conversation.contains(at) {
        conversation::word_at(user.window(), parts.conversation, at).map(Target::Word)
    } else {
        None
    }
}

fn parts(area: Rect, users: &LocalUsers) -> ScreenLayout {
    let (area, input) = cut_bottom(area, 1);
    let (area, status) = cut_bottom(area, 1);
    let (bar, area) = cut_top(area, u16::from(users.len() > 1));
    let is_wide = |columns| input.width >= columns;
    let (windows, area) = cut_left(area, if is_wide(COLUMNS_FOR_WINDOWS) { WINDOWS_COLUMNS } else { 0 });
    let in_room = matches!(users.active().window().place, Place::Room(_));
    let members = if in_room && is_wide(COLUMNS_FOR_MEMBERS) { MEMBERS_COLUMNS } else { 0 };
    let (conversation, members) = cut_left(area, area.width - members);
    ScreenLayout { users: bar, windows, conversation, members, status, input }
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
