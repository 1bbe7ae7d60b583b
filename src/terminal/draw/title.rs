//! How users and windows are named in the bars and in the status line.

use crate::terminal::text::shown;
use crate::terminal::user::LocalUser;
use crate::terminal::window::{Place, Window};

/// The name of a user.
pub(super) fn title(user: &LocalUser) -> String {
    if user.name.is_empty() { "not logged in".to_owned() } else { shown(&user.name) }
}

/// The name of a window.
pub(super) fn place_title(place: &Place) -> String {
    match place {
        Place::Server => "server".to_owned(),
        Place::Room(room) => shown(room),
        Place::Person(person) => format!("@{}", shown(person)),
    }
}

/// The number of unread messages, and after `!` the number of those that are addressed to the user.
pub(super) fn news(window: &Window) -> String {
    counted_news(window.unread, window.mentions)
}

/// So many unread messages, of which so many are addressed to the user.
pub(super) fn counted_news(unread: usize, mentions: usize) -> String {
    match (unread - mentions, mentions) {
        (0, 0) => String::new(),
        (others, 0) => format!(" {others}"),
        (0, mentions) => format!(" !{mentions}"),
        (others, mentions) => format!(" {others} !{mentions}"),
    }
}
