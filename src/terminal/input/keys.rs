//! The meaning of each key.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::editor::Direction::{Left, Right};
use super::editor::{Distance, Edit};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::terminal) enum Action {
    /// Clear the line. If it is empty, leave the program.
    Interrupt,
    /// Draw every cell again.
    Redraw,
    /// Finish the line.
    Submit,
    /// Offer the next completion, or the previous one.
    Complete { forward: bool },
    /// Bring an older line of this window from the history, or a newer one.
    Recall { older: bool },
    /// Bring an older line of any window from the history, or a newer one.
    RecallAny { older: bool },
    /// Stop until the shell says to go on.
    Suspend,
    /// Scroll by a page.
    Page { up: bool },
    /// Go to the next hit of a search.
    FindNext { up: bool },
    /// End the search, and go to the end of the window.
    Escape,
    /// Show the next user.
    NextUser,
    /// Show the next window, or the previous one.
    NextWindow { forward: bool },
    /// Show the window with this number.
    Window(usize),
    /// Show a window with something unread.
    News,
    /// Show the commands and keys.
    Help,
    /// Change the line.
    Edit(Edit),
}

/// The action of a key, if it has one.
pub(in crate::terminal) fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let distance = if control || alt { Distance::Word } else { Distance::Grapheme };
    Some(match key.code {
        KeyCode::Char(letter) if control => return with_control(letter),
        KeyCode::Char(letter) if alt => return with_alt(letter),
        KeyCode::Char(letter) => Action::Edit(Edit::Insert(letter)),
        KeyCode::Enter => Action::Submit,
        KeyCode::Tab => Action::Complete { forward: true },
        KeyCode::BackTab => Action::Complete { forward: false },
        KeyCode::Up if control => Action::RecallAny { older: true },
        KeyCode::Down if control => Action::RecallAny { older: false },
        KeyCode::Up => Action::Recall { older: true },
        KeyCode::Down => Action::Recall { older: false },
        KeyCode::PageUp => Action::Page { up: true },
        KeyCode::PageDown => Action::Page { up: false },
        KeyCode::F(1) => Action::Help,
        KeyCode::F(2) => Action::NextUser,
        KeyCode::F(3) => Action::FindNext { up: !key.modifiers.contains(KeyModifiers::SHIFT) },
        KeyCode::Esc => Action::Escape,
        KeyCode::Left => Action::Edit(Edit::Go(Left, distance)),
        KeyCode::Right => Action::Edit(Edit::Go(Right, distance)),
        KeyCode::Home => Action::Edit(Edit::Go(Left, Distance::Line)),
        KeyCode::End => Action::Edit(Edit::Go(Right, Distance::Line)),
        KeyCode::Backspace => Action::Edit(Edit::Delete(Left, distance)),
        KeyCode::Delete => Action::Edit(Edit::Delete(Right, distance)),
        _ => return None,
    })
}

fn with_control(letter: char) -> Option<Action> {
    Some(match letter {
        'c' => Action::Interrupt,
        // Some terminals and tools send a line feed for Enter.
        'j' => Action::Submit,
        'l' => Action::Redraw,
        'z' => Action::Suspend,
        'x' => Action::NextUser,
        'n' => Action::NextWindow { forward: true },
        'p' => Action::NextWindow { forward: false },
        'a' => Action::Edit(Edit::Go(Left, Distance::Line)),
        'e' => Action::Edit(Edit::Go(Right, Distance::Line)),
        'b' => Action::Edit(Edit::Go(Left, Distance::Grapheme)),
        'f' => Action::Edit(Edit::Go(Right, Distance::Grapheme)),
        'h' => Action::Edit(Edit::Delete(Left, Distance::Grapheme)),
        'd' => Action::Edit(Edit::Delete(Right, Distance::Grapheme)),
        'w' => Action::Edit(Edit::Delete(Left, Distance::Word)),
        'u' => Action::Edit(Edit::Delete(Left, Distance::Line)),
        'k' => Action::Edit(Edit::Delete(Right, Distance::Line)),
        'y' => Action::Edit(Edit::PutBack),
        _ => return None,
    })
}

fn with_alt(letter: char) -> Option<Action> {
    Some(match letter {
        'a' => Action::News,
        '1'..='9' => Action::Window(letter as usize - '0' as usize),
        '0' => Action::Window(10),
        'b' => Action::Edit(Edit::Go(Left, Distance::Word)),
        'f' => Action::Edit(Edit::Go(Right, Distance::Word)),
        'd' => Action::Edit(Edit::Delete(Right, Distance::Word)),
        _ => return None,
    })
}
