//! What a user sees, over real sockets and from the real binary: a file per behaviour.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod local_server;
mod miscounting;
mod old_client;
mod old_server;
mod planted;
mod player;
mod puppet;
mod stage;
mod support;
mod terminal_screen;
mod wire;

mod conversation;
mod counters;
mod crowds;
mod doc_examples;
mod encodings;
mod failures;
mod faulty_servers;
mod help_cli;
mod hostile;
mod interactive_cli;
mod interactive_terminal;
mod layers;
mod legacy;
mod legacy_client;
mod load_cli;
mod load_faulty;
mod load_trouble;
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
