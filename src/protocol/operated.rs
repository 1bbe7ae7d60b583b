//! What came of what an operator of the server wanted.

use super::name::{RoomName, UserName};
use super::password::Password;

/// Something that was done to the server or was found out about it, as the operator who wanted it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operated {
    /// The account has this password, which is told once.
    Password {
        /// The account.
        name: UserName,
        /// Its password from now on.
        password: Password,
    },
    /// The account has the password that the operator has given it.
    PasswordSet(UserName),
    /// The name is no account any more.
    Dropped(UserName),
    /// The account is one of an operator.
    Appointed(UserName),
    /// The account is one like any other.
    Dismissed(UserName),
    /// All connections of the user were closed.
    Kicked(UserName),
    /// Nobody is let in with this name.
    Banned(UserName),
    /// The name is let in again.
    Unbanned(UserName),
    /// Everybody was told.
    Announced,
    /// The room is there no more.
    Closed(RoomName),
    /// The accounts, sorted.
    Accounts {
        /// All of them.
        accounts: Vec<UserName>,
        /// Those of operators.
        operators: Vec<UserName>,
    },
    /// Who is kept out, sorted.
    Bans {
        /// Of which room; of the server if `None`.
        room: Option<RoomName>,
        /// Who.
        users: Vec<UserName>,
    },
}
