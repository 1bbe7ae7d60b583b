//! Leaving: `disconnect`, which is sure of it, and `reset`, which proves nothing.

use std::time::Instant;

use super::{Lane, Step};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Statement, Users};
use crate::run::inbox::{End, Fate};
use crate::run::outcome::{ActionKind, Problem};
use crate::run::user::{Presence, User};

impl<'t> Lane<'t> {
    /// Fence, half-close, read to the server's end of stream, close. What was unread before counts as unread.
    pub(super) async fn disconnect(&mut self, statement: &Statement, users: &Users) -> Step {
        for user in self.users(users) {
            self.conversation.trace.statement(|| format!("{} disconnect", user.label));
            self.fence(&[user]).await.map_err(|problem| self.fail(statement, problem))?;
            // Whom the server has thrown out cannot leave any more.
            let end = user.inbox.contents().end;
            if let Some((end, _)) = end {
                let users = vec![(user.label.clone(), end)];
                return Err(self.fail(statement, Problem::ClosedByServer { users }));
            }
            let at = Instant::now();
            self.acted(statement, at, ActionKind::Left);
            self.say_goodbye(user).await.map_err(|problem| self.fail(statement, problem))?;
        }
        Ok(())
    }

    async fn say_goodbye(&self, user: &'t User) -> Result<(), Problem> {
        let unread = user.inbox.contents().pending();
        self.conversation.accounts.excuse(user.number, Excuse::Left);
        user.half_close().await;
        let waited = self.timeout();
        let end = user.inbox.when(Instant::now() + waited, |contents| contents.end).await;
        user.inbox.contents().leave(unread);
        user.drop_link().await;
        left(user);
        match end {
            Some(_) => Ok(()),
            None => Err(Problem::NotClosed { user: user.label.clone(), waited }),
        }
    }

    pub(super) async fn reset(&mut self, statement: &Statement, users: &Users) -> Step {
        for user in self.users(users) {
            self.conversation.trace.statement(|| format!("{} reset", user.label));
            let at = Instant::now();
            user.reset_link().await;
            user.inbox.contents().take_all(Fate::Left);
            user.inbox.end(End::Left, at);
            self.conversation.accounts.excuse(user.number, Excuse::Reset);
            self.conversation.note_reset(&user.state().wire_name);
            user.state().was_reset = true;
            left(user);
            self.acted(statement, at, ActionKind::Left);
        }
        Ok(())
    }
}

fn left(user: &User) {
    let mut state = user.state();
    state.presence = Presence::Left;
    (state.wrote, state.mid_line, state.stalled) = (false, false, false);
}
