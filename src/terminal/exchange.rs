//! What goes into the screen, and what it asks the program around it to do.

use crate::protocol::file::FileToken;
use crate::protocol::password::Password;
use crossterm::event::KeyEvent;
use ratatui::layout::Size;

use super::theme::Theme;
use super::user::LocalUserId;

/// What a screen begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The server, as it was given.
    pub server: String,
    /// The charset in which every connection begins.
    pub encoding: String,
    /// The names to log in with. Without a name, the user is asked for one.
    pub names: Vec<String>,
    /// The password of the accounts of these names. Without it, the user is asked for one.
    pub password: Option<Password>,
    /// The path of the script to record into.
    pub record: Option<String>,
    /// The lines typed in earlier runs, oldest first.
    pub history: Vec<String>,
    /// The colors.
    pub theme: Theme,
    /// The size of the terminal.
    pub size: Size,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalInput {
    /// A key was pressed.
    Key(KeyEvent),
    /// The wheel of the mouse was turned.
    Wheel {
        /// Towards what came earlier.
        up: bool,
    },
    /// The left button of the mouse was pressed.
    Click {
        /// The column, counted from 0.
        x: u16,
        /// The row, counted from 0.
        y: u16,
    },
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resized(Size),
    /// A user's connection is there.
    Connected(LocalUserId),
    /// A user has received a line.
    Line(LocalUserId, String),
    /// A user's connection has ended, or could not be made. The text says why; without one, the server closed it.
    Closed(LocalUserId, Option<String>),
    /// A line was not sent, because too many lines are waiting.
    NotSent(LocalUserId, String),
    /// The recording was not saved, for this reason.
    NotSaved(String),
    /// The file on its way is open: it is called so and has so many bytes.
    FileOpened {
        /// What it is called.
        name: String,
        /// Its bytes.
        size: u64,
        /// Where it is: an absolute path, of a file that is sent.
        path: String,
    },
    /// So many bytes of the file have come through.
    FileMoved(u64),
    /// The file has come through, or not: what became of it, which is nothing if the server says so.
    FileEnded(Result<String, String>),
    /// The program around the screen has something to say.
    Told(String),
    /// Time has passed.
    Tick,
    /// The program was asked to end.
    Leave,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Connect a user, in place of any connection that it has.
    Connect(LocalUserId),
    /// Send a line.
    Send {
        /// The user that sends it.
        user: LocalUserId,
        /// The line, without its newline.
        line: String,
    },
    /// Close a user's connection at once.
    Drop(LocalUserId),
    /// Keep a typed line for the next run.
    Remember(String),
    /// Write a file.
    Save {
        /// The path of the file.
        path: String,
        /// The whole content of the file.
        text: String,
        /// If true, the file must not exist yet.
        new: bool,
    },
    /// Open a file that is to be sent.
    OpenFile(String),
    /// Bring the bytes of the open file, which the server knows by this token.
    SendFile(FileToken),
    /// Fetch a file and save it.
    FetchFile {
        /// The id of the file.
        id: String,
        /// Where to save it, if not under its own name.
        path: Option<String>,
    },
    /// Stop the file that is on its way; the server is told that it does not come.
    StopFile,
    /// Tell the server that the file of this token does not come.
    CancelFile(FileToken),
    /// Give the terminal back and stop, until somebody says to go on.
    Suspend,
    /// Ask the terminal for the turns of the wheel, or leave the mouse to it.
    Mouse(bool),
    /// Ring the bell of the terminal.
    Bell,
    /// Draw every cell again.
    Redraw,
    /// End the program.
    Quit,
}
