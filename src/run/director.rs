//! What directs a conversation that is one cast of a load: when its users may connect, when the turns of an `every`
//! begin, what they are called; and who is told how long things took. A test has no director.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::future::BoxFuture;

use crate::client::Gate;
use crate::lang::ast::{Interval, Name, Statement};

/// Directs one cast.
pub trait Director: fmt::Debug + Send + Sync {
    /// The number of the cast, from 1.
    fn cast(&self) -> u64;
    /// What the user is called on the wire.
    fn wire_name(&self, label: &Name) -> String;
    /// Waits until one more user may connect.
    fn admit(&self) -> BoxFuture<'_, Admission>;
    /// This user is through the login; `begun` is when it began to connect.
    fn connected(&self, user: usize, intended: Instant, begun: Instant, at: Instant);
    /// A user has a connection, and is read through this gate.
    fn attached(&self, user: usize, label: &Name, gate: &Arc<Gate>);
    /// The turns of an `every` with this body that begins now, in the lane of `me`.
    fn schedule(
        &self,
        interval: Interval,
        body: &[Statement],
        me: Option<&Name>,
        random: &mut Rng,
    ) -> Box<dyn Schedule>;
    /// A line has come that the script waited for.
    fn round(&self, round: Round);
    /// Something failed: nothing new should begin.
    fn failed(&self);
    /// Waits until everything that is under way has arrived, or will not.
    fn settled(&self) -> BoxFuture<'_, ()>;
    /// In pieces of how many bytes the user writes, if not in one.
    fn chunk(&self) -> Option<std::num::NonZeroUsize>;
}

/// A place among the users that connect at the moment.
pub struct Admission {
    /// When the user should have begun to connect.
    pub intended: Instant,
    /// Kept until the user is connected.
    pub permit: Option<Box<dyn Any + Send>>,
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("intended", &self.intended).finish_non_exhaustive()
    }
}

/// When the turns of an `every` begin.
pub trait Schedule: Send {
    /// Waits for the next turn and returns its intended start; `None` when there are no more.
    fn next(&mut self) -> BoxFuture<'_, Option<Instant>>;
}

/// How long an expectation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// When the last message before it was written.
    pub written: Instant,
    /// When it should have been, if it belongs to a schedule.
    pub intended: Option<Instant>,
    /// When the awaited line came.
    pub at: Instant,
}

impl Round {
    /// From the write. A line that was there before took no time.
    #[must_use]
    pub fn from_write(&self) -> Duration {
        self.at.saturating_duration_since(self.written)
    }

    /// From the intended start, which is the write where there is none.
    #[must_use]
    pub fn from_intended(&self) -> Duration {
        self.at.saturating_duration_since(self.intended.unwrap_or(self.written))
    }
}
