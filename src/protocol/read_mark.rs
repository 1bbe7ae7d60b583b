//! How far somebody has read in a conversation, as the client of a person says it.

use serde::{Deserialize, Serialize};

use crate::protocol::name::{RoomName, UserName};

/// All lines up to this one are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMark {
    /// Where.
    pub of: ReadPlace,
    /// The number of the line.
    pub number: u64,
}

/// Where somebody reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadPlace {
    /// In a room.
    Room(RoomName),
    /// What another user and the reader wrote to each other.
    With(UserName),
}
