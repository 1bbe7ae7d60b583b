//! What a user sees, over real sockets and from the real binary: a folder per command, a file per behavior.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the answer")]

mod support;

mod accounts;
mod cluster;
mod files;
mod foreign;
mod fuzz;
mod help;
mod interactive;
mod irc;
mod layers;
mod load;
#[cfg(target_os = "linux")]
mod output;
mod protocol;
mod run;
mod serve;
mod standard_output;
mod store;
mod tls;
mod web;
