//! A screen in a pseudo-terminal: a test types into it, and reads what a terminal would show.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use assert_cmd::cargo::cargo_bin;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::support::PATIENCE;

/// A program on a terminal.
pub(crate) struct TerminalScreen {
    child: Box<dyn Child + Send + Sync>,
    terminal: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) written: Vec<u8>,
    /// The terminal's modes before the program began.
    before: String,
}

impl TerminalScreen {
    /// `chatctl interactive` with these arguments, on a terminal of this size, with its state in this folder.
    pub(crate) fn start(arguments: &[&str], columns: u16, rows: u16, state: &Path) -> Self {
        Self::with(&[], arguments, columns, rows, state)
    }

    /// The same, with these variables set.
    pub(crate) fn with(variables: &[(&str, &str)], arguments: &[&str], columns: u16, rows: u16, state: &Path) -> Self {
        Self::on(size(columns, rows), (columns, rows), variables, arguments, state)
    }

    /// On a terminal that shows 80 columns and 24 rows and does not tell that, as serial lines.
    pub(crate) fn of_unknown_size(arguments: &[&str], state: &Path) -> Self {
        Self::on(size(0, 0), (80, 24), &[], arguments, state)
    }

    fn on(
        told: PtySize,
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
        arguments: &[&str],
        state: &Path,
    ) -> Self {
        let mut command = CommandBuilder::new(cargo_bin!("chatctl"));
        command.arg("interactive");
        command.args(arguments);
        ["CI", "NO_COLOR", "COLORTERM", "COLORFGBG"].iter().for_each(|name| command.env_remove(name));
        command.env("TERM", "xterm-256color");
        variables.iter().for_each(|(name, value)| command.env(name, value));
        command.env("XDG_STATE_HOME", state);
        Self::of(command, told, (columns, rows)).expect("the binary starts")
    }

    /// A program of others on a terminal of this size; `None` if it is not installed.
    pub(crate) fn of_program(program: &str, arguments: &[&str], columns: u16, rows: u16) -> Option<Self> {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        Self::of(command, size(columns, rows), (columns, rows))
    }

    fn of(command: CommandBuilder, told: PtySize, (columns, rows): (u16, u16)) -> Option<Self> {
        let pty = native_pty_system().openpty(told).unwrap();
        let before = modes(&*pty.master);
        let child = pty.slave.spawn_command(command).ok()?;
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buf = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buf) {
                if sender.send(buf[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pty.master.take_writer().unwrap();
        let parser = vt100::Parser::new(count(rows), count(columns), 0);
        Some(Self { child, terminal: pty.master, keyboard, output, parser, written: Vec::new(), before })
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub(crate) fn resizes(&mut self, columns: u16, rows: u16) {
        self.parser.screen_mut().set_size(count(rows), count(columns));
        self.terminal.resize(size(columns, rows)).unwrap();
    }

    /// Waits until this can be read on the screen.
    pub(crate) fn shows(&mut self, text: &str) {
        self.waits_for(text, |contents| contents.contains(text));
    }

    /// Waits until this can be read and the server has taken all that was said.
    pub(crate) fn says(&mut self, text: &str) {
        self.waits_for(text, |contents| contents.contains(text) && !contents.contains('…'));
    }

    /// Waits until what can be read is like this.
    pub(crate) fn waits_for(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        self.waits_until(what, |screen| is_so(&screen.contents()));
    }

    fn waits_until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let begun = Instant::now();
        while !is_so(self.parser.screen()) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.process(&bytes),
                Err(error) => panic!("{error} while waiting for {what:?} on:\n{}", self.contents()),
            }
        }
    }

    pub(crate) fn contents(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the cursor stands after this text, which begins its row.
    pub(crate) fn cursor_is_after(&mut self, text: &str) {
        self.waits_until(text, |screen| {
            let (row, column) = screen.cursor_position();
            screen.contents_between(row, 0, row, column) == text
        });
    }

    pub(crate) fn is_sent(&self, signal: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits for the end. What the terminal shows then, whether it is as it was, and how the program ended.
    pub(crate) fn ends(mut self) -> (String, ExitStatus) {
        loop {
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.contents()),
            }
        }
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the screen is given back");
        assert!(!screen.bracketed_paste() && !screen.hide_cursor(), "so are pastes and the cursor");
        assert_eq!(modes(&*self.terminal), self.before, "and the modes of the terminal");
        (self.contents(), self.child.wait().unwrap())
    }

    fn process(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.parser.process(bytes);
    }
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        // A failed test leaves nothing behind; one that has ended already cannot be ended again.
        let _ = self.child.kill();
    }
}

fn count(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// Whether input is echoed, line by line and so on.
fn modes(terminal: &dyn MasterPty) -> String {
    let modes = terminal.get_termios().unwrap();
    format!("{:?} {:?} {:?}", modes.local_flags, modes.input_flags, modes.output_flags)
}
