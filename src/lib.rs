//! chatctl: a chat server, a client, a runner of conversation scripts and a load generator.
//!
//! What goes over the wire takes one way through the crate, in both directions:
//!
//! ```text
//! bytes -> framing -> encoding -> Command -> hub -> Event -> dialect -> bytes
//! ```
//!
//! # The floors
//!
//! A file imports its own folder or a lower floor, and nothing else (a test holds this).
//!
//! | floor | module | what it is |
//! | --- | --- | --- |
//! | 0 | [`protocol`] | what both ends agree on: names, commands, events, framing, charsets, dialects |
//! | 1 | [`hub`] | the chat itself as pure state: no sockets, no tasks, no clock |
//! | 2 | [`server`] | async-std around the hub |
//! | 2 | [`client`] | connect, send and receive lines; knows neither server nor hub |
//! | 3 | [`script`] | conversation scripts: read, checked, run, reported; on the client alone |
//! | 3 | [`load`] | many users of the same script at once, and figures that one can trust; on the script's runner |
//! | 4 | [`terminal`] | the terminal program: a screen as a value, and what surrounds it; records scripts |
//! | 5 | `src/bin/chatctl` | arguments and wiring, one file per subcommand |
//!
//! # What always holds
//!
//! - A value of a type is valid: names, texts and commands are checked where they are made, and nowhere else.
//! - The hub's outputs come back from the call, and are appended to every recipient's queue under the hub's lock: each
//!   room has one order, and each connection hears everything in the order in which it happened.
//! - Every queue is bounded, and what happens when it is full is written next to it.
//! - Time is an argument wherever something is decided by it.

pub mod protocol;

pub mod hub;

pub mod client;
pub mod server;

pub mod script;

pub mod load;

pub mod terminal;
