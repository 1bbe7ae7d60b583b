//! `--password-file` and `CHATCTL_PASSWORD`: where the password of an account comes from that is not typed.

use std::path::PathBuf;

use anyhow::Context;
use chatctl::protocol::password::Password;
use clap::Args;

/// The password of the account.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// Read the password of the account from this file; else CHATCTL_PASSWORD holds it, or it is asked for on the terminal
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArguments {
    /// The password, without the newline behind it; `None` if it was not given.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Password>> {
        let (text, from) = match &self.password_file {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
                (text, file.display().to_string())
            }
            None => match std::env::var("CHATCTL_PASSWORD") {
                Ok(text) => (text, "CHATCTL_PASSWORD".to_owned()),
                Err(_) => return Ok(None),
            },
        };
        let password = Password::new(text.trim_end_matches(['\n', '\r']));
        Ok(Some(password.with_context(|| format!("the password from {from} is invalid"))?))
    }
}
