//! The login as a pure value: lines in, what to do next out.

/// What a server says when it waits for a name.
pub const PROMPT: &str = "server: set your name please:";
/// What it says when it has accepted one.
pub const WELCOME: &str = "server: let's start chatting!";

/// A login under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    name: String,
    asked: bool,
}

/// What follows from a line of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// Send this line.
    Send(String),
    /// The name is accepted.
    Welcome,
    /// The name is refused, or something else came than the protocol allows: the line.
    Refused(String),
}

impl Login {
    /// Nothing has come yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), asked: false }
    }

    /// Takes the next line of the server.
    #[must_use]
    pub fn take(&mut self, line: &str) -> LoginStep {
        match (self.asked, line) {
            (false, PROMPT) => {
                self.asked = true;
                LoginStep::Send(self.name.clone())
            }
            (true, WELCOME) => LoginStep::Welcome,
            (true | false, _) => LoginStep::Refused(line.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_is_answered_once_and_the_welcome_ends_it() {
        let mut login = Login::new("alice");
        assert_eq!(login.take(PROMPT), LoginStep::Send("alice".to_owned()));
        assert_eq!(login.take(WELCOME), LoginStep::Welcome);
    }

    #[test]
    fn anything_else_is_a_refusal_that_shows_the_line() {
        let full = "error: server-full: 1000 connections";
        assert_eq!(Login::new("alice").take(full), LoginStep::Refused(full.to_owned()));
        let mut login = Login::new("alice");
        assert_eq!(login.take(PROMPT), LoginStep::Send("alice".to_owned()));
        let taken = "error: name-taken: alice";
        assert_eq!(login.take(taken), LoginStep::Refused(taken.to_owned()));
    }
}
