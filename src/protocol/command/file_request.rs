//! What somebody who wants to send a file says of it.

use std::fmt;

use super::UserList;
use crate::protocol::file::{FileName, Pixels};
use crate::protocol::name::RoomName;

/// A file that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRequest {
    /// Who is to see it.
    pub to: FileTarget,
    /// Its bytes.
    pub size: u64,
    /// What it is called.
    pub name: FileName,
    /// How large it is, if it is a picture and the sender says so.
    pub pixels: Option<Pixels>,
}

/// Whom a file is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileTarget {
    /// The members of this room.
    Room(RoomName),
    /// These users.
    Users(UserList),
}

impl fmt::Display for FileRequest {
    /// What stands behind the keywords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            FileTarget::Room(room) => write!(f, "room {room}")?,
            FileTarget::Users(users) => write!(f, "user {users}")?,
        }
        write!(f, " {} {}", self.size, self.name)
    }
}
