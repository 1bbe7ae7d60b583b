//! Accounts: who has one, what it keeps, and that nobody sees its password.

mod login;
mod offline;
mod restart;
mod secret;
mod tokens;

use crate::support::{Client, PROMPT, WELCOME};

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
