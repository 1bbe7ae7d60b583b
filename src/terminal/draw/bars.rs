//! What stands around the conversation: the users of this terminal, the windows, the members, the status.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::terminal::now::Now;
use crate::terminal::screen::Screen;
use crate::terminal::slash::Place;
use crate::terminal::text::shown;
use crate::terminal::user::{Link, User};
use crate::terminal::window::Window;
use crate::terminal::wrap::{shortened, width};
use crate::text::numbers::duration;

impl Screen {
    /// The users, when there are several.
    pub(super) fn draw_users(&self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let mut x = area.x;
        for (i, user) in self.users.iter().enumerate() {
            let (unread, _) = user.unread();
            let name = title(user);
            let text = if unread > 0 && i != self.active { format!(" {name} {unread} ") } else { format!(" {name} ") };
            let style = if i == self.active { self.theme.marked() } else { self.bar_style(unread, user.unread().1) };
            (x, _) = buf.set_stringn(x, area.y, text, (area.right() - x).into(), style);
        }
    }

    fn bar_style(&self, unread: usize, mentioned: bool) -> Style {
        match (unread, mentioned) {
            (0, _) => Style::new(),
            (_, false) => self.theme.news(),
            (_, true) => self.theme.mention(),
        }
    }

    /// The windows of the user, each with its number and what is unread in it.
    pub(super) fn draw_windows(&self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let user = self.user();
        let columns = area.width - 2;
        let rows = usize::from(area.height);
        let skipped = (user.current + 1).saturating_sub(rows);
        for (y, (i, window)) in (area.y..area.bottom()).zip(user.windows.iter().enumerate().skip(skipped)) {
            let is_current = i == user.current;
            let style = if is_current { self.theme.marked() } else { self.bar_style(window.unread, window.mentioned) };
            let row = window_row(i, window, columns.into());
            buf.set_stringn(area.x, y, row, columns.into(), style);
        }
        self.draw_edge(area.right() - 2, area, buf);
    }

    /// Who is in the room.
    pub(super) fn draw_members(&self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let members = &self.user().window().members;
        let columns = usize::from(area.width - 2);
        let rows = usize::from(area.height);
        let title = format!("{} here", members.len());
        buf.set_stringn(area.x + 2, area.y, title, columns, self.theme.quiet());
        for (y, name) in (area.y + 1..area.bottom()).zip(members.values()) {
            buf.set_stringn(area.x + 2, y, shortened(&shown(name), columns), columns, self.theme.name(name));
        }
        if members.len() >= rows && rows > 1 {
            let more = format!("and {} more", members.len() + 2 - rows);
            let y = area.bottom() - 1;
            buf.set_stringn(area.x + 2, y, " ".repeat(columns), columns, Style::reset());
            buf.set_stringn(area.x + 2, y, more, columns, self.theme.quiet());
        }
        self.draw_edge(area.x, area, buf);
    }

    fn draw_edge(&self, x: u16, area: Rect, buf: &mut Buffer) {
        for y in area.y..area.bottom() {
            buf.set_stringn(x, y, "│", 1, self.theme.quiet());
        }
    }

    /// The line between the conversation and the input.
    pub(super) fn draw_status(&self, area: Rect, buf: &mut Buffer, now: Now) {
        if area.is_empty() {
            return;
        }
        let style = self.theme.marked();
        buf.set_style(area, style);
        let columns = usize::from(area.width.saturating_sub(1));
        let parts = if self.completion.is_some() { Vec::new() } else { self.status(area.width, now) };
        let mut text = self.candidates().unwrap_or_default();
        for part in parts {
            let joined = if text.is_empty() { part } else { format!("{text} │ {part}") };
            if !text.is_empty() && width(&joined) > columns {
                continue;
            }
            text = joined;
        }
        buf.set_stringn(area.x + 1, area.y, shortened(&text, columns), columns, style);
    }

    /// What Tab offers, the one that stands in the input in brackets.
    fn candidates(&self) -> Option<String> {
        let (candidates, at) = self.completion.as_ref()?.candidates();
        let shown: Vec<String> = candidates
            .enumerate()
            .skip(at.saturating_sub(2))
            .map(|(i, candidate)| if i == at { format!("[{candidate}]") } else { candidate.to_owned() })
            .collect();
        Some(shown.join(" "))
    }

    /// What the status says, the most important first.
    fn status(&self, columns: u16, now: Now) -> Vec<String> {
        let user = self.user();
        let mut parts = Vec::new();
        if let Some(search) = &self.search {
            parts.push(match search.position() {
                (_, 0) => format!("'{}' is nowhere in this window", search.words),
                (at, hits) => format!("'{}': {at} of {hits}", search.words),
            });
        }
        let narrow = columns < super::COLUMNS_FOR_WINDOWS;
        parts.push(if narrow { title(user) } else { format!("{} at {}", title(user), self.server) });
        parts.push(link(&user.link, now));
        if narrow {
            parts.extend(news(user));
        }
        if let Some(recorder) = &self.recorder {
            let waiting = if recorder.has_begun() { "" } else { " (waiting for everybody)" };
            parts.push(format!("● {}{waiting}", recorder.path));
        }
        parts.extend(user.pings.lag(now).map(|lag| format!("lag {}", duration(lag))));
        parts.push(user.encoding.clone());
        parts
    }
}

fn title(user: &User) -> String {
    if user.name.is_empty() { "nobody yet".to_owned() } else { shown(&user.name) }
}

fn window_row(index: usize, window: &Window, columns: usize) -> String {
    let number = format!("{:>2} ", index + 1);
    let unread = if window.unread > 0 { format!(" {}", window.unread) } else { String::new() };
    let name = shortened(&place_title(&window.place), columns.saturating_sub(number.len() + unread.len() + 1));
    let blanks = columns.saturating_sub(number.len() + width(&name) + unread.len() + 1);
    format!("{number}{name}{}{unread} ", " ".repeat(blanks))
}

fn place_title(place: &Place) -> String {
    match place {
        Place::Server => "server".to_owned(),
        Place::Room(room) => shown(room),
        Place::Person(person) => format!("@{}", shown(person)),
    }
}

fn link(link: &Link, now: Now) -> String {
    match link {
        Link::Nameless => "not connected".to_owned(),
        Link::Connecting => "connecting".to_owned(),
        Link::LoggingIn => "logging in".to_owned(),
        Link::Online => "online".to_owned(),
        Link::Lost { again_at } => {
            let left = again_at.saturating_sub(now.since_start);
            format!("lost; again in {} s", left.as_secs_f64().ceil())
        }
        Link::Leaving => "leaving".to_owned(),
        Link::Gone => "gone".to_owned(),
    }
}

/// Where something is unread, when there is no bar to show it.
fn news(user: &User) -> Option<String> {
    let windows = user.windows.iter().enumerate().filter(|(_, window)| window.unread > 0);
    let news: Vec<String> =
        windows.map(|(i, window)| format!("{}:{} {}", i + 1, place_title(&window.place), window.unread)).collect();
    (!news.is_empty()).then(|| news.join(", "))
}

/// The style of what stands above others.
pub(super) fn title_style() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}
