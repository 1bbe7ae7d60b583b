//! What a user sees, over real sockets and from the real binary: a file per behaviour.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod local_server;
mod planted;
mod stage;
mod support;

mod conversation;
mod counters;
mod faulty_servers;
mod hostile;
mod interactive_cli;
mod layers;
mod order;
mod refused;
mod run_cli;
mod scripts;
mod serve_cli;
