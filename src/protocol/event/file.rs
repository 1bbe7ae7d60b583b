//! What the server says about files.

use std::sync::Arc;
use std::time::SystemTime;

use super::Mark;
use crate::protocol::file::{FileId, FileInfo, FileName, FileToken};
use crate::protocol::name::UserName;

/// A step on the way of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEvent {
    /// Somebody sent the receiver a file.
    Given {
        /// The sender.
        from: UserName,
        /// What was sent.
        file: Arc<FileInfo>,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// The receiver's file was given to this user.
    Sent {
        /// Who sees it now.
        to: UserName,
        /// The receiver's own name.
        from: UserName,
        /// What was sent.
        file: Arc<FileInfo>,
        /// Which message of this server it is, and when.
        mark: Mark,
    },
    /// The server waits for the bytes of a file.
    Wanted {
        /// What they are brought with.
        token: FileToken,
        /// The file's name as it is kept.
        name: FileName,
        /// Until when the first of them has to come.
        until: SystemTime,
    },
    /// The file that this connection brought is kept.
    Stored(Arc<FileInfo>),
    /// The bytes of this file follow.
    Head(Arc<FileInfo>),
    /// The file is there no more.
    Removed(FileId),
    /// The file that was announced under this name is wanted no more.
    Canceled(FileName),
}

impl FileEvent {
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::Given { .. } | Self::Sent { .. } => false,
            Self::Wanted { .. } | Self::Stored(_) | Self::Head(_) | Self::Removed(_) | Self::Canceled(_) => true,
        }
    }
}
