//! The JSON dialect, version 1: one object a message, `type` says what it is, `id` ties an answer to its request.
//!
//! [`message`] and [`ask`] hold the shapes of what a server and a client say; `request` reads what a client sends, `render`
//! writes what a server says. [`JsonTalk`] is the other end. `docs/json.md` defines it.

pub mod ask;
pub mod entry;
pub(super) mod kind;
pub mod message;
mod past;
pub(super) mod render;
pub(super) mod request;
mod talk;
mod time;

pub use talk::JsonTalk;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

/// The version of the dialect. New fields and types do not change it.
const VERSION: u32 = 1;

/// The most lines of one text.
pub const MAX_LINES: usize = 100;

/// The most events of one answer to `history`. Whoever wants more asks again.
const MAX_HISTORY: usize = 200;

/// The events of an answer to `history` that does not say how many.
const USUAL_HISTORY: usize = 50;

/// How deep arrays and objects of a request may be nested.
const MAX_DEPTH: usize = 16;

/// The longest nonce, in characters.
const MAX_NONCE: usize = 64;

/// The schema of what a server says, as `docs/json.schema.json`.
pub const SCHEMA: &str = include_str!("../../../../docs/json.schema.json");
