//! What those who run the server may ask of it from outside of the chat: at the control socket, and at the admin address.

mod desk;
mod host;
mod message;

pub(in crate::server) use desk::AdminDesk;
pub use host::{Host, Reloaded};
pub use message::{ADMIN_PATH, AdminAnswer, AdminRequest, AdminRoom, ConnectionEntry, FIRST_LINE, MAX_REQUEST};
