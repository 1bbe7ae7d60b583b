//! A fence: proof by pongs that everybody has received what a line caused.
//!
//! The pong of a line's sender proves that the line has been carried out. Only then can the pongs of the others prove
//! that they have received what it caused.

use std::collections::BTreeSet;

use super::user::LocalUserId;

/// The pongs that are still missing.
#[derive(Debug)]
pub(super) enum PendingFence {
    /// Before the first line: the pongs of everybody, twice. After the first round all typed lines have been carried
    /// out, after the second their effects have been received.
    Before { second_round: bool, waiting: BTreeSet<LocalUserId> },
    /// The file of somebody is on its way: no pong, but its end.
    File(LocalUserId),
    /// After a line: the pong of its sender.
    Sender(LocalUserId),
    /// Then the pongs of the others.
    Others(BTreeSet<LocalUserId>),
}

/// What comes next when a pong has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Pongs are still missing.
    Wait,
    /// The second round before the first line: everybody is pinged again.
    SecondRound,
    /// The first line may be sent.
    Begin,
    /// Everybody except the sender is pinged.
    PingOthers(LocalUserId),
    /// The next line may be sent.
    Done,
}

impl PendingFence {
    /// A ping of this user has its pong, or never will.
    pub(super) fn on_pong(&mut self, id: LocalUserId) -> Next {
        match self {
            Self::Sender(sender) if *sender == id => Next::PingOthers(id),
            Self::Sender(_) | Self::File(_) => Next::Wait,
            Self::Others(waiting) => {
                waiting.remove(&id);
                if waiting.is_empty() { Next::Done } else { Next::Wait }
            }
            Self::Before { second_round, waiting } => {
                waiting.remove(&id);
                match (waiting.is_empty(), *second_round) {
                    (false, _) => Next::Wait,
                    (true, false) => Next::SecondRound,
                    (true, true) => Next::Begin,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_are_asked_after_the_sender() {
        let mut fence = PendingFence::Sender(LocalUserId(1));
        assert_eq!(fence.on_pong(LocalUserId(0)), Next::Wait);
        assert_eq!(fence.on_pong(LocalUserId(1)), Next::PingOthers(LocalUserId(1)));
        let mut fence = PendingFence::Others([LocalUserId(0), LocalUserId(2)].into());
        assert_eq!(fence.on_pong(LocalUserId(0)), Next::Wait);
        assert_eq!(fence.on_pong(LocalUserId(2)), Next::Done);
    }

    #[test]
    fn the_first_line_waits_for_two_rounds() {
        let everybody = BTreeSet::from([LocalUserId(0)]);
        let mut fence = PendingFence::Before { second_round: false, waiting: everybody.clone() };
        assert_eq!(fence.on_pong(LocalUserId(0)), Next::SecondRound);
        let mut fence = PendingFence::Before { second_round: true, waiting: everybody };
        assert_eq!(fence.on_pong(LocalUserId(0)), Next::Begin);
    }
}
