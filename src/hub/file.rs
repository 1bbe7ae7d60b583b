//! Files that somebody wants to send. Where the bytes are is for others to know.

use super::user_id::UserId;
use crate::protocol::command::FileRequest;
use crate::protocol::name::UserName;

/// Who has announced a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSender {
    /// The user; `None` if the server was started anew since.
    pub user: Option<UserId>,
    /// The user's name at that time.
    pub name: UserName,
}

/// A file that somebody wants to send, who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWish {
    /// Who.
    pub by: FileSender,
    /// What, and to whom.
    pub request: FileRequest,
}
