//! Pings that tell when everything that a line caused has been received.
//!
//! The pong of a line's sender proves that the line has been carried out, and only then can the pongs of the others
//! prove that they have received what it caused.

use std::collections::BTreeSet;

use super::now::Now;
use super::pings::Purpose;
use super::screen::{Effect, Screen};
use super::user::{Link, UserId};

/// What is waited for: before the first line, and after each.
#[derive(Debug)]
pub(super) enum Fence {
    /// Twice the pongs of everybody: the first time, all that was typed has been carried out, the second time received.
    Before { second_round: bool, waiting: BTreeSet<UserId> },
    /// The pong of its sender: then it has been carried out.
    Sender(UserId),
    /// Those of the others: then they have received what it caused.
    Others(BTreeSet<UserId>),
}

impl Screen {
    pub(super) fn ping_before(&mut self, second_round: bool, now: Now) -> Vec<Effect> {
        let (waiting, effects) = self.ping_everybody_but(None);
        if waiting.is_empty() {
            return self.open_script(now);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.fence = Some(Fence::Before { second_round, waiting });
        }
        effects
    }

    /// A ping of a fence has its pong, or never will.
    pub(super) fn fence_passed(&mut self, id: UserId, now: Now) -> Vec<Effect> {
        let Some(recorder) = &mut self.recorder else { return Vec::new() };
        match &mut recorder.fence {
            Some(Fence::Sender(sender)) if *sender == id => return self.ping_others(id, now),
            Some(Fence::Others(waiting) | Fence::Before { waiting, .. }) => {
                waiting.remove(&id);
                if !waiting.is_empty() {
                    return Vec::new();
                }
            }
            Some(Fence::Sender(_)) | None => return Vec::new(),
        }
        match recorder.fence.take() {
            Some(Fence::Before { second_round: false, .. }) => self.ping_before(true, now),
            Some(Fence::Before { second_round: true, .. }) => self.open_script(now),
            Some(Fence::Sender(_) | Fence::Others(_)) | None => self.go_on_recording(now),
        }
    }

    fn ping_others(&mut self, sender: UserId, now: Now) -> Vec<Effect> {
        let (others, effects) = self.ping_everybody_but(Some(sender));
        let nobody = others.is_empty();
        if let Some(recorder) = &mut self.recorder {
            recorder.fence = Some(Fence::Others(others)).filter(|_| !nobody);
        }
        if nobody { self.go_on_recording(now) } else { effects }
    }

    /// Who is asked, and the pings.
    fn ping_everybody_but(&mut self, sender: Option<UserId>) -> (BTreeSet<UserId>, Vec<Effect>) {
        let mut effects = Vec::new();
        let mut asked = BTreeSet::new();
        for (i, user) in self.users.iter_mut().enumerate() {
            if sender != Some(UserId(i)) && user.link == Link::Online {
                asked.insert(UserId(i));
                effects.push(Effect::Send { user: UserId(i), line: user.pings.ping(Purpose::Fence) });
            }
        }
        (asked, effects)
    }
}
