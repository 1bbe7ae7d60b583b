//! Who asks the broker for something; knows nothing of what.

use crate::hub::SessionId;
use crate::protocol::answer::RequestId;
use crate::protocol::name::UserName;
use crate::protocol::password::Password;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;

/// What somebody without a name has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum LoginLine {
    /// A name.
    Name(UserName),
    /// The password of the account whose name was given.
    Password(Password),
    /// The name of an account, and its password.
    Account(UserName, Password),
    /// The token of a session.
    Token(SessionToken),
    /// None of these.
    Refused(Refusal),
}

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
