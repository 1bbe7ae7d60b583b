//! Floor 2: what both ends agree on.
//!
//! ```text
//! bytes -> line -> charset -> dialect -> Request -> (hub) -> Event -> dialect -> charset -> bytes
//! ```
//!
//! The files build on each other in this order: `look`, `name`, `token`, `password`, `charset`, `telnet`, `line`, `websocket`,
//! `other_protocol`, `file`, `command`, `mask`, `room_modes`, `act`, `profile`, `sight`, `hindrance`, `refusal`, `departure`, `mark`, `presence`,
//! `event`, `answer`, `dialect`.

pub mod act;
pub mod answer;
pub mod charset;
pub mod command;
pub mod departure;
pub mod dialect;
pub mod event;
pub mod file;
pub mod hindrance;
pub mod line;
mod look;
pub mod mark;
pub mod mask;
pub mod mode_letters;
pub mod name;
pub mod operated;
pub mod other_protocol;
pub mod password;
pub mod presence;
pub mod profile;
pub mod read_mark;
pub mod recall;
pub mod recall_request;
pub mod refusal;
pub mod room_modes;
pub mod sight;
mod telnet;
pub mod token;
pub mod websocket;
