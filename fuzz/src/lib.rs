//! What must hold for whatever bytes there are: each module has one `check`, which panics if it does not.
//!
//! The fuzzer looks for such bytes (`fuzz/run`), and `cargo test` replays those of `fuzz/seeds`. Only public items of the
//! crate are used.

pub mod hub;
pub mod irc;
pub mod legacy;
pub mod matching;
pub mod script;
mod tape;
pub mod wire;
