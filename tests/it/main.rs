//! Tests of what a user sees.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod faulty_servers;
mod interactive_cli;
mod local_server;
mod planted;
mod refused;
mod run_cli;
mod scripts;
