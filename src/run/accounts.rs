//! Who keeps the accounts of stamped messages: a runner asks for stamps and reports what it reads, and does not know
//! what is made of it. A test keeps [`Stamps`]; a load keeps accounts that are bounded and know times.

use std::fmt;
use std::time::Instant;

use crate::run::stamp::{Finding, Stamps};

/// Gives out stamps and counts the lines that bear them. Users are known by their number in the conversation.
pub trait Accounts: fmt::Debug + Send + Sync {
    /// The text of a new stamp, which is about to be written.
    fn issue(&self, issue: &Issue<'_>) -> String;
    /// The stamps that the user was given last were not written after all.
    fn withdraw(&self, sender: usize);
    /// Counts the line if it bears a stamp of this process. False if it is an ordinary line.
    fn count(&self, line: &[u8], recipient: usize, at: Instant) -> bool;
    /// What this user has not received by now need not come.
    fn excuse(&self, recipient: usize, reason: Excuse);
    /// This user reads again.
    fn resume(&self, recipient: usize);
    /// What was wrong, as far as it is a matter of the conversation.
    fn findings(&self) -> Vec<Finding>;
}

/// A stamp that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    /// Who sends.
    pub sender: usize,
    /// In which line of the script.
    pub line: usize,
    /// Who is meant, connected or not; the whole conversation if `None`.
    pub targets: Option<&'a [usize]>,
    /// Who of them is connected and must receive it.
    pub recipients: &'a [usize],
    /// Who of them is connected but does not read: it may come.
    pub stalled: &'a [usize],
    /// When the message should have been sent, if it is one of a schedule.
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
    /// The server has closed the recipient's connection, or it broke.
    Closed,
    /// The recipient does not read.
    Stalled,
}

impl Accounts for Stamps {
    fn issue(&self, issue: &Issue<'_>) -> String {
        Stamps::issue(self, issue.sender, issue.line, issue.recipients.iter().copied().collect())
    }

    fn withdraw(&self, _sender: usize) {}

    fn count(&self, line: &[u8], recipient: usize, _at: Instant) -> bool {
        Stamps::count(self, line, recipient)
    }

    fn excuse(&self, recipient: usize, _reason: Excuse) {
        Stamps::excuse(self, recipient);
    }

    fn resume(&self, _recipient: usize) {}

    fn findings(&self) -> Vec<Finding> {
        Stamps::findings(self)
    }
}
