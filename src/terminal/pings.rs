//! Pings that nobody typed: how long the server takes, whether it is there at all, and what has been carried out.

use std::collections::HashMap;
use std::time::Duration;

use super::now::Now;

/// How often the lag is measured, when nothing is typed.
const EVERY: Duration = Duration::from_secs(15);

/// Without a pong for so long, the connection counts as lost.
const DEAD_AFTER: Duration = Duration::from_secs(60);

/// What a ping of ours is for. Its pong is for nobody's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To measure the lag; so many typed lines were sent before it.
    Lag { confirms: usize },
    /// The answers to our own questions follow.
    QuestionsBegin,
    /// The answers to our own questions are over.
    QuestionsEnd,
    /// To know that all that a line caused has come.
    Fence,
}

/// The pings of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Pings {
    under_way: HashMap<String, Purpose>,
    tokens: u64,
    lag: Option<Duration>,
    /// When the last ping for the lag went out, while it has no pong.
    waiting_since: Option<Duration>,
    next: Duration,
}

impl Pings {
    /// The line of a ping.
    pub(super) fn ping(&mut self, purpose: Purpose) -> String {
        self.tokens += 1;
        let token = format!("~{}", self.tokens);
        self.under_way.insert(token.clone(), purpose);
        format!("ping {token}")
    }

    /// What the pong with this token was for, if the ping was ours.
    pub(super) fn pong(&mut self, token: &str, now: Now) -> Option<Purpose> {
        let purpose = self.under_way.remove(token)?;
        if let Purpose::Lag { .. } = purpose {
            self.lag = self.waiting_since.take().map(|since| now.since_start.saturating_sub(since));
            self.next = now.since_start + EVERY;
        }
        Some(purpose)
    }

    /// The next measurement is due at once.
    pub(super) fn hurry(&mut self) {
        self.next = Duration::ZERO;
    }

    /// The ping for the lag, if it is due and none is under way.
    pub(super) fn due(&mut self, confirms: usize, now: Now) -> Option<String> {
        if self.waiting_since.is_some() || now.since_start < self.next {
            return None;
        }
        self.waiting_since = Some(now.since_start);
        Some(self.ping(Purpose::Lag { confirms }))
    }

    /// No pong came in a time in which any living connection has one.
    pub(super) fn seem_dead(&self, now: Now) -> bool {
        self.waiting_since.is_some_and(|since| now.since_start.saturating_sub(since) >= DEAD_AFTER)
    }

    /// How long the server takes to answer: what was measured last, or how long it has been silent if that is longer.
    pub(super) fn lag(&self, now: Now) -> Option<Duration> {
        let waiting = self.waiting_since.map(|since| now.since_start.saturating_sub(since));
        match (self.lag, waiting) {
            (None, Some(waiting)) => Some(waiting).filter(|waiting| *waiting >= Duration::from_secs(1)),
            (Some(lag), Some(waiting)) => Some(lag.max(waiting)),
            (lag, None) => lag,
        }
    }
}
