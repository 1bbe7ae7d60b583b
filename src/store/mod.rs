//! Floor 4: what survives. A store keeps the facts that the hub hands out, says up to which of them it is safe to tell,
//! and finds lines again.
//!
//! [`Store`] is what a server needs of one; [`memory::Memory`] is the one without a disk, [`sqlite::Sqlite`] the one with.
//! [`files::FileStore`] has the bytes of the files that were sent.

mod figures;
pub mod files;
mod log_position;
#[cfg(test)]
mod manual;
pub mod memory;
mod page;
mod ring;
pub mod sqlite;

pub use figures::{COMMIT_BOUNDS, CommitFigures, StoreFigures};
pub use log_position::{KeptLog, KeptState, LogPosition};

use crate::hub::{Found, PlaceId, Question, Record};
use crate::protocol::hindrance::Hindrance;

/// Which commit a record is in. Commits are made in this order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitId(u64);

/// Called with each commit that was made, or with what keeps the next from being made.
pub type OnCommit = Box<dyn Fn(Result<CommitId, Hindrance>) + Send + Sync>;

/// Called once with an answer.
pub type OnAnswer = Box<dyn FnOnce(Found) + Send>;

/// Keeps records in groups, each a commit. While one commit is made the next is collected.
pub trait Store: std::fmt::Debug + Send + Sync {
    /// Takes a record into the commit that is being collected, and says which one that is. Called under the hub's lock,
    /// in the order in which things happened. Never waits.
    fn keep(&self, record: Record) -> CommitId;

    /// As [`keep`](Self::keep), of a line that its speaker may send again with the same nonce, after a restart too.
    fn keep_once(&self, record: Record, _nonce: &str) -> CommitId {
        self.keep(record)
    }

    /// What was taken until now may be committed: called at the end of a worker's turn. At most one commit is made at a
    /// time: while it is, what is taken is collected for the next, and all earlier ones are done.
    fn seal(&self);

    /// All commits up to this one are made: what they hold may be told.
    fn durable(&self) -> CommitId;

    /// Has this called whenever [`Self::durable`] moves, and with what hinders it if it cannot move for a second.
    fn on_commit(&self, call: OnCommit);

    /// The number of the first line of a place that can be asked for, if any can and it is known without waiting.
    fn first(&self, _place: PlaceId) -> Option<u64> {
        None
    }

    /// What has been counted until now; `None` of a store without a disk. May look at the disk.
    fn figures(&self) -> Option<StoreFigures> {
        None
    }

    /// Whether it keeps how far the log of a cluster was carried out.
    fn follows_log(&self) -> bool {
        false
    }

    /// All records of the log up to the end of this entry were taken, and none of a later one: they are committed together
    /// with the position, or not yet. Before the entry that the store had come to earlier, what is taken is kept already.
    fn reached(&self, _position: &LogPosition) {}

    /// Keeps what the server knows at the last entry that was [reached](Self::reached), to start from there.
    fn keep_state(&self, _state: Vec<u8>) {}

    /// Whether more is to be taken now; false while much is taken and not committed.
    fn has_room(&self) -> bool {
        true
    }

    /// Has the answer to a question called, now or later and on whatever thread, once all up to a commit is kept.
    fn ask(&self, question: Question, after: CommitId, answer: OnAnswer);
}

impl CommitId {
    /// Later than all others: what is kept without a disk is kept at once.
    pub const MAX: Self = Self(u64::MAX);

    /// How many commits later than `other` this one is; 0 if it is not later.
    #[must_use]
    #[inline]
    pub fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }

    /// The commit of this number.
    #[cfg(test)]
    pub(crate) fn numbered(number: u64) -> Self {
        Self(number)
    }
}
