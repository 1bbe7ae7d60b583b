//! Who may have an account of `chatctl serve`, and who needs one.

use chatctl::hub::Registration;
use clap::{Args, ValueEnum};

/// Accounts and guests.
#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    /// Who may create accounts: `open` means every guest, `closed` means operators only
    #[arg(long, value_name = "WHO", default_value = "open")]
    registration: AccountsDoor,
    /// Whether users may log in with a name that has no account
    #[arg(long, value_name = "ANSWER", default_value = "yes")]
    guests: AccountAnswer,
    /// Also accept passwords without TLS from other machines: eavesdroppers can read them
    #[arg(long)]
    pub(crate) plain_passwords: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AccountsDoor {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AccountAnswer {
    Yes,
    No,
}

impl AccountArguments {
    pub(crate) fn registration(&self) -> Registration {
        match self.registration {
            AccountsDoor::Open => Registration::Open,
            AccountsDoor::Closed => Registration::Closed,
        }
    }

    pub(crate) fn guests(&self) -> bool {
        self.guests == AccountAnswer::Yes
    }
}
