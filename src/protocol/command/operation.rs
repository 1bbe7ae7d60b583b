//! What those say who run the server, beyond what everybody may say. Whether somebody is one of them is not known here.

use std::fmt;

use super::{OperationKind, Phrase};
use crate::protocol::name::{RoomName, UserName};

/// Something that an operator of the server wants of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes a name an account, with a password that the server makes.
    CreateAccount(UserName),
    /// Gives an account another password, which the server makes.
    ResetPassword(UserName),
    /// Makes the name of an account free again.
    DropAccount(UserName),
    /// Makes an account one of an operator.
    Appoint(UserName),
    /// Makes the account of an operator one like any other.
    Dismiss(UserName),
    /// Closes all connections of a user.
    KickFromServer(UserName),
    /// The same, and lets nobody in with this name.
    BanFromServer(UserName),
    /// Lets this name in again.
    UnbanFromServer(UserName),
    /// Tells everybody something.
    Announce(Phrase),
    /// Lists all accounts.
    ListAccounts,
    /// Lists who is kept out of a room, or of the server if `None`.
    ListBans(Option<RoomName>),
}

impl Operation {
    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::CreateAccount(_) => OperationKind::CreateAccount,
            Self::ResetPassword(_) => OperationKind::ResetPassword,
            Self::DropAccount(_) => OperationKind::DropAccount,
            Self::Appoint(_) => OperationKind::Appoint,
            Self::Dismiss(_) => OperationKind::Dismiss,
            Self::KickFromServer(_) => OperationKind::KickFromServer,
            Self::BanFromServer(_) => OperationKind::BanFromServer,
            Self::UnbanFromServer(_) => OperationKind::UnbanFromServer,
            Self::Announce(_) => OperationKind::Announce,
            Self::ListAccounts => OperationKind::ListAccounts,
            Self::ListBans(_) => OperationKind::ListBans,
        }
    }
}

impl fmt::Display for Operation {
    /// The line that parses to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keywords = self.kind().keywords();
        match self {
            Self::CreateAccount(name)
            | Self::ResetPassword(name)
            | Self::DropAccount(name)
            | Self::Appoint(name)
            | Self::Dismiss(name)
            | Self::KickFromServer(name)
            | Self::BanFromServer(name)
            | Self::UnbanFromServer(name) => write!(f, "{keywords} {name}"),
            Self::Announce(text) => write!(f, "{keywords} {text}"),
            Self::ListBans(Some(room)) => write!(f, "{keywords} {room}"),
            Self::ListAccounts | Self::ListBans(None) => f.write_str(keywords),
        }
    }
}
