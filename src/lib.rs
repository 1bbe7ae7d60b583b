//! chatctl: a chat server, a client, a runner of conversation scripts and a load generator.
//!
//! What goes over the wire takes one way through the crate, in both directions:
//!
//! ```text
//! bytes -> framing -> charset -> Command -> hub -> Event -> dialect -> bytes
//! ```
//!
//! # The floors
//!
//! A file imports its own folder or a lower floor, and nothing else (a test holds this).
//!
//! | floor | module | what it is |
//! | --- | --- | --- |
//! | 1 | [`text`] | text that any screen may show; knows nothing of chat |
//! | 1 | `lock` | locking that ignores poison |
//! | 2 | [`diagnostic`] | findings with carets, as values, and how they are shown |
//! | 2 | [`net`] | sockets for both ends: where to listen, and a stream that never waits |
//! | 2 | [`protocol`] | what both ends agree on: names, commands, events, framing, charsets, dialects |
//! | 3 | [`hub`] | the chat itself as pure state: no sockets, no tasks, no clock |
//! | 3 | [`client`] | connect, send and receive lines; knows neither server nor hub |
//! | 3 | [`delivery`] | stamps, and the accounts of where they arrive; for tests and loads |
//! | 3 | [`lang`] | the script language: tree, parser, checks, format |
//! | 4 | [`run`] | a script carried out, explained, reported; on the client alone |
//! | 4 | [`store`] | what survives: rings of lines in memory, or tables in a folder |
//! | 5 | [`server`] | async-std around the hub; its web door serves the page in `web/` |
//! | 5 | [`load`] | many users of the same script at once, figures that one can trust, and the thresholds (`fail if`) that they are held to; on `run` |
//! | 5 | [`terminal`] | the terminal program: a screen as a value, and what surrounds it; records scripts |
//! | 6 | `src/bin/chatctl` | arguments and wiring, one file per subcommand |
//!
//! # What always holds
//!
//! - A value of a type is valid: names, texts and commands are checked where they are made, and nowhere else.
//! - The hub's outputs come back from the call, and are appended to every recipient's queue under the hub's lock: each
//!   room has one order, and each connection hears everything in the order in which it happened.
//! - Every queue is bounded, and what happens when it is full is written next to it.
//! - Time is an argument wherever something is decided by it.

mod lock;
pub mod text;

pub mod diagnostic;
pub mod net;
pub mod protocol;

pub mod client;
pub mod delivery;
pub mod hub;
pub mod lang;

pub mod run;
pub mod store;

pub mod load;
pub mod server;
pub mod terminal;
