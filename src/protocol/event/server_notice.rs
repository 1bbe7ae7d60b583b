//! What the server says of itself, and its operators through it.

use crate::protocol::command::Phrase;
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::UserName;

/// News of the server that nobody has asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerNotice {
    /// The receiver is an operator of the server from now on, or is none any more.
    OperatorSet(bool),
    /// An operator of the server tells everybody something.
    Announcement {
        /// The operator.
        by: UserName,
        /// What there is to tell.
        text: Phrase,
    },
    /// The server lets nobody else in, and stops after this many seconds, or when everybody has left.
    StopsIn(u64),
    /// The server stops.
    ShuttingDown,
    /// From now on, nothing that would have to be kept is taken.
    NotTaken(Hindrance),
    /// What was said in such a time is kept now, and what is said is taken again.
    TakenAgain(Hindrance),
}
