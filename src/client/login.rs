//! The login as a pure value: lines in, what to do next out.

use crate::protocol::dialect::ServerLine;
use crate::protocol::password::Password;

/// A login under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    name: String,
    /// What to say if the name asks for a password; it is said once.
    password: Option<Password>,
    asked: bool,
}

/// What follows from a line of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// Send this line next.
    Send(String),
    /// The name is accepted.
    Welcome,
    /// The name is refused, or the line is not what the protocol allows here.
    Refused,
}

impl Login {
    /// Nothing has arrived yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), password: None, asked: false }
    }

    /// With the password of the account, if the name is one.
    #[must_use]
    pub fn with_password(self, password: Option<Password>) -> Self {
        Self { password, ..self }
    }

    /// Takes the next line of the server.
    #[must_use]
    pub fn take(&mut self, line: &ServerLine<'_>) -> LoginStep {
        match line {
            ServerLine::NamePrompt if !self.asked => {
                self.asked = true;
                LoginStep::Send(self.name.clone())
            }
            ServerLine::PasswordPrompt if self.asked => match self.password.take() {
                Some(password) => LoginStep::Send(password.reveal().to_owned()),
                None => LoginStep::Refused,
            },
            ServerLine::Welcome if self.asked => LoginStep::Welcome,
            _ => LoginStep::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_is_answered_once_and_the_welcome_ends_it() {
        let mut login = Login::new("alice");
        assert_eq!(login.take(&ServerLine::NamePrompt), LoginStep::Send("alice".to_owned()));
        assert_eq!(login.take(&ServerLine::Welcome), LoginStep::Welcome);
    }

    #[test]
    fn a_password_is_said_where_it_is_asked_for_and_once() {
        let mut login = Login::new("alice").with_password(Password::new("hunter22").ok());
        assert_eq!(login.take(&ServerLine::NamePrompt), LoginStep::Send("alice".to_owned()));
        assert_eq!(login.take(&ServerLine::PasswordPrompt), LoginStep::Send("hunter22".to_owned()));
        assert_eq!(login.take(&ServerLine::PasswordPrompt), LoginStep::Refused);
    }

    #[test]
    fn anything_else_is_a_refusal() {
        let full = ServerLine::Refused { code: "server-full", detail: "1000 connections" };
        assert_eq!(Login::new("alice").take(&full), LoginStep::Refused);
        assert_eq!(Login::new("alice").take(&ServerLine::Welcome), LoginStep::Refused);
        let mut login = Login::new("alice");
        assert_eq!(login.take(&ServerLine::NamePrompt), LoginStep::Send("alice".to_owned()));
        assert_eq!(login.take(&ServerLine::NamePrompt), LoginStep::Refused);
    }
}
