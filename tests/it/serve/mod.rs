//! `chatctl serve`: the program, and how the server behaves under many, slow and broken clients.

mod admin;
mod cli;
mod config_file;
pub(crate) mod control;
pub(crate) mod counters;
mod crowds;
mod drain;
mod fair;
mod lobby;
mod log;
mod log_events;
pub(crate) mod operations;
mod order;
mod resume;
mod stalled;
mod systemd;
mod upgrade;
