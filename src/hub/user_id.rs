//! The id of a user, which outlives names and connections.

use serde::{Deserialize, Serialize};

/// Names one user, whatever the user is called and however connected. Never given twice by one hub.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(u64);

impl UserId {
    /// The id given after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
