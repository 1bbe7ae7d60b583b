//! What the environment says: whether there is a terminal, which colors it has, where state is kept.

use std::env;
use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;

use chatctl::terminal::{Background, Depth, Theme};

use super::ThemeName;
use crate::state_folder::state_folder;

/// What the program finds around it.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// There is a terminal that can be drawn on, and somebody at it.
    pub(super) is_terminal: bool,
    /// Where typed lines are kept.
    pub(super) history: Option<PathBuf>,
    depth: Depth,
    background: Background,
}

impl Surroundings {
    pub(super) fn look_around() -> Self {
        let term = variable("TERM").unwrap_or_default();
        let can_be_drawn_on = !term.is_empty() && term != "dumb" && variable("CI").is_none();
        Self {
            is_terminal: can_be_drawn_on && stdin().is_terminal() && stdout().is_terminal(),
            history: state_folder().map(|folder| folder.join("chatctl/history")),
            depth: depth(&term),
            background: background(),
        }
    }

    pub(super) fn theme(&self, wanted: Option<ThemeName>) -> Theme {
        let background = match wanted {
            Some(ThemeName::Dark) => Background::Dark,
            Some(ThemeName::Light) => Background::Light,
            None => self.background,
        };
        Theme { depth: self.depth, background }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn depth(term: &str) -> Depth {
    if variable("NO_COLOR").is_some() {
        return Depth::None;
    }
    let many = variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    if many || term.contains("256color") || term.contains("direct") { Depth::Many } else { Depth::Sixteen }
}

/// Some terminals tell their colors as `foreground;background`: 7 and 15 are the light ones.
fn background() -> Background {
    let colors = variable("COLORFGBG").unwrap_or_default();
    match colors.rsplit(';').next() {
        Some("7" | "15") => Background::Light,
        Some(_) | None => Background::Dark,
    }
}
