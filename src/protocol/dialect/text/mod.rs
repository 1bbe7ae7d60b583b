//! The text dialect: lines that a person can type and a program can read, each `SOURCE: TEXT`.

pub(super) mod read;
pub(super) mod request;
pub(super) mod server_line;
pub(super) mod spell;
