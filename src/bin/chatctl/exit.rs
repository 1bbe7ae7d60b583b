//! How the program ends: every exit code, once, and which errors lead to which.

use std::fmt;
use std::process::{ExitCode, Termination};

use chatctl::client::ConnectError;
use chatctl::client::plain::PlainError;
use chatctl::client::transfer::{SaveError, TransferError};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything is as it should be.
    Passed,
    /// An expectation failed, a file is in another layout, or a name or a file was refused.
    Failed,
    /// The arguments do not fit, or a file or standard output cannot be read or written.
    Usage,
    /// A script has errors.
    ScriptErrors,
    /// There is no connection, or it broke; a server cannot listen.
    NoConnection,
    /// A threshold of a load was missed.
    ThresholdMissed,
    /// The load generator could not keep up, or one of several generators died.
    GeneratorLimited,
    /// Nothing ran.
    NothingRan,
    /// A signal with this number ended the program.
    Signal(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::ScriptErrors => 3,
            Self::NoConnection => 4,
            Self::ThresholdMissed => 5,
            Self::GeneratorLimited => 6,
            Self::NothingRan => 7,
            Self::Signal(number) => 128 + number,
        }
    }

    /// Where this error leads: to what its [`Because`] says, to "no connection", or else to "usage".
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(because) = error.downcast_ref::<Because>() {
            return because.exit;
        }
        if error.is::<ConnectError>() {
            return Self::NoConnection;
        }
        let saving = error.downcast_ref::<SaveError>().and_then(|error| match error {
            SaveError::Transfer(error) => Some(error),
            SaveError::Exists(_)
            | SaveError::Busy(_)
            | SaveError::Write { .. }
            | SaveError::Name { .. }
            | SaveError::WrongBytes { .. } => None,
        });
        match error.downcast_ref::<TransferError>().or(saving) {
            Some(TransferError::Connect(_) | TransferError::Lost(_)) => return Self::NoConnection,
            Some(TransferError::Refused { .. } | TransferError::NameRefused(_) | TransferError::Unexpected(_)) => {
                return Self::Failed;
            }
            Some(TransferError::Source(_)) | None => {}
        }
        match error.downcast_ref::<PlainError>() {
            Some(PlainError::Lost(_) | PlainError::NoPrompt | PlainError::ClosedUnasked) => Self::NoConnection,
            Some(
                PlainError::Input(_)
                | PlainError::TypedTooMuch
                | PlainError::TooLongForDialect
                | PlainError::LineRefused
                | PlainError::NotInCharset { .. },
            ) => Self::Failed,
            Some(PlainError::Output(_)) | None => Self::Usage,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// A message that chooses the exit code: an error of its own, or the context of another one.
#[derive(Debug)]
pub(crate) struct Because {
    exit: Exit,
    message: String,
}

impl Because {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Because {}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn an_error_leads_to_the_exit_that_its_context_names() {
        let broken = || Err::<(), _>(io::Error::from(io::ErrorKind::BrokenPipe));
        let listening = broken().context(Because::new(Exit::NoConnection, "cannot listen")).unwrap_err();
        assert_eq!(Exit::of(&listening), Exit::NoConnection);
        let reading = broken().context("cannot read").unwrap_err();
        assert_eq!(Exit::of(&reading), Exit::Usage);
        assert_eq!(Exit::of(&anyhow!(Because::new(Exit::Failed, "refused"))), Exit::Failed);
    }

    #[test]
    fn a_signal_ends_as_in_a_shell() {
        assert_eq!(Exit::Signal(15).code(), 143);
    }
}
