//! What the environment says: whether there is a terminal, which colors it has, where state is kept.

use std::env;
use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;

use anyhow::ensure;
use chatctl::protocol::charset::Charset;
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
    /// The charset of the locale.
    pub(super) charset: Charset,
    /// The locale that says so.
    locale: String,
    depth: Depth,
    background: Background,
}

impl Surroundings {
    pub(super) fn look_around() -> Self {
        let term = variable("TERM").unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
        let can_be_drawn_on = !term.is_empty() && term != "dumb" && variable("CI").is_none();
        Self {
            is_terminal: can_be_drawn_on && stdin().is_terminal() && stdout().is_terminal(),
            history: state_folder().map(|folder| folder.join("chatctl/history")),
            charset: charset_of(&locale),
            locale,
            depth: depth(&term),
            background: background(),
        }
    }

    /// Refuses a terminal that does not understand what would be drawn on it.
    pub(super) fn check_charset(&self) -> anyhow::Result<()> {
        let (locale, charset) = (&self.locale, self.charset);
        ensure!(
            charset.is_utf8(),
            "the locale {locale} is in {charset}, and the windows need a terminal in UTF-8; --plain works line by line in {charset}"
        );
        Ok(())
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

/// The charset that stands behind the point of a locale, as in `zh_CN.GBK`. One that is not known here, and none, is UTF-8.
fn charset_of(locale: &str) -> Charset {
    let label = locale.split_once('.').map_or("", |(_, charset)| charset.split('@').next().unwrap_or_default());
    let found = Charset::by_character(label).or_else(|_| Charset::for_label(label));
    found.unwrap_or(Charset::UTF_8)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_stands_behind_the_point_of_a_locale() {
        assert_eq!(charset_of("zh_CN.GBK"), Charset::GBK);
        assert_eq!(charset_of("zh_CN.gb2312@pinyin"), Charset::GBK);
        for locale in ["", "C", "POSIX", "de_DE", "C.UTF-8", "en_US.utf8", "xx.nothing"] {
            assert_eq!(charset_of(locale), Charset::UTF_8, "{locale}");
        }
    }
}
