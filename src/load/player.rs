//! Plays the script of a load once, for one cast, and counts what failed.

use std::sync::Arc;

use futures::future::{Either, select};
use smol::Executor;

use super::cast::Cast;
use super::context::Context;
use super::target::Target;
use crate::lang::ast::Script;
use crate::run::outcome::{Failure, Problem};
use crate::run::{CastEnvironment, Director, Play, play};

/// Plays the script of a load, for one cast after another.
#[derive(Clone)]
pub(super) struct Player {
    pub(super) script: Arc<Script>,
    pub(super) context: Arc<Context>,
    pub(super) target: Target,
    pub(super) executor: Arc<Executor<'static>>,
}

impl Player {
    /// Plays the script once. Returns whether nothing failed.
    pub(super) async fn play_once(&self, cast: &Arc<Cast>, round: u64) -> bool {
        let director: Arc<dyn Director> = Arc::<Cast>::clone(cast);
        let environment = CastEnvironment {
            executor: Arc::clone(&self.executor),
            addresses: self.target.addresses.clone(),
            connect_defaults: self.target.connect_defaults,
            source_ips: self.target.source_ips.as_slice().into(),
            params: self.target.params.clone(),
            director,
            accounts: cast.accounts(),
            inbox_room: self.context.inbox_room.clone(),
        };
        let seed = self.context.plan.seed.wrapping_add(cast.number() << 24).wrapping_add(round);
        let playing = Box::pin(play(&self.script, &environment, seed));
        let ended = match select(playing, Box::pin(cast.killed())).await {
            Either::Left((play, _)) => Some(play),
            Either::Right(_) => None,
        };
        self.note_end(cast, ended)
    }

    /// Counts what a play came to; `None` if it was cut off. Returns whether nothing failed.
    fn note_end(&self, cast: &Cast, play: Option<Play>) -> bool {
        self.context.totals.end_play(&cast.close(play.is_none()));
        let failures: Vec<Failure> = play.map_or(Vec::new(), |play| play.failures);
        let is_good = failures.is_empty() && !cast.is_killed();
        let real = failures.into_iter().filter(|failure| !is_by_fault(cast, &failure.problem));
        for failure in real {
            self.context.stats.own().second.errors += 1;
            self.context.failures.add(failure);
        }
        is_good
    }
}

/// Whether the problem happened to a user that was made to stop reading: that is no failure of the server.
fn is_by_fault(cast: &Cast, problem: &Problem) -> bool {
    match problem {
        Problem::ClosedByServer { users } => users.iter().all(|(user, _)| cast.is_stalled(user)),
        Problem::Ended { expected, .. } | Problem::Missing { expected, .. } => cast.is_stalled(&expected.user),
        Problem::NoPong { user, .. } | Problem::NotWritten { user, .. } | Problem::MissingBytes { user, .. } => {
            cast.is_stalled(user)
        }
        Problem::NoConnection { .. }
        | Problem::NoServer { .. }
        | Problem::LoginRefused { .. }
        | Problem::Different { .. }
        | Problem::Contradiction { .. }
        | Problem::Late { .. }
        | Problem::OtherBytes { .. }
        | Problem::LateBytes { .. }
        | Problem::Unwanted { .. }
        | Problem::NotSilent { .. }
        | Problem::NotClosed { .. }
        | Problem::Unusable { .. }
        | Problem::Incomplete { .. }
        | Problem::Leftovers { .. }
        | Problem::InboxFull { .. }
        | Problem::NotAsserted { .. }
        | Problem::NotTransferred { .. }
        | Problem::OtherContent { .. }
        | Problem::NoFiles { .. }
        | Problem::NoFile { .. }
        | Problem::NotAFileId { .. }
        | Problem::NotAName { .. }
        | Problem::NoValue { .. }
        | Problem::PatternTooLarge
        | Problem::Unfinished { .. }
        | Problem::LineBreak { .. }
        | Problem::NotInCharset { .. }
        | Problem::Stamps { .. } => false,
    }
}
