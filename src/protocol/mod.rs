//! Floor 2: what both ends agree on.
//!
//! ```text
//! bytes -> framing -> encoding -> one line of text -> Command -> (hub) -> Event -> dialect -> bytes
//! ```

pub mod command;
pub mod dialect;
mod echo;
pub mod encoding;
pub mod event;
pub mod framing;
pub mod name;
pub mod refusal;
