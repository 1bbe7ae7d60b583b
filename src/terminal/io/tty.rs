//! The terminal itself: taken over while this value lives, and given back as it was, by a panic too.

use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::disputed::leaves_pieces;

/// Bytes of a drawing that are written at once.
const DRAWING: usize = 64 * 1024;

/// The whole terminal.
///
/// Ratatui's own `Terminal` is not used: to clear itself it asks the terminal where the cursor is, and the answer would
/// have to get past whoever waits for keys.
#[derive(Debug)]
pub(super) struct Tty {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    /// What is on it; `None`: nobody knows.
    shown: Option<Buffer>,
    cursor: Option<Position>,
}

impl Tty {
    /// Takes it over.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        // From here on, whatever fails gives it back.
        enter().inspect_err(|_| restore())?;
        let writer = BufWriter::with_capacity(DRAWING, stdout());
        Ok(Self { backend: CrosstermBackend::new(writer), shown: None, cursor: None })
    }

    /// Gives it back for a while.
    pub(super) fn give_back(&mut self) {
        restore();
    }

    /// Takes it over again: nobody knows what is on it.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        // What was raw before is no longer: whoever had it meanwhile has made it his.
        let _ = disable_raw_mode();
        enable_raw_mode()?;
        self.forget();
        enter()
    }

    /// Has the turns of the wheel reported, or leaves the mouse to the terminal.
    pub(super) fn watch_wheel(&mut self, on: bool) {
        let modes = if on { WHEEL_ON } else { WHEEL_OFF };
        // A terminal that cannot be written to is found out by the next drawing.
        let _ = self.backend.write_all(modes.as_bytes()).and_then(|()| Write::flush(&mut self.backend));
    }

    /// Its size; the usual one if it does not know, as serial lines do not.
    pub(super) fn size(&self) -> io::Result<Size> {
        Ok(match size()? {
            (0, _) | (_, 0) => USUAL_SIZE,
            (width, height) => Size { width, height },
        })
    }

    /// Draws what `draw` puts into the buffer, and the cursor where it says, in one step.
    pub(super) fn draw(&mut self, draw: impl Fn(Rect, &mut Buffer) -> Option<Position>) -> io::Result<()> {
        let area = Rect::from((Position::ORIGIN, self.size()?));
        let mut buffer = Buffer::empty(area);
        let cursor = draw(area, &mut buffer);
        if self.shown.as_ref() == Some(&buffer) && self.cursor == cursor {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        let shown = self.shown.take().filter(|shown| shown.area == area && !leaves_pieces(shown, &buffer));
        let shown = match shown {
            Some(shown) => shown,
            None => {
                queue!(self.backend, Clear(ClearType::All))?;
                Buffer::empty(area)
            }
        };
        self.backend.draw(shown.diff(&buffer).into_iter())?;
        self.put_cursor(cursor)?;
        queue!(self.backend, EndSynchronizedUpdate)?;
        (self.shown, self.cursor) = (Some(buffer), cursor);
        Write::flush(&mut self.backend)
    }

    fn put_cursor(&mut self, cursor: Option<Position>) -> io::Result<()> {
        let Some(cursor) = cursor else { return self.backend.hide_cursor() };
        self.backend.set_cursor_position(cursor)?;
        self.backend.show_cursor()
    }

    /// Rings the bell.
    pub(super) fn ring(&mut self) {
        // A terminal that cannot be written to is found out by the next drawing.
        let _ = self.backend.write_all(b"\x07").and_then(|()| Write::flush(&mut self.backend));
    }

    /// The next drawing leaves nothing of this one.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

/// Presses and the wheel are reported, with their places in decimals; moves are not.
const WHEEL_ON: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const WHEEL_OFF: &str = "\u{1b}[?1006l\u{1b}[?1000l";

/// The size of a terminal that tells none.
const USUAL_SIZE: Size = Size { width: 80, height: 24 };

fn enter() -> io::Result<()> {
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Print(WHEEL_ON))
}

/// Whatever of it fails, the rest is still worth trying.
fn restore() {
    let _ =
        execute!(stdout(), EndSynchronizedUpdate, Print(WHEEL_OFF), DisableBracketedPaste, LeaveAlternateScreen, Show);
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
        command.args(["--exact", "terminal::io::tty::tests::panics_on_a_terminal", "--nocapture"]);
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
