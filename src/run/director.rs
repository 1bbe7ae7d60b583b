//! The trait by which a load directs one cast: it says when a user may connect, when a turn of an `every` begins and what
//! a user is called, and it is told how long things took. A test has no director.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::future::BoxFuture;

use crate::client::Gate;
use crate::lang::ast::{Interval, Name, Statement};

/// Decides when the users of one cast connect and act.
pub trait Director: fmt::Debug + Send + Sync {
    /// The number of the cast, from 1.
    fn cast(&self) -> u64;
    /// The name of the user on the wire.
    fn wire_name(&self, label: &Name) -> String;
    /// Waits until one more user may connect.
    fn admit(&self) -> BoxFuture<'_, Admission>;
    /// A user has logged in at `at`. It should have begun to connect at `intended` and did so at `begun`.
    fn connected(&self, user: usize, intended: Instant, begun: Instant, at: Instant);
    /// A user has a connection, and is read through this gate.
    fn attached(&self, user: usize, label: &Name, gate: &Arc<Gate>);
    /// Returns the schedule of an `every` with this body that begins now, in the lane of `me`.
    fn schedule(
        &self,
        interval: Interval,
        body: &[Statement],
        me: Option<&Name>,
        random: &mut Rng,
    ) -> Box<dyn Schedule>;
    /// A line has arrived that the script waited for after a send.
    fn round(&self, round: Round);
    /// A file was sent or fetched.
    fn transferred(&self, transfer: Transfer);
    /// A statement failed: nothing new should begin.
    fn failed(&self);
    /// Waits until every message in flight has arrived, or no longer can.
    fn settled(&self) -> BoxFuture<'_, ()>;
    /// The size of the pieces in which a user writes; `None` to write at once.
    fn chunk(&self) -> Option<std::num::NonZeroUsize>;
}

/// Permission to connect.
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

/// A file that was sent or fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Which of both.
    pub kind: TransferKind,
    /// When it began: an upload with its announcement.
    pub begun: Instant,
    /// When it should have, if it belongs to a schedule.
    pub intended: Option<Instant>,
    /// When all bytes were there: of an upload, when the server said that it has stored them.
    pub ended: Instant,
    /// How many bytes.
    pub bytes: u64,
    /// Whether they are what they should be.
    pub is_whole: bool,
    /// Whether it counts: not in a `setup`.
    pub is_counted: bool,
}

/// Which way the bytes of a file go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// To the server.
    Upload,
    /// From the server.
    Download,
}

/// How long an expectation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// The line of the script that sent the last message before it.
    pub sent_in: usize,
    /// The line of the script that waited for it.
    pub awaited_in: usize,
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
