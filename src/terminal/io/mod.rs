//! What is outside of the screen: the terminal, the keyboard, connections, files and clocks.

mod disputed;
mod history_file;
mod keyboard;
mod link;
mod program;
mod rejoin;
mod suspend;
mod transfer;
mod tty;

pub use program::{Ended, Options, run};
