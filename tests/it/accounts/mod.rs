//! Accounts: who has one, what it keeps, and that nobody sees its password.

mod banned_owner;
mod login;
mod networks;
mod offline;
mod restart;
mod secret;
mod tokens;

use std::path::Path;

use crate::support::{Client, PROMPT, Process, WELCOME};

/// What the server asks whoever gives the name of an account.
const PASSWORD_PROMPT: &str = "server: password please:";

/// Logs in with a password.
#[track_caller]
fn log_in(mut client: Client, name: &str, password: &str) -> Client {
    client.say(name);
    client.expect(&[PROMPT, PASSWORD_PROMPT]);
    client.ask(password, &[WELCOME]);
    client
}

/// A server that keeps its accounts and rooms here.
fn serve(dir: &Path) -> Process {
    Process::serve(&["--data", dir.to_str().unwrap(), "--message-rate", "0"])
}
