//! Sending: a line, a block of lines, raw bytes.

use std::io::ErrorKind;
use std::time::Instant;

use super::evaluate::For;
use super::{Lane, StepResult, evaluate};
use crate::lang::ast::{SendText, Statement, Users};
use crate::run::outcome::{ActionKind, Problem};
use crate::run::user::User;

/// `alice> text`: each user in order writes the line, or the block of lines in one go.
pub(super) async fn run(lane: &mut Lane<'_>, statement: &Statement, users: &Users, text: &SendText) -> StepResult {
    for user in lane.users(users) {
        let target = For { user, line: statement.line };
        let text = match text {
            SendText::Line(template) => evaluate::line(lane, template, target),
            SendText::Block { lines, .. } => {
                let lines = lines.iter().map(|line| evaluate::text(lane, line, Some(target)));
                lines.collect::<Result<Vec<_>, _>>().map(|lines| lines.join("\n"))
            }
        };
        let text = text.map_err(|problem| lane.fail(statement, problem))?;
        if let Some((character, charset)) = user.lacks(&text).await {
            lane.ctx.accounts.withdraw(user.number);
            let problem = Problem::NotInCharset { user: user.label.clone(), character, charset };
            return Err(lane.fail(statement, problem));
        }
        lane.ctx.trace.sent(user.label.as_str(), &text);
        note_write(lane, statement, user, false)?;
        let written = user.say(&text, Instant::now() + lane.timeout()).await;
        note_written(lane, statement, user, written)?;
    }
    Ok(())
}

/// `alice raw "..."`
pub(super) async fn raw(lane: &mut Lane<'_>, statement: &Statement, users: &Users, bytes: &[u8]) -> StepResult {
    lane.trace_statement(statement);
    for user in lane.users(users) {
        note_write(lane, statement, user, bytes.last() != Some(&b'\n'))?;
        let written = user.write(bytes, Instant::now() + lane.timeout()).await;
        note_written(lane, statement, user, written)?;
    }
    Ok(())
}

/// Something will be written, after which the user may be inside a line.
fn note_write<'t>(lane: &mut Lane<'t>, statement: &Statement, user: &'t User, mid_line: bool) -> StepResult {
    if user.inbox.contents().end.is_some() {
        lane.ctx.accounts.withdraw(user.number);
        return Err(lane.fail(statement, not_written(user, ErrorKind::NotConnected)));
    }
    // Noted first: a write that fails half-way may have been carried out.
    {
        let mut state = user.state();
        state.wrote = true;
        state.mid_line = mid_line;
    }
    Ok(())
}

fn note_written<'t>(
    lane: &mut Lane<'t>,
    statement: &Statement,
    user: &'t User,
    written: Result<Instant, ErrorKind>,
) -> StepResult {
    let at = written.map_err(|error| {
        lane.ctx.accounts.withdraw(user.number);
        lane.fail(statement, not_written(user, error))
    })?;
    lane.acted(statement, at, ActionKind::Sent);
    Ok(())
}

fn not_written(user: &User, error: ErrorKind) -> Problem {
    Problem::NotWritten { user: user.label.clone(), error }
}
