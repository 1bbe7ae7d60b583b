//! Tests of what a user sees.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod encodings;
mod interactive_cli;
mod legacy;
mod local_server;
mod old_client;
