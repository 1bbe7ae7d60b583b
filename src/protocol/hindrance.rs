//! Why the server cannot keep what is said, in the words of every dialect.

/// What keeps the server from keeping what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// The disk has no room.
    DiskFull,
    /// The disk does not read or write.
    Failing,
    /// Another program has the store locked.
    Locked,
    /// What is on the disk makes no sense.
    Damaged,
    /// The files may not be written.
    Unwritable,
    /// The files are not where they were.
    Gone,
    /// The server has made a mistake, and keeps nothing until it is started again.
    Stopped,
    /// What the servers of the chat share is out of reach.
    OutOfReach,
}

impl Hindrance {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DiskFull,
        Self::Failing,
        Self::Locked,
        Self::Damaged,
        Self::Unwritable,
        Self::Gone,
        Self::Stopped,
        Self::OutOfReach,
    ];

    /// What is wrong.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk is full",
            Self::Failing => "the disk reports an error",
            Self::Locked => "another program has locked the store",
            Self::Damaged => "the store is damaged",
            Self::Unwritable => "the store cannot be written",
            Self::Gone => "the store is gone from the disk",
            Self::Stopped => "the store has stopped",
            Self::OutOfReach => "the cluster is out of reach",
        }
    }

    /// What becomes of what is said meanwhile.
    #[must_use]
    pub fn consequence(self) -> &'static str {
        match self {
            Self::OutOfReach => ", your lines wait",
            Self::DiskFull
            | Self::Failing
            | Self::Locked
            | Self::Damaged
            | Self::Unwritable
            | Self::Gone
            | Self::Stopped => "; what is said now is not taken",
        }
    }

    /// What is said when it is over.
    #[must_use]
    pub fn over(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk has room again",
            Self::Failing => "the disk works again",
            Self::Locked => "the store is unlocked again",
            Self::Damaged => "the store is whole again",
            Self::Unwritable => "the store can be written again",
            Self::Gone => "the store is back on the disk",
            Self::Stopped => "the store works again",
            Self::OutOfReach => "the cluster is back in reach",
        }
    }
}

impl std::fmt::Display for Hindrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}
