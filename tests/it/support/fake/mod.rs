//! Peers that are not chatctl: servers with planted bugs, a server that says what it is told, the old program's server
//! and client.

pub(crate) mod miscounting;
pub(crate) mod old_client;
pub(crate) mod old_server;
pub(crate) mod planted;
pub(crate) mod puppet;
