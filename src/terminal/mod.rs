//! Floor 5: the terminal program of `chatctl interactive`.
//!
//! ```text
//! keys, lines, time -> Screen (a value) -> effects: send, connect, save, ...
//!                        |
//!                        +-> draw -> cells
//! ```
//!
//! The [`Screen`] is pure: it is given events and the time, and says what is to be done. Only the folder `io` knows a
//! terminal, sockets, files and clocks. The program is built on the client, which speaks with any server, and on the
//! script language, which says how a recording is written.
//!
//! Inside, from the outside in: `io` around `screen`; the screen hands keys to `input` and
//! `viewport`, and everything else to `chat`, which owns the `users` and the `recorder`; `draw` only reads.

mod chat;
mod draw;
mod exchange;
mod fence;
mod files;
mod help;
mod input;
mod io;
mod names;
mod now;
mod pings;
mod queued;
mod recorder;
mod screen;
mod slash;
mod tape;
mod text;
mod theme;
mod user;
mod users;
mod view;
mod viewport;
mod window;
mod wrap;

#[cfg(test)]
mod tests;

pub use exchange::{Effect, Setup, TerminalInput};
pub use io::{Ended, Options, run};
pub use now::TerminalTime;
pub use screen::Screen;
pub use theme::{Background, Depth, Theme};
pub use user::LocalUserId;
