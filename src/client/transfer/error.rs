//! Why a file did not get through, and whether it is worth another try.

use std::io;

use thiserror::Error;

use crate::client::connect::ConnectError;
use crate::protocol::refusal::{BUSY, INCOMPLETE};
use crate::text::visible::printable;

/// Why a file did not get through.
#[derive(Debug, Error)]
pub enum TransferError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection broke, or the other side was silent for too long.
    #[error("the connection to the server is lost")]
    Lost(#[source] io::Error),
    /// The server does not want it.
    #[error("the server says {code}: {}", printable(detail))]
    Refused {
        /// The code of the refusal, such as `no-such-file`.
        code: String,
        /// What stands behind the code.
        detail: String,
    },
    /// The name was refused; this is what the server said.
    #[error("the name was refused: {}", printable(.0))]
    NameRefused(String),
    /// The server does not say what a server of ours says.
    #[error("expected an answer about a file, found '{}'", printable(.0))]
    Unexpected(String),
    /// The source of the bytes cannot be read, or has fewer than were announced.
    #[error("cannot read the file")]
    Source(#[source] io::Error),
}

impl TransferError {
    /// Whether the server is gone, or has no place now: the same may succeed a little later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Connect(ConnectError::UnknownKey { .. } | ConnectError::OtherKey { .. }) => false,
            Self::Connect(_) | Self::Lost(_) => true,
            Self::Refused { code, .. } => code == BUSY || code == INCOMPLETE,
            Self::NameRefused(_) | Self::Unexpected(_) | Self::Source(_) => false,
        }
    }

    /// Whether the server has no place for one more transfer now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == BUSY)
    }

    /// How many bytes of an upload the server has, if that is what it says.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.of_upload(0)
    }

    /// How many bytes were announced, if that is what the server says.
    #[must_use]
    pub fn announced(&self) -> Option<u64> {
        self.of_upload(2)
    }

    /// A number of `incomplete: 3 of 5 bytes`.
    fn of_upload(&self, word: usize) -> Option<u64> {
        match self {
            Self::Refused { code, detail } if code == INCOMPLETE => detail.split(' ').nth(word)?.parse().ok(),
            _ => None,
        }
    }
}
