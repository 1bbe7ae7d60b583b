//! The status line between the conversation and the input.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Picture;
use super::title::{news as unread, place_title, title};
use crate::terminal::input::completion::Completion;
use crate::terminal::now::TerminalTime;
use crate::terminal::user::{LinkState, LocalUser};
use crate::terminal::wrap::{shortened, width};
use crate::text::numbers::duration;

/// Draws the status line.
pub(super) fn draw(picture: &Picture<'_>, area: Rect, buf: &mut Buffer, now: TerminalTime) {
    if area.is_empty() {
        return;
    }
    let style = picture.theme.marked();
    buf.set_style(area, style);
    let columns = usize::from(area.width.saturating_sub(1));
    let parts = if picture.completion.is_some() { Vec::new() } else { status(picture, area.width, now) };
    let mut text = picture.completion.map(candidates).unwrap_or_default();
    for part in parts {
        let joined = if text.is_empty() { part } else { format!("{text} │ {part}") };
        if !text.is_empty() && width(&joined) > columns {
            continue;
        }
        text = joined;
    }
    buf.set_stringn(area.x + 1, area.y, shortened(&text, columns), columns, style);
}

/// The completions that Tab offers, with the present one in brackets.
fn candidates(completion: &Completion) -> String {
    let (candidates, at) = completion.candidates();
    let shown: Vec<String> = candidates
        .enumerate()
        .skip(at.saturating_sub(2))
        .map(|(i, candidate)| if i == at { format!("[{candidate}]") } else { candidate.to_owned() })
        .collect();
    shown.join(" ")
}

/// The parts of the status, the most important first.
fn status(picture: &Picture<'_>, columns: u16, now: TerminalTime) -> Vec<String> {
    let user = picture.users.active();
    let mut parts = Vec::new();
    if let Some(search) = picture.search {
        parts.push(match search.position() {
            (_, 0) => format!("'{}' is not in this window", search.words),
            (at, hits) => format!("'{}': {at} of {hits}", search.words),
        });
    }
    parts.extend(picture.file.clone());
    let narrow = columns < super::COLUMNS_FOR_WINDOWS;
    parts.push(if narrow { title(user) } else { format!("{} at {}", title(user), picture.server) });
    parts.push(connection(&user.connection, now));
    if narrow {
        parts.extend(news(user));
    }
    if let Some((path, has_begun)) = picture.recording {
        let waiting = if has_begun { "" } else { " (waiting for all users)" };
        parts.push(format!("● {path}{waiting}"));
    }
    parts.extend(user.pings.lag(now).map(|lag| format!("lag {}", duration(lag))));
    parts.push(user.encoding.clone());
    parts
}

fn connection(connection: &LinkState, now: TerminalTime) -> String {
    match connection {
        LinkState::Nameless => "no name yet".to_owned(),
        LinkState::Connecting => "connecting".to_owned(),
        LinkState::LoggingIn => "logging in".to_owned(),
        LinkState::Online => "online".to_owned(),
        LinkState::Lost { again_at } => {
            let left = again_at.saturating_sub(now.since_start);
            format!("lost; trying again in {} s", left.as_secs_f64().ceil())
        }
        LinkState::Leaving => "leaving".to_owned(),
        LinkState::Gone => "gone".to_owned(),
    }
}

/// The windows with something unread, for a screen without a bar of windows.
fn news(user: &LocalUser) -> Option<String> {
    let windows = user.windows.iter().filter(|window| window.unread > 0);
    let news: Vec<String> =
        windows.map(|window| format!("{}:{}{}", window.number, place_title(&window.place), unread(window))).collect();
    (!news.is_empty()).then(|| news.join(", "))
}
