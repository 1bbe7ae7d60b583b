//! Floor 5: the terminal program of `chatctl interactive`.
//!
//! ```text
//! keys, lines, time -> Screen (a value) -> effects: send, connect, save ...
//!                        |
//!                        +-> draw -> cells
//! ```
//!
//! The [`Screen`] is pure: it is given what happens and the time, and says what is to be done. Only `program`,
//! `keyboard`, `link`, `tty` and `history_file` know a terminal, sockets, files and clocks. On the client, which speaks with any server; on the script, which
//! says how a recording is written.

mod completion;
mod disputed;
mod draw;
mod editor;
mod fence;
mod heard;
mod hearing;
mod history;
mod history_file;
mod keyboard;
mod keys;
mod link;
mod now;
mod paste;
mod pings;
mod program;
mod recorder;
mod screen;
mod search;
mod slash;
mod text;
mod theme;
mod tty;
mod typing;
mod user;
mod view;
mod window;
mod wrap;

#[cfg(test)]
mod tests;

pub use now::Now;
pub use program::{Ended, Options, run};
pub use screen::{Effect, Input, Screen, Setup};
pub use theme::{Background, Depth, Theme};
pub use user::UserId;
