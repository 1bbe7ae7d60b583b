//! What the screen asks the program around it to do.

use super::user::UserId;

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Connect a user, in place of any connection that it has.
    Connect(UserId),
    /// Send a line.
    Send {
        /// The user that sends it.
        user: UserId,
        /// The line, without its newline.
        line: String,
    },
    /// Close a user's connection at once.
    Drop(UserId),
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
    /// Draw every cell again.
    Redraw,
    /// End the program.
    Quit,
}
