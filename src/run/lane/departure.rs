//! Leaving: `disconnect`, which is sure of it, and `reset`, which proves nothing.

use std::time::Instant;

use super::dialogue::{self, DialoguePart};
use super::{Lane, StepResult, fence};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Dialogue, DialogueAct, Statement, Users};
use crate::run::outcome::{ActionKind, Fate, Problem, StreamEnd};
use crate::run::user::{ConnectionState, User};

/// `disconnect`: fence, half-close, read to the server's end of stream, close. What was unread before counts as unread.
pub(super) async fn disconnect(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    for user in lane.users(users) {
        lane.ctx.trace.statement(|| format!("{} disconnect", user.label));
        fence::run(lane, &[user]).await.map_err(|problem| lane.fail(statement, problem))?;
        // Whom the server has thrown out cannot leave any more.
        let end = user.inbox.contents().end;
        if let Some((end, _)) = end {
            let users = vec![(user.label.clone(), end)];
            return Err(lane.fail(statement, Problem::ClosedByServer { users }));
        }
        let at = Instant::now();
        lane.acted(statement, at, ActionKind::Left);
        say_goodbye(lane, user).await.map_err(|problem| lane.fail(statement, problem))?;
    }
    Ok(())
}

async fn say_goodbye<'t>(lane: &Lane<'t>, user: &'t User) -> Result<(), Problem> {
    let unread = user.inbox.contents().pending();
    log_out(lane, user).await?;
    lane.ctx.accounts.excuse(user.number, Excuse::Left);
    user.half_close().await;
    let waited = lane.timeout();
    let end = user.inbox.when(Instant::now() + waited, |contents| contents.end).await;
    // What comes between the half-close and the end of the stream was caused by the departure and does not count.
    user.inbox.contents().leave(unread);
    user.drop_link().await;
    left(user);
    match end {
        Some(_) => Ok(()),
        None => Err(Problem::NotClosed { user: user.label.clone(), waited }),
    }
}

/// Says what the dialect of another server says before it leaves.
async fn log_out(lane: &Lane<'_>, user: &User) -> Result<(), Problem> {
    let foreign = user.state().foreign.clone();
    let Some(dialect) = foreign else { return Ok(()) };
    let Some(logout) = &dialect.logout else { return Ok(()) };
    let deadline = Instant::now() + lane.timeout();
    if user.inbox.contents().pending() > 0 {
        // What is unread is told at the end of the test; a logout that skips it would hide it. So nothing is awaited.
        let begin = logout.steps.iter().take_while(|step| !matches!(step.act, DialogueAct::Expect(_))).cloned();
        let logout = Dialogue { steps: begin.collect(), ..logout.clone() };
        let part = DialoguePart { dialect: &dialect, dialogue: &logout, fate: Fate::Left };
        return dialogue::hold(lane, user, part, deadline).await.map(drop);
    }
    let part = DialoguePart { dialect: &dialect, dialogue: logout, fate: Fate::Left };
    dialogue::hold(lane, user, part, deadline).await.map(drop)
}

/// `reset`: the connection ends at once. What was unread does not count.
pub(super) async fn reset(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    for user in lane.users(users) {
        lane.ctx.trace.statement(|| format!("{} reset", user.label));
        let at = Instant::now();
        user.reset_link().await;
        user.inbox.contents().take_all(Fate::Left);
        user.inbox.end(StreamEnd::Left, at);
        lane.ctx.accounts.excuse(user.number, Excuse::Reset);
        // The server may not have noticed yet: whoever takes the name next is patient.
        lane.ctx.note_reset(&user.state().wire_name);
        user.state().was_reset = true;
        left(user);
        lane.acted(statement, at, ActionKind::Left);
    }
    Ok(())
}

fn left(user: &User) {
    let mut state = user.state();
    state.presence = ConnectionState::Left;
    (state.wrote, state.mid_line, state.stalled) = (false, false, false);
}
