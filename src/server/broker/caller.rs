//! Who asks the broker for something; knows nothing of what.

pub(in crate::server) use crate::hub::LoginLine;

use crate::hub::SessionId;
use crate::protocol::answer::RequestId;
use crate::protocol::command::Command;
use crate::protocol::refusal::Refusal;

/// Who asks, and for what.
#[derive(Debug, Clone)]
pub(in crate::server) struct Caller {
    pub(in crate::server) session: SessionId,
    /// What the answer is to carry, if it is wanted.
    pub(in crate::server) request: Option<RequestId>,
    /// Makes what he sends happen once.
    pub(in crate::server) nonce: Option<Box<str>>,
}

impl Caller {
    /// Somebody whose dialect has no answers to requests.
    pub(in crate::server) fn unnumbered(session: SessionId) -> Self {
        Self { session, request: None, nonce: None }
    }

    /// Whether an answer would say nothing: all that the caller hears of it are events, as at any other door.
    pub(super) fn wants_no_answer_to(&self, command: &Result<Command, Refusal>) -> bool {
        self.request.is_none() && self.nonce.is_none() && matches!(command, Ok(Command::SendRoom { .. }))
    }
}
