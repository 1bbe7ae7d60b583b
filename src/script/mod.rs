//! Scripts: the transcript of a conversation between several users, which can be run.
//!
//! Three things are kept apart: what a script *is* ([`ast`], with its places in a [`source`]), how it is *read*
//! ([`parse`], with [`diagnostic`]s for what is wrong), and how it is *run* ([`runner`], with an [`outcome`]).
//! A script is run against any implementation of the protocol, so nothing here knows the server.

pub mod accounts;
pub mod ast;
pub mod diagnostic;
pub mod dialects;
pub mod source;

mod check;
mod format;
mod parser;

pub use check::{load_errors, warnings};
pub use format::format;
pub use parser::{parse, parse_duration, parse_rate, parse_stages, parse_threshold};

pub mod assignment;
pub mod explain;
pub mod generate;
pub mod inbox;
pub mod matching;
pub mod outcome;
mod problem;
mod received;
pub mod recording;
pub mod report;
pub mod runner;
pub mod stamp;
pub mod suite;
pub mod trace;
pub mod update;
pub mod values;
