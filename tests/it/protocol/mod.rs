//! What goes over the wire, at the doors of a server.

mod conversation;
mod encodings;
mod hostile;
mod legacy;
mod legacy_client;
mod legacy_store;
mod names;
mod rooms;
