//! The id of a user, which outlives names and connections.

/// Names one user, whatever the user is called and however connected. Never given twice by one hub.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(u64);

impl UserId {
    /// The id given after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
