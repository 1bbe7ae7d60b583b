//! The terminal itself: taken over while this value lives, and given back as it was, by a panic too.

use std::io::{self, Stdout, Write, stdout};
use std::panic;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// The whole terminal.
#[derive(Debug)]
pub(super) struct Tty {
    pub(super) terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Tty {
    /// Takes it over.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        // From here on, whatever fails gives it back.
        let taken = execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste);
        taken
            .and_then(|()| Terminal::new(CrosstermBackend::new(stdout())))
            .map(|terminal| Self { terminal })
            .inspect_err(|_| restore())
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

/// Whatever of it fails, the rest is still worth trying.
fn restore() {
    let _ = execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

/// What a panic says must not end up on the screen that is about to vanish.
fn restore_on_panic() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore();
        tell(info);
    }));
}
