//! Floor 5: many users from the same script, and figures that one can trust.
//!
//! ```text
//! script + overrides -> Plan -> engine (casts on workers) -> summary -> Outcome -> reports
//! ```
//!
//! A cast is one copy of a script with all its users, carried out by the script's own runner. This module
//! adds what a test does not have: a [`Plan`](plan::Plan) of how many casts there are and when, [`pacer`]s that set the
//! starts of an `every` in advance, a [`ledger`](crate::delivery::ledger) per cast that accounts for every delivery where
//! the socket is read, histograms per worker, and a monitor that says so if the generator itself is the limit.
//!
//! What reports show is plain data ([`outcome`]), which knows nothing of the engine. The server may be any; an embedded
//! one is started by the caller.

pub mod capacity;
pub mod failure_kind;
pub mod figures;
pub mod forecast;
pub mod generators;
pub mod outcome;
pub mod pacer;
pub mod plan;
pub mod profile;
pub mod report;
pub mod sample;
pub mod share;
pub mod target;
pub mod tempo;
pub mod threshold;
mod throttle;
pub mod timer_wheel;

mod cast;
mod casts;
mod clock;
mod connect_limiter;
mod context;
pub mod engine;
mod failures;
mod labels;
mod monitor;
mod player;
pub mod resources;
mod search;
mod slot;
mod stats;
mod summary;
mod tally;
mod totals;

/// The script that is played if none is given.
pub const BUILT_IN_SCRIPT: &str = include_str!("built_in.chat");
