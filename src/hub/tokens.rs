//! The words that sessions are taken over with: one a session. That of a guest is gone with the session; that of an account
//! outlives it, and the server, of which only a hash is known then.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::account::AccountId;
use super::session::SessionId;
use crate::protocol::token::{SessionToken, TokenHash};

/// For how long a token of an account is valid that is not used.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Tokens that one account may have: past it, the one that was not used for the longest is not valid any more.
const MOST_TOKENS: usize = 16;

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// The tokens of accounts, as their hashes.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountTokens {
    accounts: BTreeMap<TokenHash, (AccountId, SystemTime)>,
    hashes: BTreeMap<AccountId, BTreeSet<TokenHash>>,
}

impl AccountTokens {
    pub(super) fn keep(&mut self, hash: TokenHash, account: AccountId, used: SystemTime) {
        self.forget(&hash);
        self.accounts.insert(hash, (account, used));
        self.hashes.entry(account).or_default().insert(hash);
    }

    pub(super) fn forget(&mut self, hash: &TokenHash) {
        if let Some((account, _)) = self.accounts.remove(hash)
            && let Some(hashes) = self.hashes.get_mut(&account)
        {
            hashes.remove(hash);
            if hashes.is_empty() {
                self.hashes.remove(&account);
            }
        }
    }

    pub(super) fn forget_all(&mut self, account: AccountId) {
        for hash in self.hashes.remove(&account).unwrap_or_default() {
            self.accounts.remove(&hash);
        }
    }

    /// Whose it is and when it was noted last, if it is still valid.
    pub(super) fn find(&self, hash: &TokenHash, now: SystemTime) -> Option<(AccountId, SystemTime)> {
        self.accounts.get(hash).copied().filter(|(_, used)| !is_expired(*used, now))
    }

    /// Those of an account that end when it gets one more.
    pub(super) fn surplus(&self, account: AccountId, now: SystemTime) -> Vec<TokenHash> {
        let hashes = self.hashes.get(&account).into_iter().flatten();
        let mut by_use: Vec<_> = hashes.filter_map(|hash| Some((self.accounts.get(hash)?.1, *hash))).collect();
        by_use.sort();
        let over = (by_use.len() + 1).saturating_sub(MOST_TOKENS);
        let ends = by_use.into_iter().enumerate().filter(|(index, (used, _))| *index < over || is_expired(*used, now));
        ends.map(|(_, (_, hash))| hash).collect()
    }
}

fn is_expired(used: SystemTime, now: SystemTime) -> bool {
    now.duration_since(used).is_ok_and(|since| since > TOKEN_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn hash(number: u8) -> TokenHash {
        SessionToken::new(number.into()).hash()
    }

    fn day(number: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + DAY * number
    }

    #[test]
    fn a_token_is_valid_for_thirty_days_after_its_last_use() {
        let (mut tokens, account) = (AccountTokens::default(), AccountId::numbered(1));
        tokens.keep(hash(1), account, day(1));
        assert_eq!(tokens.find(&hash(1), day(31)), Some((account, day(1))));
        assert_eq!(tokens.find(&hash(1), day(31) + Duration::from_secs(1)), None);
        assert_eq!(tokens.surplus(account, day(31)), []);
        assert_eq!(tokens.surplus(account, day(32)), [hash(1)]);
        tokens.keep(hash(1), account, day(20));
        assert_eq!(tokens.find(&hash(1), day(32)), Some((account, day(20))));
    }

    #[test]
    fn an_account_has_sixteen_tokens_at_most() {
        let (mut tokens, account, other) = (AccountTokens::default(), AccountId::numbered(1), AccountId::numbered(2));
        (1..=16).for_each(|number| tokens.keep(hash(number), account, day(20 - u32::from(number))));
        tokens.keep(hash(17), other, day(1));
        assert_eq!(tokens.surplus(account, day(20)), [hash(16)], "the one that was not used for the longest");
        tokens.forget(&hash(3));
        assert_eq!(tokens.surplus(account, day(20)), []);
        tokens.forget_all(account);
        assert_eq!((tokens.find(&hash(1), day(20)), tokens.hashes.len()), (None, 1));
        assert!(tokens.find(&hash(17), day(20)).is_some());
    }
}
