//! The words that sessions are taken over with: one a session, and gone with it.

use std::collections::BTreeMap;

use super::session::SessionId;
use crate::protocol::token::SessionToken;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    sessions: BTreeMap<SessionToken, SessionId>,
    tokens: BTreeMap<SessionId, SessionToken>,
}

impl Tokens {
    pub(super) fn session(&self, token: SessionToken) -> Option<SessionId> {
        self.sessions.get(&token).copied()
    }

    pub(super) fn of(&self, session: SessionId) -> Option<SessionToken> {
        self.tokens.get(&session).copied()
    }

    /// The session has this token from now on, and no other.
    pub(super) fn give(&mut self, session: SessionId, token: SessionToken) {
        self.take(session);
        if let Some(other) = self.sessions.insert(token, session) {
            self.tokens.remove(&other);
        }
        self.tokens.insert(session, token);
    }

    pub(super) fn take(&mut self, session: SessionId) {
        if let Some(token) = self.tokens.remove(&session) {
            self.sessions.remove(&token);
        }
    }
}
