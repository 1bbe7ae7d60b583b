//! The IRC door: what its clients send and hear, line by line, and how they meet the users of other doors.

mod accounts;
mod capabilities;
mod clients;
mod commands;
mod crowd;
mod greeting;
mod history;
mod hostile;
mod kept;
mod mixed;
mod modes;
mod monitor;
mod multiline;
mod negotiated;
mod page;
mod refused;
mod registration;
mod rooms;
mod settings;
mod specification;
pub(crate) mod user;
mod websocket;
mod wording;
