//! What is typed: keys, the line being written, its history and completion, pastes and searches. All of them are values.

pub(super) mod completion;
pub(super) mod editor;
pub(super) mod history;
pub(super) mod keys;
pub(super) mod prompt;
pub(super) mod question;
pub(super) mod search;
