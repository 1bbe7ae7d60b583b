//! `chatctl interactive`: through a pipe, and in a pseudo-terminal.

mod cli;
mod files;
mod terminal;
