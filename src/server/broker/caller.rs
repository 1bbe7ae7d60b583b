//! Who asks the broker for something; knows nothing of what.

pub(in crate::server) use crate::hub::LoginLine;

use crate::hub::SessionId;
use crate::protocol::answer::RequestId;

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
}
