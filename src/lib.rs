//! chatctl: a chat server, a client, a conversation test runner and a load generator.

pub mod protocol;

pub mod client;

pub mod script;
