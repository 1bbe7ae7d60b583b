//! Colors: as many as the terminal has, readable on its background, and none at all where none are wanted.

use ratatui::style::{Color, Modifier, Style};

use super::text::key;

/// How many colors there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, reversed and underlined only.
    None,
    /// The 16 that every terminal has, in the user's own shades.
    Sixteen,
    /// 256 or more.
    Many,
}

/// What they stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Light text on a dark screen.
    Dark,
    /// Dark text on a light screen.
    Light,
}

/// How things look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// How many colors there are.
    pub depth: Depth,
    /// What they stand on.
    pub background: Background,
}

/// The colors of names, from the 256 of xterm: far apart, and with enough contrast to their background.
const DARK_NAMES: [u8; 12] = [75, 114, 180, 210, 141, 79, 215, 177, 110, 150, 174, 222];
const LIGHT_NAMES: [u8; 12] = [25, 28, 94, 124, 55, 30, 130, 90, 24, 64, 88, 58];

/// Those of the 16 that can be read on each background.
const DARK_SIXTEEN: [Color; 6] =
    [Color::LightCyan, Color::LightGreen, Color::LightYellow, Color::LightMagenta, Color::LightBlue, Color::LightRed];
const LIGHT_SIXTEEN: [Color; 5] = [Color::Blue, Color::Magenta, Color::Red, Color::Green, Color::Cyan];

impl Theme {
    /// Somebody's name: always the same color for the same name, in any spelling.
    pub(super) fn name(self, name: &str) -> Style {
        let number = key(name).bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) as usize;
        let style = Style::new().add_modifier(Modifier::BOLD);
        match (self.depth, self.background) {
            (Depth::None, _) => style,
            (Depth::Sixteen, Background::Dark) => style.fg(DARK_SIXTEEN[number % DARK_SIXTEEN.len()]),
            (Depth::Sixteen, Background::Light) => style.fg(LIGHT_SIXTEEN[number % LIGHT_SIXTEEN.len()]),
            (Depth::Many, Background::Dark) => style.fg(Color::Indexed(DARK_NAMES[number % DARK_NAMES.len()])),
            (Depth::Many, Background::Light) => style.fg(Color::Indexed(LIGHT_NAMES[number % LIGHT_NAMES.len()])),
        }
    }

    /// What is there to be overlooked: times, notices, lines between parts.
    pub(super) fn quiet(self) -> Style {
        match (self.depth, self.background) {
            (Depth::None, _) => Style::new(),
            (Depth::Sixteen, Background::Dark) => Style::new().fg(Color::Gray),
            (Depth::Sixteen, Background::Light) => Style::new().fg(Color::DarkGray),
            (Depth::Many, Background::Dark) => Style::new().fg(Color::Indexed(245)),
            (Depth::Many, Background::Light) => Style::new().fg(Color::Indexed(242)),
        }
    }

    /// A refusal.
    pub(super) fn refusal(self) -> Style {
        match (self.depth, self.background) {
            (Depth::None, _) => Style::new().add_modifier(Modifier::BOLD),
            (Depth::Sixteen | Depth::Many, Background::Dark) => Style::new().fg(Color::LightRed),
            (Depth::Sixteen | Depth::Many, Background::Light) => Style::new().fg(Color::Red),
        }
    }

    /// A line with our user's name in it.
    pub(super) fn mention(self) -> Style {
        match (self.depth, self.background) {
            (Depth::None, _) => Style::new().add_modifier(Modifier::UNDERLINED),
            (Depth::Sixteen | Depth::Many, Background::Dark) => {
                Style::new().fg(Color::LightYellow).add_modifier(Modifier::BOLD)
            }
            (Depth::Sixteen | Depth::Many, Background::Light) => {
                Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD)
            }
        }
    }

    /// What is new, or somewhere else.
    pub(super) fn news(self) -> Style {
        match (self.depth, self.background) {
            (Depth::None, _) => Style::new().add_modifier(Modifier::BOLD),
            (Depth::Sixteen | Depth::Many, Background::Dark) => Style::new().fg(Color::LightGreen),
            (Depth::Sixteen | Depth::Many, Background::Light) => Style::new().fg(Color::Green),
        }
    }

    /// What was searched for, and what one is at.
    pub(super) fn marked(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
