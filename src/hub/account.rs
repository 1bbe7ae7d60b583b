//! Accounts: names that outlive connections, and the hashes of their passwords. How a hash is made is not known here.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::name::UserName;

/// Names one account, whatever it is called. Never given twice.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountId(u64);

/// What is kept of a password: text that only its maker understands. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PasswordHash(Arc<str>);

/// A name that only those have who know its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which one.
    pub id: AccountId,
    /// What it is called.
    pub name: UserName,
    /// What is kept of its password.
    pub hash: PasswordHash,
    /// Whether it may do what operators of the server may.
    pub is_operator: bool,
    /// Whether others ask before they put it into a room.
    pub is_asked: bool,
    /// When it was made.
    pub created: SystemTime,
}

impl AccountId {
    /// The account of this number.
    #[must_use]
    pub fn numbered(number: u64) -> Self {
        Self(number)
    }

    /// Accounts are counted in the order in which they were made: 1, 2, 3, ...
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The account made after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl PasswordHash {
    /// The hash that is written so.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PasswordHash {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.as_str().to_owned()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
