//! What is known of a user beside the name, where a client can say such things.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::name::UserName;

/// The host of users whose clients say nothing of the kind.
pub const HOST_OF_OTHERS: &str = "chatctl";

/// The word that a client calls its user by, if nothing is known.
pub const SOME_USER: &str = "user";

/// What a client has said of its user, and what is known of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The word that the client calls its user by.
    pub user: Box<str>,
    /// What stands for where the user comes from; never an address.
    pub host: Box<str>,
    /// A line that says who the user is.
    pub real_name: Box<str>,
    /// What others are told while the user is away.
    pub away: Option<Box<str>>,
    /// A program, not a person.
    pub is_bot: bool,
    /// Found by the exact name and in shared rooms alone.
    pub is_invisible: bool,
    /// Everything that comes from the user and goes there is encrypted.
    pub is_secure: bool,
    /// When the user came.
    pub since: SystemTime,
    /// When the user last said something.
    pub spoke: SystemTime,
}

/// Who a line comes from, as some dialects name it in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSource {
    /// The name, as it was when it happened.
    pub name: UserName,
    /// The word that the client calls its user by, or what it speaks.
    pub user: Box<str>,
    /// What stands for where he comes from.
    pub host: Box<str>,
}
