//! Tests of what a user sees.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod interactive_cli;
mod local_server;
