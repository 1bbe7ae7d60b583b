//! Who may have an account of `chatctl serve`, and who needs one.

use chatctl::hub::Registration;
use clap::{Args, ValueEnum};

/// Accounts and guests.
#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    /// Who may make accounts: `open` means every guest, `closed` means operators alone
    #[arg(long, value_name = "WHO", default_value = "open")]
    registration: Door,
    /// Whether names may be had that are no accounts
    #[arg(long, value_name = "ANSWER", default_value = "yes")]
    guests: Answer,
    /// Take passwords also in clear from other machines: whoever listens on the way knows them
    #[arg(long)]
    pub(crate) plain_passwords: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Door {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

impl AccountArguments {
    pub(crate) fn registration(&self) -> Registration {
        match self.registration {
            Door::Open => Registration::Open,
            Door::Closed => Registration::Closed,
        }
    }

    pub(crate) fn guests(&self) -> bool {
        self.guests == Answer::Yes
    }
}
