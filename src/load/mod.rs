//! Floor 5: many users from the same script, and figures that one can trust.
//!
//! ```text
//! script + overrides -> Plan -> engine (casts on workers) -> Outcome -> reports
//! ```
//!
//! A cast is one copy of a script with all its users, carried out by the script's own runner. What differs from a test
//! is what this module brings along: a [`Plan`](plan::Plan) of how many casts there are and when, [`pacer`]s that set
//! the starts of an `every` in advance, a [`ledger`](crate::delivery::ledger) per cast in which every single delivery is accounted for where the
//! socket is read, histograms per worker ([`stats`]), and a look at the generator itself, which says so when it is
//! the limit.
//!
//! It works against any server: an embedded one is started by whoever calls.

pub mod forecast;
pub mod pacer;
pub mod plan;
pub mod profile;
pub mod timer_wheel;

pub mod cast;
pub mod engine;
pub mod failures;
pub mod figures;
pub mod health;
pub mod monitor;
pub mod outcome;
pub mod report;
pub mod resources;
pub mod shared;
pub mod stats;
pub mod threshold;

/// What is played when no script is given.
pub const BUILT_IN_SCRIPT: &str = include_str!("built_in.chat");
