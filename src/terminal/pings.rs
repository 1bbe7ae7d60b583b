//! Pings that nobody typed. Their pongs tell how long the server takes, whether it is there at all, and which lines it
//! has carried out.

use std::collections::VecDeque;
use std::time::Duration;

use super::now::TerminalTime;

/// How often the lag is measured while nothing is typed.
const EVERY: Duration = Duration::from_secs(15);

/// A connection without a pong for this long counts as lost.
const DEAD_AFTER: Duration = Duration::from_secs(60);

/// Pings that wait for their pong. When it is full, the oldest is forgotten: its pong is then shown like any answer.
const MAX_UNDER_WAY: usize = 1000;

/// What the first character of a ping's token tells: that nobody typed it.
const MARK: char = '~';

/// The purpose of a ping that nobody typed. Its pong is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PingPurpose {
    /// To measure the lag. The pong confirms this many typed lines that were sent before the ping.
    Lag { confirms: usize },
    /// The answers to questions that nobody typed follow.
    QuestionsBegin,
    /// The answers to questions that nobody typed have come.
    QuestionsEnd,
    /// The answers to a question about somebody have come.
    InquiryEnd,
    /// To know that everything that a line caused has come.
    Fence,
    /// To know that the announcement of a file has been answered.
    File,
}

/// The pings of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Pings {
    /// The pings without a pong, oldest first, each with the number in its token.
    under_way: VecDeque<(u64, PingPurpose)>,
    tokens: u64,
    lag: Option<Duration>,
    /// When the last ping for the lag was sent, while it has no pong.
    waiting_since: Option<Duration>,
    next: Duration,
}

impl Pings {
    /// The line of a ping.
    pub(super) fn ping(&mut self, purpose: PingPurpose) -> String {
        self.tokens += 1;
        if self.under_way.len() == MAX_UNDER_WAY {
            self.under_way.pop_front();
        }
        self.under_way.push_back((self.tokens, purpose));
        format!("ping {MARK}{}", self.tokens)
    }

    /// A pong with this token has come. Returns the purpose of its ping, if nobody typed that.
    pub(super) fn on_pong(&mut self, token: &str, now: TerminalTime) -> Option<PingPurpose> {
        let number: u64 = token.strip_prefix(MARK)?.parse().ok().filter(|number| token == format!("{MARK}{number}"))?;
        let at = self.under_way.iter().position(|(waiting, _)| *waiting == number)?;
        let (_, purpose) = self.under_way.remove(at)?;
        if let PingPurpose::Lag { .. } = purpose {
            self.lag = self.waiting_since.take().map(|since| now.since_start.saturating_sub(since));
            self.next = now.since_start + EVERY;
        }
        Some(purpose)
    }

    /// Makes the next measurement due at once.
    pub(super) fn hurry(&mut self) {
        self.next = Duration::ZERO;
    }

    /// The ping for the lag, if it is due and none is under way.
    pub(super) fn due(&mut self, confirms: usize, now: TerminalTime) -> Option<String> {
        if self.waiting_since.is_some() || now.since_start < self.next {
            return None;
        }
        self.waiting_since = Some(now.since_start);
        Some(self.ping(PingPurpose::Lag { confirms }))
    }

    /// Whether the connection counts as lost, because a pong is missing for too long.
    pub(super) fn seem_dead(&self, now: TerminalTime) -> bool {
        self.waiting_since.is_some_and(|since| now.since_start.saturating_sub(since) >= DEAD_AFTER)
    }

    /// How long the server takes to answer: the last measurement, or the time since the last ping if that is longer.
    pub(super) fn lag(&self, now: TerminalTime) -> Option<Duration> {
        let waiting = self.waiting_since.map(|since| now.since_start.saturating_sub(since));
        match (self.lag, waiting) {
            (None, Some(waiting)) => Some(waiting).filter(|waiting| *waiting >= Duration::from_secs(1)),
            (Some(lag), Some(waiting)) => Some(lag.max(waiting)),
            (lag, None) => lag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_that_are_never_answered_are_bounded() {
        let offset = chrono::FixedOffset::east_opt(0).unwrap();
        let now = TerminalTime { since_start: Duration::ZERO, clock: chrono::NaiveDateTime::default(), offset };
        let mut pings = Pings::default();
        (0..=MAX_UNDER_WAY).for_each(|_| {
            pings.ping(PingPurpose::Fence);
        });
        assert_eq!(pings.under_way.len(), MAX_UNDER_WAY);
        assert_eq!(pings.on_pong("~1", now), None, "the oldest is forgotten");
        assert_eq!(pings.on_pong(&format!("~{}", MAX_UNDER_WAY + 1), now), Some(PingPurpose::Fence));
        assert_eq!(pings.on_pong("~+2", now), None, "only the token that was sent counts");
    }
}
