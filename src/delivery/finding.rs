//! A single delivery that went wrong: what happened, to whom, and which line of the script sent the message.

/// A delivery that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What went wrong.
    pub kind: FindingKind,
    /// The line of the script that sent the message.
    pub line: usize,
    /// The user that sent it.
    pub sender: usize,
    /// The user that received it, or should have.
    pub recipient: usize,
}

/// The ways in which a delivery can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The message never arrived.
    Lost,
    /// The message arrived a second time.
    Duplicated,
    /// The message arrived after a later one of the same sender.
    Reordered,
    /// The message arrived at a user for whom it was not meant.
    Misdelivered,
}

impl FindingKind {
    /// The word that reports use for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Reordered => "reordered",
            Self::Misdelivered => "misdelivered",
        }
    }
}
