//! The accounts of one test: a ledger that keeps every stamp, so that each delivery that went wrong can be shown with the
//! line of the script that sent it.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use super::accounts::{Accounts, Excuse, Issue};
use super::finding::Finding;
use super::ledger::{Ledger, Sending};
use super::token::{StampToken, TokenCodec};

use crate::lock::Locked;

/// The cast that the tokens of a test name.
const CAST: u64 = 0;

/// The stamps of one test.
#[derive(Debug)]
pub struct Stamps {
    tokens: TokenCodec,
    ledger: Mutex<Ledger>,
}

impl Stamps {
    /// No stamps yet, for this many users. `nonce` tells them from those of other tests.
    #[must_use]
    pub fn new(nonce: u64, users: usize) -> Self {
        Self { tokens: TokenCodec::new(nonce), ledger: Mutex::new(Ledger::listing(users)) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.locked()
    }
}

impl Accounts for Stamps {
    fn issue(&self, issue: &Issue<'_>) -> String {
        let &Issue { sender, line, targets, recipients, stalled, .. } = issue;
        let mut ledger = self.ledger();
        // A user that had stalled and has a new connection reads again.
        recipients.iter().for_each(|&user| ledger.resume(user));
        let sending =
            Sending { sender, line, targets, recipients, stalled, written: 0, intended: 0, is_counted: false };
        self.tokens.text(StampToken { cast: CAST, number: ledger.issue(&sending) })
    }

    fn withdraw(&self, sender: usize) {
        self.ledger().withdraw(sender);
    }

    fn count(&self, line: &[u8], recipient: usize, _at: Instant) -> bool {
        let Some(token) = self.tokens.find(line).filter(|token| token.cast == CAST) else { return false };
        let mut ledger = self.ledger();
        if !ledger.has_issued(token.number) {
            return false;
        }
        ledger.receive(token.number, recipient);
        true
    }

    fn excuse(&self, recipient: usize, reason: Excuse) {
        self.ledger().excuse(recipient, reason, 0);
    }

    fn resume(&self, recipient: usize) {
        self.ledger().resume(recipient);
    }

    fn findings(&self) -> Vec<Finding> {
        self.ledger().findings()
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::FindingKind;
    use super::*;

    fn issue(stamps: &Stamps, line: usize, recipients: &[usize]) -> String {
        let issue =
            Issue { sender: 0, line, targets: None, recipients, stalled: &[], intended: None, is_counted: true };
        stamps.issue(&issue)
    }

    fn kinds(stamps: &Stamps) -> Vec<FindingKind> {
        stamps.findings().iter().map(|finding| finding.kind).collect()
    }

    fn deliver(stamps: &Stamps, stamp: &str, recipient: usize) {
        assert!(stamps.count(format!("lobby/alice: {stamp} hi").as_bytes(), recipient, Instant::now()));
    }

    #[test]
    fn each_recipient_once_is_as_it_should_be() {
        let stamps = Stamps::new(1, 3);
        let stamp = issue(&stamps, 4, &[0, 1]);
        deliver(&stamps, &stamp, 0);
        assert_eq!(kinds(&stamps), [FindingKind::Lost]);
        deliver(&stamps, &stamp, 1);
        assert_eq!(kinds(&stamps), []);
    }

    #[test]
    fn whatever_goes_wrong_is_found() {
        let stamps = Stamps::new(1, 3);
        let first = issue(&stamps, 4, &[1]);
        let second = issue(&stamps, 5, &[1]);
        for (stamp, recipient) in [(&second, 1), (&first, 1), (&first, 1), (&first, 2)] {
            deliver(&stamps, stamp, recipient);
        }
        assert_eq!(kinds(&stamps), [FindingKind::Reordered, FindingKind::Duplicated, FindingKind::Misdelivered]);
    }

    #[test]
    fn who_has_left_misses_nothing() {
        let stamps = Stamps::new(1, 3);
        let stamp = issue(&stamps, 4, &[1]);
        stamps.excuse(1, Excuse::Left);
        assert_eq!(kinds(&stamps), []);
        deliver(&stamps, &stamp, 1);
        assert_eq!(kinds(&stamps), [], "it may still come");
    }

    #[test]
    fn other_lines_are_left_alone() {
        let stamps = Stamps::new(1, 3);
        for line in ["hi", "*00000002.0.0*", "*00000001.0.0*", "*00000001.1.0*", "*00000001.0.99999999999999999999999*"]
        {
            assert!(!stamps.count(line.as_bytes(), 0, Instant::now()), "{line}");
        }
    }

    #[test]
    fn a_user_that_does_not_read_may_receive_it_or_not() {
        let stamps = Stamps::new(1, 3);
        let issue = Issue {
            sender: 0,
            line: 4,
            targets: None,
            recipients: &[],
            stalled: &[1, 2],
            intended: None,
            is_counted: true,
        };
        let stamp = Accounts::issue(&stamps, &issue);
        deliver(&stamps, &stamp, 1);
        assert_eq!(kinds(&stamps), []);
    }

    #[test]
    fn a_user_that_stalled_and_came_back_must_receive_what_is_sent_from_then_on() {
        let stamps = Stamps::new(1, 3);
        stamps.excuse(1, Excuse::Stalled);
        let _stamp = issue(&stamps, 4, &[1]);
        assert_eq!(kinds(&stamps), [FindingKind::Lost]);
    }

    #[test]
    fn a_message_that_was_not_written_is_not_lost() {
        let stamps = Stamps::new(1, 3);
        let _stamp = issue(&stamps, 4, &[1]);
        stamps.withdraw(0);
        assert_eq!(kinds(&stamps), []);
    }
}
