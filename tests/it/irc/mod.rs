//! The IRC door: what its clients send and hear, line by line, and how they meet the users of other doors.

mod accounts;
mod capabilities;
mod clients;
mod crowd;
mod history;
mod hostile;
mod kept;
mod mixed;
mod modes;
mod monitor;
mod multiline;
mod page;
mod registration;
mod rooms;
mod specification;
mod user;
mod websocket;
