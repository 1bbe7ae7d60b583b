//! The IRC dialect: RFC 2812 as modern.ircdocs.horse describes it, with capabilities of IRCv3. `docs/irc.md` is for users.
//!
//! `request` reads what a client sends, line by line, and knows how far its registration has come; what a line comes to is
//! an [`Instruction`]. `spell` writes what happens, `seen` what a client has asked to see, `numeric` what is refused.

mod account;
mod features;
mod instruction;
pub(super) mod labels;
mod line;
mod modes;
mod multiline;
mod numeric;
pub(super) mod past;
mod past_events;
mod past_request;
mod registration;
pub(super) mod request;
mod room_request;
mod sasl;
mod seen;
pub(super) mod spell;
mod tag_value;
mod texts;
mod who;
mod writer;

pub use features::Features;
pub use instruction::{Instruction, Saying, Step, WhenTooLong};
pub use past::Retelling;
pub use writer::fits_into_line;

/// Bytes of a line, its end counted and its tags not.
const MAX_LINE: usize = 512;

/// Bytes of the tags of a client, with the `@` before and the blank behind them.
const MAX_TAGS: usize = 4096;

/// The only way in which a password can be said by SASL.
const SASL_MECHANISM: &str = "PLAIN";

/// How long a message of several lines may be, as clients are told.
const MULTILINE_LIMITS: &str = "max-bytes=8192,max-lines=100";

/// Bytes of the word that a client calls its user by.
const MAX_USER: usize = 18;

/// Bytes of a real name.
const MAX_REAL_NAME: usize = 128;

/// Bytes of the text of somebody who is away.
const MAX_AWAY: usize = 200;

/// Bytes of why somebody leaves, or is removed.
const MAX_REASON: usize = 390;

/// Names refused before a connection is closed: clients try several by themselves.
pub const NAMES_REFUSED_AT_MOST: u8 = 20;
