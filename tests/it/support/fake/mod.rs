//! Peers that are not chatctl: a chat server with a planted bug, a server that says what it is told, the old program's
//! server and client.

pub(crate) mod chat;
pub(crate) mod old_client;
pub(crate) mod old_server;
pub(crate) mod puppet;
