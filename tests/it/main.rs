//! What a user sees, over real sockets and from the real binary: a file per behaviour.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod local_server;
mod old_client;
mod old_server;
mod planted;
mod stage;
mod support;

mod conversation;
mod counters;
mod crowds;
mod encodings;
mod faulty_servers;
mod hostile;
mod interactive_cli;
mod layers;
mod legacy;
mod legacy_client;
mod names;
mod order;
mod refused;
mod run_cli;
mod scripts;
mod serve_cli;
mod stalled;
