//! Sends that happen once: the same user's same nonce gets the first answer again, and nothing is delivered twice.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use crate::hub::SaidOnce;
use crate::protocol::answer::Answer;
use crate::protocol::name::{RoomName, UserName};

/// How long a nonce is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// Nonces of all users together. Past it, the oldest is forgotten: a client that was away for long may say something
/// twice.
const MOST: usize = 10_000;

/// What was said with a nonce, and by whom.
pub(in crate::server) type Nonce = (UserName, Box<str>);

/// The answers to the last sends that had a nonce.
#[derive(Debug, Default)]
pub(in crate::server) struct Nonces {
    answers: HashMap<Nonce, Answer>,
    /// Oldest first, with the time.
    order: VecDeque<(Duration, Nonce)>,
}

/// One that is kept: when it was said, who said it and with what, and which line of which room it was, if it was one. The
/// answer to anything else is lost.
pub(in crate::server) type KeptNonce = (Duration, UserName, Box<str>, Option<(RoomName, u64, SystemTime)>);

impl Nonces {
    /// All of them, oldest first.
    pub(in crate::server) fn kept(&self) -> Vec<KeptNonce> {
        let kept = self.order.iter().map(|(at, nonce)| {
            let line = match self.answers.get(nonce) {
                Some(Answer::Said { room, number, at }) => Some((room.clone(), *number, *at)),
                _ => None,
            };
            (*at, nonce.0.clone(), nonce.1.clone(), line)
        });
        kept.collect()
    }

    /// Knows those that were kept.
    pub(in crate::server) fn read(&mut self, kept: Vec<KeptNonce>) {
        for (at, user, word, line) in kept {
            let answer = line.map_or(Answer::Done, |(room, number, at)| Answer::Said { room, number, at });
            self.remember((user, word), &answer, at);
        }
    }

    /// Knows what was said before a restart.
    pub(in crate::server) fn restore(said: &[SaidOnce]) -> Self {
        let mut nonces = Self::default();
        for SaidOnce { nonce, room, line } in said {
            let answer = Answer::Said { room: room.clone(), number: line.number, at: line.mark.at };
            nonces.remember((line.who().clone(), nonce.clone()), &answer, Duration::ZERO);
        }
        nonces
    }

    /// What was answered when this was said for the first time.
    pub(in crate::server) fn answer(&self, nonce: &Nonce) -> Option<&Answer> {
        self.answers.get(nonce)
    }

    /// Remembers what was said, but not what was refused: that may succeed the next time.
    pub(in crate::server) fn remember(&mut self, nonce: Nonce, answer: &Answer, now: Duration) {
        if matches!(answer, Answer::Refused { .. }) {
            return;
        }
        let is_old = |(at, _): &(Duration, Nonce)| now.saturating_sub(*at) > REMEMBERED;
        while (self.order.len() >= MOST || self.order.front().is_some_and(is_old))
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
        self.order.push_back((now, nonce.clone()));
        self.answers.insert(nonce, answer.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::refusal::DisconnectReason;

    fn nonce(text: &str) -> Nonce {
        (UserName::new("alice").unwrap(), text.into())
    }

    #[test]
    fn an_answer_is_remembered_for_a_day_and_a_refusal_is_not() {
        let mut nonces = Nonces::default();
        nonces.remember(nonce("a"), &Answer::Done, Duration::ZERO);
        nonces.remember(nonce("b"), &Answer::Done, REMEMBERED);
        assert_eq!(nonces.answer(&nonce("a")), Some(&Answer::Done));
        nonces.remember(nonce("c"), &Answer::Done, REMEMBERED + Duration::from_secs(1));
        assert_eq!((nonces.answer(&nonce("a")), nonces.answer(&nonce("b"))), (None, Some(&Answer::Done)));
        let refusal = DisconnectReason::NamesRefused(3).into();
        nonces.remember(nonce("d"), &Answer::Refused { refusal, failed: Vec::new() }, REMEMBERED);
        assert_eq!(nonces.answer(&nonce("d")), None);
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut nonces = Nonces::default();
        (0..=MOST).for_each(|i| nonces.remember(nonce(&i.to_string()), &Answer::Done, Duration::ZERO));
        assert_eq!((nonces.answers.len(), nonces.answer(&nonce("0"))), (MOST, None));
    }
}
