//! What is said of connections that come and go: each of them while they are few, and how many they were when they are many.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Lines about connections in one second.
const LINES_A_SECOND: u32 = 100;

/// Reasons that are told apart in one second.
const REASONS: usize = 8;

#[derive(Debug, Default)]
pub(in crate::server) struct ConnectionLog {
    second: u64,
    said: u32,
    unsaid: Unsaid,
}

/// What was not said in a second.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Unsaid {
    opened: u64,
    logged_in: u64,
    closed: u64,
    refused: BTreeMap<String, u64>,
}

impl ConnectionLog {
    /// Whether there is a line for a connection that is opened.
    pub(in crate::server) fn opened(&mut self, now: Duration) -> bool {
        let may_say = self.may_say(now);
        self.unsaid.opened += u64::from(!may_say);
        may_say
    }

    /// Whether there is a line for a user who logs in.
    pub(in crate::server) fn logged_in(&mut self, now: Duration) -> bool {
        let may_say = self.may_say(now);
        self.unsaid.logged_in += u64::from(!may_say);
        may_say
    }

    /// Whether there is a line for a connection that is closed.
    pub(in crate::server) fn closed(&mut self, now: Duration) -> bool {
        let may_say = self.may_say(now);
        self.unsaid.closed += u64::from(!may_say);
        may_say
    }

    /// A connection is refused, for this reason. It has no line of its own.
    pub(in crate::server) fn refused(&mut self, reason: String) {
        if self.unsaid.refused.len() < REASONS || self.unsaid.refused.contains_key(&reason) {
            *self.unsaid.refused.entry(reason).or_default() += 1;
        }
    }

    /// What was not said, once the second is over that it was of.
    pub(in crate::server) fn summary(&mut self, now: Duration) -> Option<Unsaid> {
        if now.as_secs() == self.second || self.unsaid == Unsaid::default() {
            return None;
        }
        self.begin_second(now);
        Some(std::mem::take(&mut self.unsaid))
    }

    fn may_say(&mut self, now: Duration) -> bool {
        if now.as_secs() != self.second {
            self.begin_second(now);
        }
        self.said += 1;
        self.said <= LINES_A_SECOND
    }

    fn begin_second(&mut self, now: Duration) {
        self.second = now.as_secs();
        self.said = 0;
    }
}

impl Unsaid {
    /// Whether there is something in it that is not as usual.
    pub(in crate::server) fn has_refusals(&self) -> bool {
        !self.refused.is_empty()
    }
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.opened > 0 || self.closed > 0 {
            parts.push(format!("{} more connections opened and {} closed", self.opened, self.closed));
        }
        if self.logged_in > 0 {
            parts.push(format!("{} more users logged in", self.logged_in));
        }
        parts.extend(self.refused.iter().map(|(reason, count)| format!("{count} connections refused: {reason}")));
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_lines_a_second_and_the_rest_in_one() {
        let mut log = ConnectionLog::default();
        let now = Duration::from_secs(7);
        assert_eq!((0..250).filter(|_| log.opened(now)).count(), 100);
        assert!(!log.closed(now));
        assert!(!log.logged_in(now));
        assert_eq!(log.summary(now), None, "the second is not over");
        let later = Duration::from_secs(8);
        let summary = log.summary(later).unwrap();
        assert_eq!(summary.to_string(), "150 more connections opened and 1 closed; 1 more users logged in");
        assert!(!summary.has_refusals());
        assert_eq!(log.summary(later + Duration::from_secs(1)), None);
        assert!(log.opened(later));
    }

    #[test]
    fn refusals_are_summed_up_by_their_reasons() {
        let mut log = ConnectionLog::default();
        (0..3000).for_each(|_| log.refused("server-full: 9 connections".to_owned()));
        log.refused("another".to_owned());
        let summary = log.summary(Duration::from_secs(1)).unwrap();
        assert!(summary.has_refusals());
        let said = summary.to_string();
        assert_eq!(said, "1 connections refused: another; 3000 connections refused: server-full: 9 connections");
    }
}
