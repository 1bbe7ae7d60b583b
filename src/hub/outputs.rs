//! What a call of the hub wants done, in order.

use super::audience::Audience;
use super::file::FileWish;
use super::question::Question;
use super::record::Record;
use super::session::SessionId;
use super::verdict::{AccountWish, PasswordCheck};
use crate::protocol::charset::Charset;
use crate::protocol::event::Event;
use crate::protocol::file::FileId;
use crate::protocol::refusal::Refusal;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Hand the fact to the store. Whatever comes after it may tell of it, so it waits until the fact is kept.
    Keep(Record),
    /// Append the event to the outbound queue of each of these.
    Tell(Audience, Event),
    /// Append the counters of the server, which the hub does not keep.
    TellStats(SessionId),
    /// Find this out and tell it, as [`super::Found::told`] says. The session's next command waits for it, and what is
    /// said to it meanwhile stands behind the answer. The hub need not hear of it: it decides nothing.
    Ask(SessionId, Question),
    /// Compute this and hand the verdict to [`super::Hub::conclude`]. The session's next command waits for it.
    Check(SessionId, PasswordCheck),
    /// Make a token and hand it to [`super::Hub::give_token`]: nothing random is made by the hub.
    MakeToken(SessionId),
    /// Make a password and hand it to [`super::Hub::give_password`].
    MakePassword(SessionId, AccountWish),
    /// Make a token for this upload and tell the session, or why the server takes no such file.
    TakeFile(SessionId, FileWish),
    /// Take this file away if the session may, as [`super::Hub::may_remove`] says, and tell it.
    RemoveFile(SessionId, FileId),
    /// From here on, begin the lines of rooms with their numbers, or do so no longer.
    SetNumbers(SessionId, bool),
    /// From here on, speak and understand this charset.
    SetCharset(SessionId, Charset),
    /// The session has ended: deliver what is queued, then close the connection.
    Close(SessionId),
}

/// Everything that a call wants done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[must_use = "what the hub wants said must be said"]
pub struct Outputs(Vec<Output>);

impl Outputs {
    /// Empty. A step of a decision gives one output, and a line two: it is kept and told.
    pub(super) fn with_room_for(steps: usize) -> Self {
        Self(Vec::with_capacity(2 * steps))
    }

    pub(super) fn push(&mut self, output: Output) {
        self.0.push(output);
    }

    pub(super) fn tell(&mut self, to: impl Into<Audience>, event: Event) {
        self.push(Output::Tell(to.into(), event));
    }

    /// These are to be done after the others.
    pub fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }

    /// What this session alone is refused.
    #[must_use]
    pub fn refusal_to(&self, session: SessionId) -> Option<&Refusal> {
        self.0.iter().find_map(|output| match output {
            Output::Tell(Audience::One(id), Event::Refused(refusal)) if *id == session => Some(refusal),
            _ => None,
        })
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Outputs {
    type Item = Output;
    type IntoIter = std::vec::IntoIter<Output>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
