//! Floor 2: what both ends agree on.
//!
//! ```text
//! bytes -> line -> charset -> dialect -> Request -> (hub) -> Event -> dialect -> charset -> bytes
//! ```
//!
//! The files build on each other in this order: `name`, `charset`, `telnet`, `line`, `command`, `refusal`, `event`, `dialect`.

pub mod charset;
pub mod command;
pub mod dialect;
pub mod event;
pub mod line;
pub mod name;
pub mod refusal;
mod telnet;
