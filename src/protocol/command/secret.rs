//! Lines that hold passwords: they are shown without them, wherever lines are shown, recorded or remembered.

use std::borrow::Cow;

use super::CommandKind;

/// What stands where a password was.
pub const HIDDEN: &str = "***";

/// The commands whose lines hold passwords.
const SECRET: [CommandKind; 3] = [CommandKind::Register, CommandKind::Unregister, CommandKind::SetPassword];

/// Whether what follows these keywords is a password.
pub(super) fn is_secret(keywords: &str) -> bool {
    SECRET.iter().any(|kind| kind.keywords() == keywords)
}

/// The line as it may be shown: if it begins like a command with a password, its keywords alone and `***`.
#[must_use]
pub fn shown(line: &str) -> Cow<'_, str> {
    replaced(line, HIDDEN).map_or(Cow::Borrowed(line), Cow::from)
}

/// The line with something else in place of its passwords; `None` if it begins like no command with a password.
#[must_use]
pub fn replaced(line: &str, by: &str) -> Option<String> {
    secret_kind(line).map(|kind| format!("{} {by}", kind.keywords()))
}

/// Whether a line begins like a command with a password.
#[must_use]
pub fn holds_secret(line: &str) -> bool {
    secret_kind(line).is_some()
}

/// How many bytes the keywords of a command with a password take, of a line without blanks before it.
#[must_use]
pub fn keywords_of(line: &str) -> Option<usize> {
    let keywords = secret_kind(line)?.keywords();
    let line = line.trim_start();
    let words = keywords.split(' ').count();
    let mut length = 0;
    for _ in 0..words {
        let rest = &line[length..];
        let blanks = rest.len() - rest.trim_start().len();
        length += blanks + rest.trim_start().find([' ', '\t']).unwrap_or(rest.trim_start().len());
    }
    Some(length)
}

fn secret_kind(line: &str) -> Option<CommandKind> {
    // Every line that is shown goes through here; a glance lets the others go.
    let line = line.trim_start_matches([' ', '\t']);
    // As it is typed in a window of a room.
    let line = line.strip_prefix('/').unwrap_or(line);
    let first = *line.as_bytes().first()?;
    if !matches!(first, b'r' | b'R' | b'u' | b'U' | b's' | b'S') {
        return None;
    }
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    SECRET.into_iter().find(|kind| match kind.keywords().split_once(' ') {
        None => first.eq_ignore_ascii_case(kind.keywords()),
        Some((verb, object)) => first.eq_ignore_ascii_case(verb) && second.eq_ignore_ascii_case(object),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_password_is_shown_without_it() {
        assert_eq!(shown(" Register  hunter22"), "register ***");
        assert_eq!(shown("/register hunter22"), "register ***");
        assert_eq!(shown("unregister\thunter22"), "unregister ***");
        assert_eq!(shown("SET  password hunter22 hunter33"), "set password ***");
        for line in ["", "registered hunter22", "set numbers on", "send room lobby register hunter22", "渊"] {
            assert_eq!(shown(line), line);
        }
    }
}
