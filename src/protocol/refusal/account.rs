//! Why nothing was done about an account.

use std::fmt;
use std::time::Duration;

use super::{BUSY, Refusal, WRONG_PASSWORD};
use crate::protocol::name::UserName;

/// Why a password, an account or the role of an account is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRefusal {
    /// The account has another password.
    WrongPassword(UserName),
    /// The name is no account.
    NotRegistered(UserName),
    /// The name is an account already.
    AlreadyRegistered(UserName),
    /// Nobody may register.
    RegistrationClosed,
    /// Others may listen where a password would be said.
    Insecure,
    /// As many passwords wait to be looked at as may.
    Busy(usize),
    /// Too many wrong passwords came; the next may come after this time.
    TooManyPasswords(Duration),
    /// The account is one of an operator of the server.
    AlreadyOperator(UserName),
    /// The account is not one of an operator of the server.
    NotAnOperator(UserName),
}

impl AccountRefusal {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword(_) => WRONG_PASSWORD,
            Self::NotRegistered(_) => "not-registered",
            Self::AlreadyRegistered(_) => "already-registered",
            Self::RegistrationClosed => "registration-closed",
            Self::Insecure => "insecure",
            Self::Busy(_) => BUSY,
            Self::TooManyPasswords(_) => "too-many",
            Self::AlreadyOperator(_) => "already-an-operator",
            Self::NotAnOperator(_) => "not-an-operator",
        }
    }
}

impl fmt::Display for AccountRefusal {
    /// The detail, without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongPassword(user)
            | Self::NotRegistered(user)
            | Self::AlreadyRegistered(user)
            | Self::AlreadyOperator(user)
            | Self::NotAnOperator(user) => write!(f, "{user}"),
            Self::RegistrationClosed => f.write_str("the operators of this server create the accounts"),
            Self::Insecure => f.write_str("passwords only over TLS"),
            Self::Busy(waiting) => write!(f, "{waiting} logins wait"),
            Self::TooManyPasswords(wait) => write!(f, "wrong passwords; wait {} s", wait.as_secs_f64().ceil()),
        }
    }
}

impl From<AccountRefusal> for Refusal {
    fn from(why: AccountRefusal) -> Self {
        Self::Account(why)
    }
}
