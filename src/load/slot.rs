//! The slot of a cast: the script is played in it, and played again if a cast starts over or is replaced.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::{Either, select};

use super::cast::Cast;
use super::engine::Load;
use crate::lock::Locked;
use crate::run::outcome::{Failure, Problem};
use crate::run::{CastEnvironment, Director, Play, play};

/// The slot of a cast.
pub(super) struct Slot {
    /// The number of its casts, from 1.
    number: u64,
    current: Mutex<Option<Arc<Cast>>>,
    /// No further cast begins in it.
    has_ended: AtomicBool,
    /// A further cast begins in it, even if the script does not start over.
    is_replaced: AtomicBool,
}

impl Slot {
    /// An empty slot with this number, from 1.
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            current: Mutex::default(),
            has_ended: AtomicBool::new(false),
            is_replaced: AtomicBool::new(false),
        }
    }

    /// The cast that is being played.
    pub(super) fn current(&self) -> Option<Arc<Cast>> {
        self.current.locked().clone()
    }

    /// Brings its cast to an end, after which none begins.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.end();
        }
    }

    /// Stops its cast at once, after which none begins.
    pub(super) fn kill(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.kill();
        }
    }

    /// Brings its cast to an end, after which another begins; does nothing if no schedule has started yet.
    pub(super) fn replace(&self) {
        if let Some(cast) = self.current().filter(|cast| cast.is_scheduled()) {
            self.is_replaced.store(true, Ordering::Relaxed);
            cast.end();
        }
    }

    /// Plays the script, again and again if it starts over.
    pub(super) async fn play(self: Arc<Self>, load: Load) {
        for round in 0.. {
            let cast = Arc::new(Cast::new(&load.context, self.number));
            *self.current.locked() = Some(Arc::clone(&cast));
            if self.has_ended.load(Ordering::Relaxed) {
                cast.end();
            }
            let is_good = load.play_once(&cast, round).await;
            let is_again = self.is_replaced.swap(false, Ordering::Relaxed) || load.context.plan.starts_over;
            if !is_good || !is_again || self.has_ended.load(Ordering::Relaxed) || load.context.clock.is_over() {
                break;
            }
        }
        self.current.locked().take();
    }
}

impl Load {
    /// Plays the script once. Returns whether nothing failed.
    async fn play_once(&self, cast: &Arc<Cast>, round: u64) -> bool {
        let director: Arc<dyn Director> = Arc::<Cast>::clone(cast);
        let environment = CastEnvironment {
            executor: Arc::clone(&self.executor),
            addresses: self.target.addresses.clone(),
            manner: self.target.manner,
            source_ips: self.target.source_ips.as_slice().into(),
            params: self.target.params.clone(),
            director,
            accounts: cast.accounts(),
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
        Problem::NoPong { user, .. } | Problem::NotWritten { user, .. } => cast.is_stalled(user),
        Problem::NoConnection { .. }
        | Problem::NoServer { .. }
        | Problem::LoginRefused { .. }
        | Problem::Different { .. }
        | Problem::Contradiction { .. }
        | Problem::Late { .. }
        | Problem::Unwanted { .. }
        | Problem::NotSilent { .. }
        | Problem::NotClosed { .. }
        | Problem::Unusable { .. }
        | Problem::Incomplete { .. }
        | Problem::Leftovers { .. }
        | Problem::InboxFull { .. }
        | Problem::NotAsserted { .. }
        | Problem::NoValue { .. }
        | Problem::PatternTooLarge
        | Problem::Stamps { .. } => false,
    }
}
