//! What a terminal shows of what is typed, where it is read line by line.

use std::io;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// A terminal that can be kept from showing what is typed. It shows it again when this is dropped.
pub(super) struct Echo {
    /// How the terminal was set; none if it is no terminal.
    usual: Option<Termios>,
    is_hidden: bool,
}

impl Echo {
    /// That of standard input.
    pub(super) fn of_standard_input() -> Self {
        Self { usual: tcgetattr(io::stdin()).ok(), is_hidden: false }
    }

    /// What is typed from now on is a password, or is none.
    pub(super) fn hide(&mut self, is_hidden: bool) {
        let Some(usual) = self.usual.as_ref().filter(|_| is_hidden != self.is_hidden) else { return };
        let mut wanted = usual.clone();
        if is_hidden {
            wanted.local_modes.remove(LocalModes::ECHO);
            // The end of the line is shown, so that the answer begins on a line of its own.
            wanted.local_modes.insert(LocalModes::ECHONL);
        }
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &wanted);
        self.is_hidden = is_hidden;
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.hide(false);
    }
}
