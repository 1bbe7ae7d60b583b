//! Every way in which a run can fail, and the whole text that a person then reads. Times are masked.

mod absence;
mod connections;
mod differences;
mod ends;

use std::net::SocketAddr;

use chatctl::diagnostic::Color;
use chatctl::run::RunOptions;
use chatctl::run::report::failure_text;
use regex::Regex;

use crate::support::fake::puppet;
use crate::support::{Server, player};

/// What a run against a puppet says.
fn on_a_puppet(script: &str) -> String {
    complaints(script, puppet::start())
}

/// What a run against our own server says.
fn on_a_chat_server(script: &str) -> String {
    let server = Server::embedded();
    complaints(script, server.addr)
}

fn complaints(script: &str, server: SocketAddr) -> String {
    let outcome = player::play(script, server, RunOptions::default());
    let complaints: Vec<String> =
        outcome.failures().map(|failure| masked(&failure_text(&outcome, failure, Color::Plain))).collect();
    assert!(!complaints.is_empty(), "it passed");
    complaints.join("\n")
}

/// Without what differs from run to run.
pub(crate) fn masked(text: &str) -> String {
    let masks = [
        (r"(before|\d+(?:\.\d)? ms after) line", "0.0 ms after line"),
        (r"`@\d+ms`", "`@0ms`"),
        (r"late by \d+(?:\.\d)? ms", "late by 0.0 ms"),
        (r"\d+\.\d{3}", "0.000"),
        (r"slowest step: .*", "slowest step: ..."),
    ];
    masks
        .iter()
        .fold(text.to_owned(), |text, (time, mask)| Regex::new(time).unwrap().replace_all(&text, *mask).into_owned())
}
