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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Set for the run of this test program that is to panic.
    const PANICS: &str = "CHATCTL_TEST_PANICS";

    /// Does nothing by itself: the test below runs it on a terminal of its own.
    #[test]
    fn panics_on_a_terminal() {
        if std::env::var_os(PANICS).is_some() {
            let _tty = Tty::take().unwrap();
            panic!("told to");
        }
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_speaks() {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let before = pty.master.get_termios().unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "terminal::tty::tests::panics_on_a_terminal", "--nocapture"]);
        command.env(PANICS, "1");
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut output = Vec::new();
        // A terminal that nobody has open any more cannot be read: that is its end.
        let _ = pty.master.try_clone_reader().unwrap().read_to_end(&mut output);
        assert!(!child.wait().unwrap().success());
        let output = String::from_utf8_lossy(&output);
        let place = |what: &str| output.find(what).unwrap_or_else(|| panic!("no {what:?} in {output:?}"));
        assert!(place("\u{1b}[?1049h") < place("\u{1b}[?1049l"));
        assert!(place("\u{1b}[?1049l") < place("told to"));
        assert_eq!(pty.master.get_termios().unwrap().local_flags, before.local_flags);
    }
}
