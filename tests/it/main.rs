//! What a user sees, over real sockets and from the real binary: a file per behaviour.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod local_server;
mod old_client;
mod old_server;
mod planted;
mod player;
mod puppet;
mod stage;
mod support;

mod conversation;
mod crowds;
mod doc_examples;
mod encodings;
mod failures;
mod faulty_servers;
mod hostile;
mod interactive_cli;
mod layers;
mod legacy;
mod legacy_client;
mod names;
mod order;
mod refused;
mod report_json;
mod rules;
mod run_cli;
mod run_flags;
mod scripts;
mod serve_cli;
mod stalled;
