//! Floor 2: what both ends agree on.
//!
//! ```text
//! bytes -> line -> charset -> dialect -> Request -> (hub) -> Event -> dialect -> charset -> bytes
//! ```
//!
//! The files build on each other in this order: `look`, `name`, `token`, `password`, `charset`, `telnet`, `line`, `websocket`,
//! `other_protocol`, `command`, `hindrance`, `refusal`, `event`, `answer`, `dialect`.

pub mod answer;
pub mod charset;
pub mod command;
pub mod dialect;
pub mod event;
pub mod hindrance;
pub mod line;
mod look;
pub mod name;
pub mod other_protocol;
pub mod password;
pub mod refusal;
mod telnet;
pub mod token;
pub mod websocket;
