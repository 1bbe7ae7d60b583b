//! A load made by several generators, on one machine or on many: one leads, the others join it and make their shares.
//!
//! ```text
//! leader                        member
//!        <- hello (version, name)
//! order (arguments, script, share, nonce, seed) ->
//!        <- ready, or refused with the reason
//! go, to all at once ->
//!        <- a second, every second
//! stop, if the load is to end early ->
//!        <- done (the tally)
//! ```
//!
//! A message is one line of JSON. The distributions travel whole, so that the sums are exact. All stamps have the same nonce, and the
//! numbers of casts and plays are those of the whole load: a line that reaches a user of another generator is known
//! there as one of this load, and counts as misdelivered.

mod leader;
mod line;
mod member;
mod message;

pub use leader::{LeadError, LeadEvent, Leader};
pub use member::{JoinedGenerator, MemberError};
pub use message::Order;
