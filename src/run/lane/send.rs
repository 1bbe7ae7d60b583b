//! Sending: lines, blocks of lines, raw bytes; and how the connection is read and written.

use std::io::ErrorKind;
use std::time::Instant;

use super::evaluate::For;
use super::{Lane, Step};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Chunk, Raw, Send, SendText, Statement, Users};
use crate::lang::quote::literal;
use crate::run::outcome::{ActionKind, Problem};
use crate::run::user::User;

impl<'t> Lane<'t> {
    pub(super) async fn send(&mut self, statement: &Statement, send: &Send) -> Step {
        for user in self.users(&send.users) {
            let target = For { user, line: statement.line };
            let text = match &send.text {
                SendText::Line(template) => self.text(template, Some(target)),
                SendText::Block { lines, .. } => {
                    let lines = lines.iter().map(|line| self.text(line, Some(target)));
                    lines.collect::<Result<Vec<_>, _>>().map(|lines| lines.join("\n"))
                }
            };
            let text = text.map_err(|problem| self.fail(statement, problem))?;
            self.conversation.trace.sent(user.label.as_str(), &text);
            let lines = user.state().encode_line(&text);
            self.note_write(statement, user, false)?;
            let written = user.write_lines(&lines, Instant::now() + self.timeout()).await;
            self.note_written(statement, user, written)?;
        }
        Ok(())
    }

    pub(super) async fn send_raw(&mut self, statement: &Statement, raw: &Raw) -> Step {
        self.trace_statement(statement);
        for user in self.users(&raw.users) {
            self.note_write(statement, user, raw.bytes.value.last() != Some(&b'\n'))?;
            let written = user.write(&raw.bytes.value, Instant::now() + self.timeout()).await;
            self.note_written(statement, user, written)?;
        }
        Ok(())
    }

    pub(super) async fn stall(&mut self, users: &Users) -> Step {
        for user in self.users(users) {
            self.conversation.trace.statement(|| format!("{} stall", user.label));
            user.set_stalled(true).await;
            self.conversation.accounts.excuse(user.number, Excuse::Stalled);
        }
        Ok(())
    }

    pub(super) async fn resume(&mut self, users: &Users) -> Step {
        for user in self.users(users) {
            self.conversation.trace.statement(|| format!("{} resume", user.label));
            self.conversation.accounts.resume(user.number);
            user.set_stalled(false).await;
        }
        Ok(())
    }

    pub(super) async fn chunk(&mut self, chunk: &Chunk) -> Step {
        for user in self.users(&chunk.users) {
            let size = chunk.size.map_or("off".to_owned(), |size| size.to_string());
            self.conversation.trace.statement(|| format!("{} chunk {}", user.label, literal(&size)));
            user.set_chunk(chunk.size).await;
        }
        Ok(())
    }

    /// Something will be written, after which the user may be inside a line.
    fn note_write(&mut self, statement: &Statement, user: &'t User, mid_line: bool) -> Step {
        if user.inbox.contents().end.is_some() {
            self.conversation.accounts.withdraw(user.number);
            return Err(self.fail(statement, not_written(user, ErrorKind::NotConnected)));
        }
        // Noted first: a write that fails half-way may have been carried out.
        {
            let mut state = user.state();
            state.wrote = true;
            state.mid_line = mid_line;
        }
        Ok(())
    }

    fn note_written(&mut self, statement: &Statement, user: &'t User, written: Result<Instant, ErrorKind>) -> Step {
        let at = written.map_err(|error| {
            self.conversation.accounts.withdraw(user.number);
            self.fail(statement, not_written(user, error))
        })?;
        self.acted(statement, at, ActionKind::Sent);
        Ok(())
    }
}

fn not_written(user: &User, error: ErrorKind) -> Problem {
    Problem::NotWritten { user: user.label.clone(), error }
}
