//! What a runner asks of whoever keeps the accounts of stamped messages: it asks for stamps and reports what it reads,
//! and does not know what is made of it. A test keeps [`Stamps`](super::stamps::Stamps); a load keeps accounts that are
//! bounded and know times.

use std::fmt;
use std::time::Instant;

use super::finding::Finding;

/// Gives out stamps and counts the lines that bear them. Users are known by their number in the conversation.
pub trait Accounts: fmt::Debug + Send + Sync {
    /// Returns the text of a new stamp, which is about to be written.
    fn issue(&self, issue: &Issue<'_>) -> String;
    /// Takes back the stamp that was last given to this sender: it was not written after all.
    fn withdraw(&self, sender: usize);
    /// Counts the line if it bears a stamp of this process. Returns false if it is an ordinary line.
    fn count(&self, line: &[u8], recipient: usize, at: Instant) -> bool;
    /// Notes that this user need not receive what it has not received by now.
    fn excuse(&self, recipient: usize, reason: Excuse);
    /// Notes that this user reads again.
    fn resume(&self, recipient: usize);
    /// Returns the deliveries that went wrong; empty if whoever keeps these accounts only counts them.
    fn findings(&self) -> Vec<Finding>;
}

/// A request for a stamp.
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    /// The user that sends.
    pub sender: usize,
    /// The line of the script.
    pub line: usize,
    /// The users that are meant, connected or not; the whole conversation if `None`.
    pub targets: Option<&'a [usize]>,
    /// Those of them that are connected and must receive it.
    pub recipients: &'a [usize],
    /// Those of them that are connected but do not read: they may receive it.
    pub stalled: &'a [usize],
    /// When the message should have been sent, if a schedule says so.
    pub intended: Option<Instant>,
    /// Whether its latencies count.
    pub is_counted: bool,
}

/// Why a message need not arrive any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Excuse {
    /// The recipient has left.
    Left,
    /// The recipient has reset its connection.
    Reset,
    /// The server has closed the recipient's connection, or the connection broke.
    Closed,
    /// The recipient does not read.
    Stalled,
}
