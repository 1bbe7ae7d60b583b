//! What has to be computed of passwords, which takes too long for the hub, and what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account::PasswordHash;
use super::user_id::UserId;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;

/// Something to compute for a session, whose next command waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordCheck {
    /// The account that the password is said to be of, or is to be of.
    pub name: UserName,
    /// What is wanted.
    pub work: PasswordWork,
}

/// What is wanted of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordWork {
    /// Its hash, with a new salt: [`Verdict::Hashed`].
    Hash(Password),
    /// Whether this is its hash: [`Verdict::Right`] or [`Verdict::Wrong`].
    Verify(Password, PasswordHash),
    /// Whether this is its hash, and if so the hash of another: [`Verdict::Hashed`] or [`Verdict::Wrong`].
    Replace {
        /// The password that is to be right.
        old: Password,
        /// What is kept of it.
        hash: PasswordHash,
        /// The password that is to be hashed.
        new: Password,
    },
}

/// What came of a [`PasswordCheck`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// It is another.
    Wrong,
    /// The hash that was wanted.
    Hashed(PasswordHash),
    /// Nothing was computed: as many wait as may.
    Busy(usize),
    /// Nothing was computed: too many were wrong. The next may come after this time.
    TooMany(Duration),
}

/// What a session wants with the password that is being computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To be this user.
    LogIn(UserId),
    /// To show that it is this user, and take no name yet.
    Authenticate(UserId),
    /// To be an account.
    Register,
    /// To have another password.
    SetPassword,
    /// To be a guest again.
    Unregister,
    /// As an operator, to give an account this password.
    Give(AccountWish, Password),
}

/// What those want of the chat who run the server and are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostWish {
    /// That all connections of a user are closed.
    Kick(UserName),
    /// The same, and that nobody is let in with this name.
    Ban(UserName),
    /// That a banned name is let in again.
    Unban(UserName),
    /// That a room is there no more.
    CloseRoom(RoomName),
    /// That an account has the password of this hash.
    SetPassword(UserName, PasswordHash),
}

/// The account that an operator of the server wants to have a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountWish {
    /// Its name.
    pub name: UserName,
    /// Whether it is to be made. Else it is there already.
    pub is_new: bool,
}
