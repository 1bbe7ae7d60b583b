//! What a call of the hub wants done, in order.

use std::sync::Arc;

use super::SessionId;
use crate::protocol::charset::Charset;
use crate::protocol::event::Event;

/// Who hears an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One session.
    One(SessionId),
    /// The members of a room, or everyone: shared with the room until its membership changes, so that a fan-out
    /// allocates nothing for a recipient.
    Many(Arc<Vec<SessionId>>),
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Append the event to the outbound queue of each of these.
    Tell(Audience, Event),
    /// Append the counters of the server, which the hub does not keep.
    TellStats(SessionId),
    /// From here on, speak and understand this charset.
    SetCharset(SessionId, Charset),
    /// The session has ended: deliver what is queued, then close the connection.
    Close(SessionId),
}

/// Everything that a call wants done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[must_use = "what the hub wants said must be said"]
pub struct Outputs(Vec<Output>);

impl From<SessionId> for Audience {
    fn from(id: SessionId) -> Self {
        Self::One(id)
    }
}

impl From<&Arc<Vec<SessionId>>> for Audience {
    fn from(ids: &Arc<Vec<SessionId>>) -> Self {
        Self::Many(Arc::clone(ids))
    }
}

impl Outputs {
    pub(super) fn one(to: SessionId, event: Event) -> Self {
        Self(vec![Output::Tell(to.into(), event)])
    }

    pub(super) fn stats(to: SessionId) -> Self {
        Self(vec![Output::TellStats(to)])
    }

    pub(super) fn tell(&mut self, to: impl Into<Audience>, event: Event) {
        self.0.push(Output::Tell(to.into(), event));
    }

    pub(super) fn set_charset(&mut self, id: SessionId, charset: Charset) {
        self.0.push(Output::SetCharset(id, charset));
    }

    pub(super) fn close(&mut self, id: SessionId) {
        self.0.push(Output::Close(id));
    }

    pub(super) fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
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
